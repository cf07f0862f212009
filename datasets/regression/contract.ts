/** What planning and preparing a regression of rows give. */
import type { RegressionCard } from '../../domain/models/regression-card.ts';
import type { PreparedInputs, RowPlan } from '../rows/contract.ts';

export type RegressionPlan = RowPlan<'regression'>;

export interface PreparedRegression {
  readonly parts: Readonly<
    Record<'training' | 'validation' | 'test', ReturnType<PreparedInputs['sourceOf']>>
  >;
  readonly features: PreparedInputs['features'];
  readonly inputs: PreparedInputs['inputs'];
  readonly targets: RegressionCard['features']['targets'];
  /** Scores scaled predictions [test rows, targets], rows in the order of `parts.test`, beside the mean. */
  scoreTest(predictions: Float32Array): RegressionCard['held_out'];
}

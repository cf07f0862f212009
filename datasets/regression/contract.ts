/** What planning and preparing a regression of rows give. */
import type { RegressionCard } from '../../domain/models/regression-card.ts';
import type { WindowSource } from '../../engine/training/window-source.ts';
import type { PreparedInputs, RowPlan } from '../rows/contract.ts';
import type { ByPart } from '../windows/windows.ts';

export type RegressionPlan = RowPlan<'regression'>;

/** What was fitted on the training part: without it the weights mean something else. */
export interface FittedRegression {
  readonly features: PreparedInputs['features'];
  readonly targets: RegressionCard['features']['targets'];
}

export interface PreparedRegression extends FittedRegression {
  /** Rows that are in no part, since they lack an input. */
  readonly leftOut: number;
  readonly parts: ByPart<WindowSource>;
  readonly inputs: PreparedInputs['inputs'];
  /** Gives back what the parts take, once they are not read any more. */
  readonly release: () => void;
  /** Scores scaled predictions [test rows, targets], rows in the order of `parts.test`, beside the mean. */
  readonly scoreTest: (predictions: Float32Array) => RegressionCard['held_out'];
}

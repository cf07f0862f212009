/** What planning and preparing a classification give. */
import type { ClassificationCard } from '../../domain/models/classification-card.ts';
import type { RowPlan, PreparedInputs } from '../rows/contract.ts';
import type { Cell } from '../tables/cells.ts';
import type { Planning } from '../tasks/contract.ts';

export type Label = NonNullable<Cell>;

export interface ClassificationPlan extends RowPlan<'classification'> {
  /** In the order of the outputs. */
  readonly labels: readonly Label[];
}
export type ClassificationPlanning = Planning<ClassificationPlan>;

export interface PreparedClassification {
  readonly parts: Readonly<
    Record<'training' | 'validation' | 'test', ReturnType<PreparedInputs['sourceOf']>>
  >;
  readonly features: PreparedInputs['features'];
  readonly inputs: PreparedInputs['inputs'];
  readonly labels: readonly Label[];
  /** Scores logits [test rows, labels], rows in the order of `parts.test`, beside the baselines. */
  scoreTest(logits: Float32Array): ClassificationCard['held_out'];
}

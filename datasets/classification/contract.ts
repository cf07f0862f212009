/** What planning and preparing a classification give. */
import type { ClassificationCard } from '../../domain/models/classification-card.ts';
import type { WindowSource } from '../../engine/training/window-source.ts';
import type { PreparedInputs, RowPlan } from '../rows/contract.ts';
import type { Cell } from '../tables/cells.ts';
import type { Planning } from '../tasks/contract.ts';
import type { ByPart } from '../windows/windows.ts';

export type Label = NonNullable<Cell>;

export interface ClassificationPlan extends RowPlan<'classification'> {
  /** In the order of the outputs. */
  readonly labels: readonly Label[];
}
export type ClassificationPlanning = Planning<ClassificationPlan>;

/** What was fitted on the training part: without it the weights mean something else. */
export interface FittedClassification {
  readonly features: PreparedInputs['features'];
  /** In the order of the outputs. */
  readonly labels: readonly Label[];
}

export interface PreparedClassification extends FittedClassification {
  /** Rows that are in no part, since they lack an input. */
  readonly leftOut: number;
  readonly parts: ByPart<WindowSource>;
  readonly inputs: PreparedInputs['inputs'];
  /** Gives back what the parts take, once they are not read any more. */
  readonly release: () => void;
  /** Scores logits [test rows, labels], rows in the order of `parts.test`, beside the baselines. */
  readonly scoreTest: (logits: Float32Array) => Promise<ClassificationCard['held_out']>;
}

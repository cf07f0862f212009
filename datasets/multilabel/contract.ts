/** What planning and preparing several labels a row give. */
import type { MultilabelCard } from '../../domain/models/multilabel-card.ts';
import type { WindowSource } from '../../engine/training/window-source.ts';
import type { PreparedInputs, RowPlan } from '../rows/contract.ts';
import type { ByPart } from '../windows/windows.ts';

export interface MultilabelPlan extends RowPlan<'multilabel'> {
  /** In the order of the outputs. */
  readonly labels: readonly string[];
}

/** What was fitted on the training part: without it the weights mean something else. */
export interface FittedMultilabel {
  readonly features: PreparedInputs['features'];
  /** In the order of the outputs. */
  readonly labels: readonly string[];
}

export interface PreparedMultilabel extends FittedMultilabel {
  /** Rows that are in no part, since they lack an input. */
  readonly leftOut: number;
  readonly parts: ByPart<WindowSource>;
  readonly inputs: PreparedInputs['inputs'];
  /** Gives back what the parts take, once they are not read any more. */
  readonly release: () => void;
  /** [labels]: how much a row that has a label counts beside one that has not; null: as much. */
  readonly positiveWeights: readonly number[] | null;
  /** Scores logits [test rows, labels], rows in the order of `parts.test`. */
  readonly scoreTest: (logits: Float32Array) => MultilabelCard['held_out'];
}

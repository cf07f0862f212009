/** What planning and preparing several labels a row give. */
import type { MultilabelCard } from '../../domain/models/multilabel-card.ts';
import type { PreparedInputs, RowPlan } from '../rows/contract.ts';

export interface MultilabelPlan extends RowPlan<'multilabel'> {
  /** In the order of the outputs. */
  readonly labels: readonly string[];
}

export interface PreparedMultilabel {
  readonly parts: Readonly<
    Record<'training' | 'validation' | 'test', ReturnType<PreparedInputs['sourceOf']>>
  >;
  readonly features: PreparedInputs['features'];
  readonly inputs: PreparedInputs['inputs'];
  readonly labels: readonly string[];
  /** [labels]: how much a row that has a label counts beside one that has not; null: as much. */
  readonly positiveWeights: readonly number[] | null;
  /** Scores logits [test rows, labels], rows in the order of `parts.test`. */
  scoreTest(logits: Float32Array): MultilabelCard['held_out'];
}

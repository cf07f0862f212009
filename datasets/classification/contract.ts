/** What planning and preparing a classification give. */
import type { ClassificationCard } from '../../domain/models/classification-card.ts';
import type { WindowSource } from '../../engine/training/window-source.ts';
import type { TextFeature } from '../features/vocabulary.ts';
import type { Cell } from '../tables/cells.ts';
import type { PlanOf, Planning } from '../tasks/contract.ts';

export type Label = NonNullable<Cell>;

/** A label, and how many rows of the table have it. */
export interface LabelCount {
  readonly label: Cell;
  readonly rows: number;
}

export interface ClassificationPlan extends PlanOf<'classification'> {
  /** In the order of the outputs. */
  readonly labels: readonly Label[];
}
export type ClassificationPlanning = Planning<ClassificationPlan>;

export interface PreparedClassification {
  readonly parts: {
    readonly training: WindowSource;
    readonly validation: WindowSource;
    readonly test: WindowSource;
  };
  /** The network that it takes: one embedding, windows of their own lengths. */
  readonly sizes: Pick<PlanOf<'classification'>, 'inputSize' | 'outputSize' | 'embeddings' | 'padded'>;
  readonly feature: TextFeature;
  readonly labels: readonly Label[];
  /** Scores logits [test rows, labels], rows in the order of `parts.test`, beside the baselines. */
  scoreTest(logits: Float32Array): ClassificationCard['held_out'];
}

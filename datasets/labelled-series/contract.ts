/** What planning and preparing series with labels give: one label of each, or one of each of their rows. */
import type { LabelledSeriesCard } from '../../domain/models/labelled-series-card.ts';
import type { FittedFeature } from '../../domain/models/fitted-features.ts';
import type { WindowSource } from '../../engine/training/window-source.ts';
import type { Label } from '../classification/contract.ts';
import type { SeriesInputs } from '../features/series-steps.ts';
import type { PlanOf, Planning } from '../tasks/contract.ts';
import type { ByPart } from '../windows/windows.ts';

export type LabelledSeriesTask = 'series_classification' | 'tagging';

export interface LabelledSeriesPlan extends PlanOf<LabelledSeriesTask> {
  /** The inputs of the exported file. */
  readonly inputs: SeriesInputs;
  /** In the order of the outputs. */
  readonly labels: readonly Label[];
  readonly series: number;
}
export type LabelledSeriesPlanning = Planning<LabelledSeriesPlan>;

/** What was fitted on the training part: without it the weights mean something else. */
export interface FittedLabelledSeries {
  readonly features: readonly FittedFeature[];
  readonly labels: readonly Label[];
}

export interface PreparedLabelledSeries extends FittedLabelledSeries {
  readonly parts: ByPart<WindowSource>;
  /** Series of each part. */
  readonly series: ByPart<number>;
  readonly inputs: SeriesInputs;
  /** What orders the rows of a series; null: they come in their order. */
  readonly order: LabelledSeriesCard['features']['order'];
  /** Gives back what the parts take, once they are not read any more. */
  readonly release: () => void;
  /** Scores logits [test examples, steps, labels], as `predict` gives them, beside the baselines. */
  readonly scoreTest: (logits: Float32Array) => LabelledSeriesCard['held_out'];
}

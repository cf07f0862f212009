/** A model: a named thing with numbered versions; each version is one ONNX file with its lineage. */
import { Type } from 'typebox';
import type { TaskKind } from '../../engine/spec/tasks.ts';
import { ClassificationCard } from './classification-card.ts';
import { ForecastCard } from './forecast-card.ts';
import { SeriesClassificationCard, TaggingCard } from './labelled-series-card.ts';
import { MultilabelCard } from './multilabel-card.ts';
import { CurveCard } from './curve-card.ts';
import { RegressionCard } from './regression-card.ts';
import { LanguageModelCard } from './language-model-card.ts';
import { TransductionCard } from './transduction-card.ts';

/** What one ought to know before using a model version, for each kind of task. */
export const modelCards = {
  forecast: ForecastCard,
  classification: ClassificationCard,
  multilabel: MultilabelCard,
  regression: RegressionCard,
  curve: CurveCard,
  series_classification: SeriesClassificationCard,
  tagging: TaggingCard,
  language_model: LanguageModelCard,
  transduction: TransductionCard,
} as const satisfies Record<TaskKind, unknown>;
export const ModelCard = Type.Union([
  modelCards.forecast,
  modelCards.classification,
  modelCards.multilabel,
  modelCards.regression,
  modelCards.curve,
  modelCards.series_classification,
  modelCards.tagging,
  modelCards.language_model,
  modelCards.transduction,
]);
export type ModelCard =
  | ForecastCard
  | ClassificationCard
  | MultilabelCard
  | RegressionCard
  | CurveCard
  | SeriesClassificationCard
  | TaggingCard
  | LanguageModelCard
  | TransductionCard;

/** A stored card; those made before there was more than one task don't name theirs. */
export const readCard = (stored: object): ModelCard => ({ task: 'forecast', ...stored }) as ModelCard;

export interface Model {
  readonly id: string;
  readonly name: string;
  readonly latestVersion: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface ModelVersion {
  readonly modelId: string;
  readonly name: string;
  readonly version: number;
  readonly jobId: string;
  readonly datasetId: string;
  readonly storageKey: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly card: ModelCard;
  readonly createdAt: Date;
}

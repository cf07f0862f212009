/**
 * What a batch prediction adds to the rows of a dataset, or says of its series, for each kind of task. All names begin with `prediction`, `predicted`, `probability`,
 * `score` or `ended`, but for `error`, which says why a row has no prediction.
 */
import type { ColumnType } from '../datasets/column-profile.ts';
import type { ModelCard } from '../models/model.ts';
import type { WritingSettings } from '../../engine/spec/generation.ts';
import { quantileLevels } from '../../engine/spec/regression.ts';
import type { TaskKind } from '../../engine/spec/tasks.ts';

export interface PredictionColumn {
  readonly name: string;
  readonly type: Exclude<ColumnType, 'vector' | 'audio' | 'image'>;
}

/** rows: one for each row of the dataset; series: one for each series and step of the horizon, with the time of each if `timed`. */
export type PredictionLayout =
  | { readonly by: 'rows'; readonly columns: readonly PredictionColumn[] }
  | {
      readonly by: 'series';
      readonly horizon: number;
      readonly timed: boolean;
      readonly columns: readonly PredictionColumn[];
    };

type CardOf<Kind extends TaskKind> = Extract<ModelCard, { task: Kind }>;

export const errorColumn: PredictionColumn = { name: 'error', type: 'text' };
export const stepColumn: PredictionColumn = { name: 'step', type: 'integer' };

const labelType = (labels: readonly unknown[]): PredictionColumn['type'] =>
  labels.every((label) => typeof label === 'number')
    ? 'number'
    : labels.every((label) => typeof label === 'boolean')
      ? 'boolean'
      : 'text';
const number = (name: string): PredictionColumn => ({ name, type: 'number' });

const labelColumns = (labels: readonly (string | number | boolean)[]): readonly PredictionColumn[] => [
  { name: 'prediction', type: labelType(labels) },
  number('probability'),
  ...labels.map((label) => number(`probability_${label}`)),
];

const layouts: {
  readonly [Kind in TaskKind]: (card: CardOf<Kind>, generation: WritingSettings | null) => PredictionLayout;
} = {
  forecast: ({ specification: { data, output } }) => ({
    by: 'series',
    horizon: data.window.horizon,
    timed: true,
    columns: data.targets.flatMap(({ column }) => [
      number(`prediction_${column}`),
      ...quantileLevels(output).map((level) => number(quantileColumn(column, String(level)))),
    ]),
  }),
  classification: ({ features: { labels } }) => ({
    by: 'rows',
    columns: labelColumns(labels),
  }),
  series_classification: ({ features: { labels } }) => ({
    by: 'series',
    horizon: 1,
    timed: false,
    columns: labelColumns(labels),
  }),
  tagging: ({ features: { labels } }) => ({ by: 'rows', columns: labelColumns(labels) }),
  multilabel: ({ features: { labels } }) => ({
    by: 'rows',
    columns: labels.flatMap((label): PredictionColumn[] => [
      { name: `predicted_${label}`, type: 'boolean' },
      number(`probability_${label}`),
    ]),
  }),
  regression: ({ features: { targets } }) => ({
    by: 'rows',
    columns: targets.map(({ column }) => number(`prediction_${column}`)),
  }),
  curve: ({ features: { targets } }) => ({
    by: 'rows',
    columns: targets.flatMap(({ column, length }) =>
      Array.from({ length }, (_, step) => number(stepOfCurve(column, step))),
    ),
  }),
  language_model: () => ({
    by: 'rows',
    columns: [
      { name: 'prediction', type: 'text' },
      number('score'),
      { name: 'ended', type: 'boolean' },
      { name: 'prediction_tokens', type: 'integer' },
      { name: 'prediction_seed', type: 'integer' },
    ],
  }),
  transduction: (_card, generation) => ({
    by: 'rows',
    columns: Array.from(
      { length: generation !== null && 'n_best' in generation ? generation.n_best : 1 },
      (_, rank): readonly PredictionColumn[] => {
        const { prediction, score, ended } = textColumns(rank);
        return [{ name: prediction, type: 'text' }, number(score), { name: ended, type: 'boolean' }];
      },
    ).flat(),
  }),
};

/** Of the n-th best text, counted from 0: the best has no number, the next one is 2. */
export function textColumns(rank: number): Readonly<Record<'prediction' | 'score' | 'ended', string>> {
  const suffix = rank === 0 ? '' : `_${rank + 1}`;
  return { prediction: `prediction${suffix}`, score: `score${suffix}`, ended: `ended${suffix}` };
}

/** Steps are counted from 1. */
export const stepOfCurve = (target: string, step: number): string => `prediction_${target}_${step + 1}`;
export const quantileColumn = (target: string, level: string): string => `prediction_${target}_q${level}`;

/** How rows make the series that a model reads; null: it reads rows. */
export function seriesOf(card: ModelCard): { readonly groupBy?: string; readonly orderBy?: string } | null {
  if (card.task === 'forecast') {
    const { group_by: groupBy, order_by: orderBy } = card.specification.data;
    return { ...(groupBy !== undefined && { groupBy }), ...(orderBy !== undefined && { orderBy }) };
  }
  if (card.task !== 'series_classification' && card.task !== 'tagging') return null;
  const orderBy = card.features.order?.column;
  return { groupBy: card.specification.data.group_by, ...(orderBy !== undefined && { orderBy }) };
}

/** @param generation - how texts are written, where the model writes any */
export const predictionLayout = (card: ModelCard, generation: WritingSettings | null): PredictionLayout =>
  (layouts[card.task] as (card: ModelCard, generation: WritingSettings | null) => PredictionLayout)(
    card,
    generation,
  );

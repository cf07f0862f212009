/** A prediction, as requests are answered with it → the cells of its rows in the result, by the columns of prediction-columns.ts. */
import {
  quantileColumn,
  stepOfCurve,
  textColumns,
} from '../../domain/batch-predictions/prediction-columns.ts';
import type { TaskKind } from '../../engine/spec/tasks.ts';
import type {
  CurvePrediction,
  ForecastPrediction,
  GeneratedText,
  LabelPrediction,
  MultilabelPrediction,
  NumbersPrediction,
  SequencePrediction,
  TaggingPrediction,
} from '../../services/inference/routes/predictions/schemas.ts';

export type Cell = number | string | boolean | null;
/** One row of the result; `order`: where a row of a forecast stands. */
export interface PredictedRow {
  readonly order?: Cell;
  readonly cells: Readonly<Record<string, Cell>>;
}
type Rows<Prediction> = (prediction: Prediction, orderBy: string | undefined) => readonly PredictedRow[];

const probabilities = (all: LabelPrediction['probabilities']): [string, number][] =>
  all.map(({ label, probability }) => [`probability_${label}`, probability]);

interface Predictions extends Record<TaskKind, unknown> {
  forecast: ForecastPrediction;
  classification: LabelPrediction;
  series_classification: LabelPrediction;
  tagging: TaggingPrediction;
  multilabel: MultilabelPrediction;
  regression: NumbersPrediction;
  curve: CurvePrediction;
  language_model: GeneratedText;
  transduction: SequencePrediction;
}

const labelled = ({
  label,
  probability,
  probabilities: all,
}: Omit<LabelPrediction, 'warnings'>): PredictedRow => ({
  cells: { prediction: label, probability, ...Object.fromEntries<Cell>(probabilities(all)) },
});

export const predictedRows: { readonly [Kind in TaskKind]: Rows<Predictions[Kind]> } = {
  forecast: ({ forecast, distribution }, orderBy) =>
    forecast.map((row, step) => ({
      order: orderBy === undefined ? null : (row[orderBy] ?? null),
      cells: Object.fromEntries([
        ...Object.entries(row)
          .filter(([name]) => name !== orderBy)
          .map(([name, value]) => [`prediction_${name}`, value]),
        ...Object.entries(distribution?.[step] ?? {}).flatMap(([target, { quantiles }]) =>
          Object.entries(quantiles).map(([level, value]) => [quantileColumn(target, level), value]),
        ),
      ]) as PredictedRow['cells'],
    })),
  classification: (prediction) => [labelled(prediction)],
  series_classification: (prediction) => [labelled(prediction)],
  tagging: ({ steps }) => steps.map(labelled),
  multilabel: ({ labels, probabilities: all }) => [
    {
      cells: Object.fromEntries<Cell>([
        ...all.map(({ label }) => [`predicted_${label}`, labels.includes(label)] as const),
        ...probabilities(all),
      ]),
    },
  ],
  regression: ({ values }) => [
    {
      cells: Object.fromEntries(Object.entries(values).map(([name, value]) => [`prediction_${name}`, value])),
    },
  ],
  curve: ({ curves }) => [
    {
      cells: Object.fromEntries(
        Object.entries(curves).flatMap(([name, curve]) =>
          curve.map((value, step) => [stepOfCurve(name, step), value]),
        ),
      ),
    },
  ],
  language_model: ({ text, log_probability: score, finish_reason: reason, tokens, seed }) => [
    {
      cells: {
        ...{ prediction: text, score, ended: reason === 'end' },
        ...{ prediction_tokens: tokens, prediction_seed: seed },
      },
    },
  ],
  transduction: ({ alternatives }) => [
    {
      cells: Object.fromEntries(
        alternatives.flatMap(({ text, score, ended }, rank): [string, Cell][] => {
          const names = textColumns(rank);
          return [
            [names.prediction, text],
            [names.score, score],
            [names.ended, ended],
          ];
        }),
      ),
    },
  ],
};

/** Each task's way from the inputs of a request to predictions. */
import type { ForecastCard } from '../../../../domain/models/forecast-card.ts';
import type { FittedFeature } from '../../../../domain/models/fitted-features.ts';
import type { ClassificationCard } from '../../../../domain/models/classification-card.ts';
import type { MultilabelCard } from '../../../../domain/models/multilabel-card.ts';
import type { RegressionCard } from '../../../../domain/models/regression-card.ts';
import type { ModelVersion } from '../../../../domain/models/model.ts';
import type { LanguageModelCard } from '../../../../domain/models/language-model-card.ts';
import type { TaskKind } from '../../../../engine/spec/tasks.ts';
import type { Feeds, Results } from '../../sessions/messages.ts';
import { generate, generatedText, readPrompts, type GeneratedToken } from './generate.ts';
import { presentForecasts } from './forecasts.ts';
import { presentLabels, presentMultilabel } from './labels.ts';
import { presentNumbers } from './numbers.ts';
import { refuseAll } from './refuse.ts';
import { feedRows, groupByLength, readRows, type ReadRow } from './rows.ts';
import { generationOptionNames, type PredictionAnswer, type PredictionRequest } from './schemas.ts';
import { readWindows } from './windows.ts';

type Inputs = PredictionRequest['inputs'];
/** Feeds of one row or several; they share the run with other requests where the model's file lets them. Feeds are given away. */
type Run = (feeds: Feeds) => Promise<Results>;
type Predict<Card> = (
  inputs: Inputs,
  card: Card,
  run: Run,
  request: PredictionRequest,
) => Promise<PredictionAnswer['predictions']>;

interface Cards extends Record<TaskKind, ModelVersion['card']> {
  readonly forecast: ForecastCard;
  readonly classification: ClassificationCard;
  readonly multilabel: MultilabelCard;
  readonly regression: RegressionCard;
  readonly language_model: LanguageModelCard;
}

const predictors: { readonly [Kind in TaskKind]: Predict<Cards[Kind]> } = {
  forecast: async (inputs, card, run) => {
    const { feeds, series } = readWindows(inputs, card);
    return presentForecasts(await run(feeds), series, card);
  },
  classification: ofRows(presentLabels),
  multilabel: ofRows(presentMultilabel),
  regression: ofRows(presentNumbers),
  language_model: (_inputs, card, run, request) =>
    Promise.all(
      readPrompts(request, card).map(async (generation) => {
        const drawn: GeneratedToken[] = [];
        for await (const token of generate(generation, request, card, run)) drawn.push(token);
        return generatedText(drawn, generation);
      }),
    ),
};

type Prediction = PredictionAnswer['predictions'][number];

/** @param present - what the file says of one of the rows that were run together; `input`: which input of the request it answers */
function ofRows<Card extends { readonly features: { readonly inputs: readonly FittedFeature[] } }>(
  present: (results: Results, row: number, input: number, card: Card) => Prediction,
): Predict<Card> {
  return async (inputs, card, run) => {
    const rows: readonly ReadRow[] = await readRows(inputs, card);
    const found = new Array<Prediction>(rows.length);
    for (const group of groupByLength(rows.map(({ encoded }) => encoded.steps))) {
      const results = await run(
        feedRows(
          group.map((index) => rows[index]!.encoded),
          card,
        ),
      );
      group.forEach((index, row) => {
        const { warnings } = rows[index]!;
        const prediction = present(results, row, index, card);
        found[index] = warnings.length > 0 ? { ...prediction, warnings } : prediction;
      });
    }
    return found;
  };
}

/** Throws `validation_failed` with a pointer to each value at fault. */
export async function predict(
  request: PredictionRequest,
  card: ModelVersion['card'],
  run: Run,
): Promise<PredictionAnswer['predictions']> {
  refuseOptions(request, card);
  const own = predictors[card.task] as Predict<ModelVersion['card']>;
  return own(request.inputs, card, run, request);
}

/** Options of other tasks than the model's. */
function refuseOptions(request: PredictionRequest, { task }: ModelVersion['card']): void {
  if (task === 'language_model') return;
  const given = generationOptionNames.filter((name) => request[name] !== undefined);
  refuseAll(
    given.map((name) => ({
      pointer: `/${name}`,
      message: `expected no ${name} for a ${task}, got ${request[name]}`,
    })),
  );
}

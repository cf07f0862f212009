/** Each task's way from the inputs of a request to predictions. */
import type { ForecastCard } from '../../../../domain/models/forecast-card.ts';
import type { ClassificationCard } from '../../../../domain/models/classification-card.ts';
import type { ModelVersion } from '../../../../domain/models/model.ts';
import type { TaskKind } from '../../../../engine/spec/tasks.ts';
import type { Feeds, Results } from '../../sessions/messages.ts';
import { floats } from '../../sessions/outputs.ts';
import { presentForecasts } from './forecasts.ts';
import { presentLabels } from './labels.ts';
import type { LabelPrediction, PredictionAnswer, PredictionRequest } from './schemas.ts';
import { feedTexts, groupByLength, readTexts } from './texts.ts';
import { readWindows } from './windows.ts';

type Inputs = PredictionRequest['inputs'];
/** Feeds of one row or several; they share the run with other requests where the model's file lets them. Feeds are given away. */
type Run = (feeds: Feeds) => Promise<Results>;
type Predict<Card> = (inputs: Inputs, card: Card, run: Run) => Promise<PredictionAnswer['predictions']>;

interface Cards extends Record<TaskKind, ModelVersion['card']> {
  readonly forecast: ForecastCard;
  readonly classification: ClassificationCard;
}

const predictors: { readonly [Kind in TaskKind]: Predict<Cards[Kind]> } = {
  forecast: async (inputs, card, run) => {
    const { x, series } = readWindows(inputs, card);
    return presentForecasts(await run({ x }), series, card);
  },
  classification: async (inputs, card, run) => {
    const texts = readTexts(inputs, card);
    const found = new Array<LabelPrediction>(texts.length);
    for (const group of groupByLength(texts)) {
      const results = await run(feedTexts(group.map((index) => texts[index]!)));
      group.forEach((index, row) => {
        found[index] = presentLabels(floats(results, 'probabilities'), row, index, card);
      });
    }
    return found;
  },
};

/** Throws `validation_failed` with a pointer to each value at fault. */
export function predict(
  inputs: Inputs,
  card: ModelVersion['card'],
  run: Run,
): Promise<PredictionAnswer['predictions']> {
  const own = predictors[card.task] as Predict<ModelVersion['card']>;
  return own(inputs, card, run);
}

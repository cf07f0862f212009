/** Each task's way from the inputs of a request to predictions. */
import type { ForecastCard } from '../../../../domain/models/forecast-card.ts';
import type { FittedFeature } from '../../../../domain/models/fitted-features.ts';
import type { ClassificationCard } from '../../../../domain/models/classification-card.ts';
import type { MultilabelCard } from '../../../../domain/models/multilabel-card.ts';
import type {
  SeriesClassificationCard,
  TaggingCard,
} from '../../../../domain/models/labelled-series-card.ts';
import type { CurveCard } from '../../../../domain/models/curve-card.ts';
import type { RegressionCard } from '../../../../domain/models/regression-card.ts';
import type { ModelVersion } from '../../../../domain/models/model.ts';
import type { LanguageModelCard } from '../../../../domain/models/language-model-card.ts';
import type { TaskKind } from '../../../../engine/spec/tasks.ts';
import type { Written } from '../../../../engine/decoding/greedy.ts';
import type { Prompt, TextSampling } from '../../../../engine/decoding/sample-texts.ts';
import type { TransductionCard } from '../../../../domain/models/transduction-card.ts';
import type { Feeds, FoundSequences, Results, Search } from '../../sessions/messages.ts';
import type { ServedDecoder } from '../../execution.ts';
import { forecastPresenter } from './forecasts.ts';
import {
  generate,
  generatedText,
  readPrompts,
  textSampling,
  writtenText,
  type GeneratedToken,
} from './generate.ts';
import { answerInputs, faultsOf, forInput, refuseIfNone, type InputFaults } from './input-faults.ts';
import { presentLabels, presentMultilabel } from './labels.ts';
import { presentCurves } from './curves.ts';
import { presentNumbers } from './numbers.ts';
import { refuseOtherOptions } from './options.ts';
import { searchOf, servedDecoder, writeSequences } from './sequences.ts';
import { predictSeries } from './series.ts';
import { feedRows, groupByLength, readRows, type ReadRow } from './rows.ts';
import type { PredictionAnswer, PredictionRequest } from './schemas.ts';
import { readWindows } from './windows.ts';

/** Feeds of one row or several; they share the run with other requests where the model's file lets them. Feeds are given away. */
type Run = (feeds: Feeds) => Promise<Results>;
/** The same of a search for sequences, with the files that are for it. */
type RunSearch = (decoder: ServedDecoder, feeds: Feeds, search: Search) => Promise<FoundSequences>;
/** What a language model writes on the prompts, by prompt. */
type RunSampling = (prompts: readonly Prompt[], sampling: TextSampling) => Promise<readonly Written[]>;
export interface Runs {
  readonly run: Run;
  readonly search: RunSearch;
  /** Of who has the model to himself; others draw token by token, so that requests have their turn in between. */
  readonly sample?: RunSampling;
}
export type PredictionOptions = Omit<PredictionRequest, 'inputs'>;
type Version = Pick<ModelVersion, 'card' | 'storageKey' | 'name' | 'version'>;
/** By input; none where it is at fault, which is added to `faults`. */
type Predict<Card> = (
  request: PredictionRequest,
  card: Card,
  runs: Runs,
  faults: InputFaults,
  version: Version,
) => Promise<readonly (Prediction | undefined)[]>;

interface Cards extends Record<TaskKind, ModelVersion['card']> {
  readonly forecast: ForecastCard;
  readonly classification: ClassificationCard;
  readonly multilabel: MultilabelCard;
  readonly regression: RegressionCard;
  readonly curve: CurveCard;
  readonly series_classification: SeriesClassificationCard;
  readonly tagging: TaggingCard;
  readonly language_model: LanguageModelCard;
  readonly transduction: TransductionCard;
}

const predictors: { readonly [Kind in TaskKind]: Predict<Cards[Kind]> } = {
  forecast: async ({ inputs }, card, { run }, faults) => {
    const { feeds, series } = readWindows(inputs, card, faults);
    const found = new Array<Prediction | undefined>(inputs.length);
    if (series.length === 0) return found;
    const present = forecastPresenter(await run(feeds), series, card);
    series.forEach(({ input }, n) => {
      found[input] = forInput(faults[input]!, () => present(n));
    });
    return found;
  },
  classification: ofRows(presentLabels),
  multilabel: ofRows(presentMultilabel),
  regression: ofRows(presentNumbers),
  curve: ofRows(presentCurves),
  series_classification: (request, card, { run }, faults) => predictSeries(request, card, run, faults),
  tagging: (request, card, { run }, faults) => predictSeries(request, card, run, faults),
  language_model: async (request, card, { run, sample }, faults) => {
    const read = readPrompts(request, card, faults);
    if (sample !== undefined) {
      const prompts = read.filter((generation) => generation !== null);
      const written = await sample(prompts, textSampling(request));
      const texts = new Map(prompts.map((prompt, n) => [prompt, writtenText(written[n]!, prompt, card)]));
      return read.map((generation) => (generation === null ? undefined : texts.get(generation)));
    }
    return Promise.all(
      read.map(async (generation) => {
        if (generation === null) return undefined;
        const drawn: GeneratedToken[] = [];
        for await (const token of generate(generation, request, card, run)) drawn.push(token);
        return generatedText(drawn, generation);
      }),
    );
  },
  transduction: ({ inputs, ...options }, card, runs, faults, version) => {
    const decoder = servedDecoder(version, card);
    return writeSequences(inputs, card, faults, searchOf(options, card), (feeds, search) =>
      runs.search(decoder, feeds, search),
    );
  },
};

type Prediction = PredictionAnswer['predictions'][number];

/** @param present - what the file says of one of the rows that were run together; `input`: which input of the request it answers */
function ofRows<Card extends { readonly features: { readonly inputs: readonly FittedFeature[] } }>(
  present: (results: Results, row: number, input: number, card: Card) => Prediction,
): Predict<Card> {
  return async ({ inputs }, card, { run }, faults) => {
    const rows: readonly ReadRow[] = await readRows(inputs, card, faults);
    const found = new Array<Prediction | undefined>(inputs.length);
    for (const group of groupByLength(rows.map(({ encoded }) => encoded.steps))) {
      const results = await run(
        feedRows(
          group.map((index) => rows[index]!.encoded),
          card,
        ),
      );
      group.forEach((index, row) => {
        const { input, warnings } = rows[index]!;
        found[input] = forInput(faults[input]!, () => {
          const prediction = present(results, row, input, card);
          return warnings.length > 0 ? { ...prediction, warnings } : prediction;
        });
      });
    }
    return found;
  };
}

/** Throws `validation_failed` with a pointer to each value at fault, where no input can be answered. */
export async function predict(
  request: PredictionRequest,
  version: Version,
  runs: Runs,
): Promise<PredictionAnswer['predictions']> {
  const { card } = version;
  refuseOtherOptions(request, card.task);
  const { found, faults } = await ask(request, version, runs);
  refuseIfNone(faults);
  return answerInputs(found, faults);
}

/** The same where each input is answered by itself also when none has a prediction. */
export async function predictEach(
  inputs: PredictionRequest['inputs'],
  version: Version,
  runs: Runs,
  options: PredictionOptions,
): Promise<PredictionAnswer['predictions']> {
  const { found, faults } = await ask({ ...options, inputs }, version, runs);
  return answerInputs(found, faults);
}

async function ask(request: PredictionRequest, version: Version, runs: Runs) {
  const own = predictors[version.card.task] as Predict<ModelVersion['card']>;
  const faults = faultsOf(request);
  return { found: await own(request, version.card, runs, faults, version), faults };
}

/** A row → the text that the network writes for it. */
import { joinTokens, targetIds, writtenTokens } from '../../../../datasets/features/target-vocabulary.ts';
import { chooseSearch, type AskedSearch } from '../../../../domain/models/choose-search.ts';
import type { ModelVersion } from '../../../../domain/models/model.ts';
import type { TransductionCard } from '../../../../domain/models/transduction-card.ts';
import { decodingKeyOf } from '../../../../domain/models/version-files.ts';
import type { Written } from '../../../../engine/decoding/greedy.ts';
import type { ServedDecoder } from '../../execution.ts';
import type { Feeds, FoundSequences, Search } from '../../sessions/messages.ts';
import { forInput, type InputFaults } from './input-faults.ts';
import { refuseAll } from './refuse.ts';
import { feedRows, readRows } from './rows.ts';
import type { PredictionRequest, SequencePrediction } from './schemas.ts';
import { shortestFloat32 } from './shortest-float32.ts';

type Card = Pick<TransductionCard, 'features' | 'specification'>;

/** Rows that are searched together, at most: others have their turn in between. */
const rowsTogether = 32;

/** The files of a version that writes sequences. */
export const servedDecoder = (
  { storageKey, name, version }: Pick<ModelVersion, 'storageKey' | 'name' | 'version'>,
  { decoding }: TransductionCard,
): ServedDecoder => ({
  name,
  version,
  storageKey: decodingKeyOf(storageKey, 'step'),
  versionKey: storageKey,
  readingKey: decodingKeyOf(storageKey, 'reading'),
  bytes: decoding.reading.bytes + decoding.step.bytes,
  stepInputs: decoding.step_inputs,
});

/** Throws `validation_failed` with a pointer to each option that makes no sense. */
export function searchOf(options: AskedSearch, card: Card): Search & { readonly best: number } {
  const { settings, errors } = chooseSearch(options, card);
  refuseAll(errors);
  return {
    start: targetIds.start,
    end: targetIds.end,
    width: settings.beam,
    lengthPenalty: settings.length_penalty,
    maxLength: settings.max_length,
    best: settings.n_best,
  };
}

/** By input; none where it is at fault, which is added to `faults`. */
export async function writeSequences(
  inputs: PredictionRequest['inputs'],
  card: Card,
  faults: InputFaults,
  search: ReturnType<typeof searchOf>,
  run: (feeds: Feeds, search: Search) => Promise<FoundSequences>,
): Promise<readonly (SequencePrediction | undefined)[]> {
  const rows = await readRows(inputs, card, faults);
  const predictions = new Array<SequencePrediction | undefined>(inputs.length);
  const { best, ...how } = search;
  const stepsOf = (n: number): number => rows[n]!.encoded.steps;
  // like lengths together
  const order = rows.map((_, n) => n).sort((a, b) => stepsOf(a) - stepsOf(b) || a - b);
  for (let first = 0; first < order.length; first += rowsTogether) {
    const group = order.slice(first, first + rowsTogether);
    const feeds = feedRows(
      group.map((n) => rows[n]!.encoded),
      card,
    );
    const found = await run(feeds, how);
    group.forEach((n, row) => {
      const { input, warnings } = rows[n]!;
      predictions[input] = forInput(faults[input]!, () => {
        const prediction = presentSequence(found[row]!.slice(0, best), input, card);
        return warnings.length > 0 ? { ...prediction, warnings } : prediction;
      });
    });
  }
  return predictions;
}

function presentSequence(
  found: readonly Written[],
  input: number,
  { features: { target } }: Card,
): SequencePrediction {
  const all = found.map(({ tokens, logProbability, ended }) => {
    const written = writtenTokens(tokens, target);
    return {
      text: joinTokens(written, target),
      tokens: [...written],
      score: shortestFloat32(logProbability, input),
      ended,
    };
  });
  return { ...all[0]!, alternatives: all.map(({ text, score, ended }) => ({ text, score, ended })) };
}

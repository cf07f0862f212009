/** A language model writes on: reads a prompt, and draws one token after the other, each a run of the model with its states. */
import { randomInt } from 'node:crypto';
import { textEncoder } from '../../../../datasets/features/vocabulary.ts';
import type { LanguageModelCard } from '../../../../domain/models/language-model-card.ts';
import type { TextEncoding } from '../../../../engine/spec/inputs.ts';
import { generationDefaults } from '../../../../engine/spec/generation.ts';
import { sample } from '../../../../engine/decoding/sample.ts';
import { randomStream } from '../../../../engine/random/random-stream.ts';
import {
  mostLogits,
  samplingStream,
  type Prompt,
  type TextSampling,
} from '../../../../engine/decoding/sample-texts.ts';
import type { Written } from '../../../../engine/decoding/greedy.ts';
import type { Value } from '../../../../engine/runtime/session.ts';
import type { Feeds, Results } from '../../sessions/messages.ts';
import { floats } from '../../sessions/outputs.ts';
import type { InputFaults } from './input-faults.ts';
import { readText } from './prompts.ts';
import { refuseOthers } from './refuse.ts';
import type { GeneratedText, PredictionRequest } from './schemas.ts';

type Card = Pick<LanguageModelCard, 'features' | 'specification'>;
type Run = (feeds: Feeds) => Promise<Results>;

/** Ids that are no tokens: where texts begin and end, and what is not known, which is never written. */
export const boundary = 0;
export const unknown = 1;
export const firstKnown = 2;

/** What is written on; the ids that are read first are the boundary, and those of the prompt. */
export interface Generation extends Prompt {
  readonly ids: Uint32Array;
}

type Options = Pick<PredictionRequest, 'temperature' | 'top_k' | 'top_p' | 'max_length'>;

export const textSampling = ({ temperature, top_k, top_p, max_length }: Options): TextSampling => ({
  temperature: temperature ?? generationDefaults.temperature,
  topK: top_k ?? generationDefaults.top_k,
  topP: top_p ?? generationDefaults.top_p,
  maxLength: max_length ?? generationDefaults.max_length,
  end: boundary,
  never: [unknown],
});

/** A token that was drawn. */
export interface GeneratedToken {
  /** What it adds to the text; empty at the end. */
  readonly text: string;
  readonly logProbability: number;
}

/** @returns one for each input that is not at fault, null for others; the n-th draws from a seed of its own, seed + n */
export function readPrompts(
  { inputs, seed = randomInt(2 ** 32) }: PredictionRequest,
  { features }: Card,
  faults: InputFaults,
): readonly (Generation | null)[] {
  const feature = features.inputs[0]!;
  const encode = textEncoder({ ...feature, max_length: Infinity });
  return inputs.map((input, n) => {
    const errors = faults[n]!;
    if (errors.length > 0) return null;
    refuseOthers(input, n, ['row', 'text'], errors);
    const text = readText(input, feature.column, `/inputs/${n}`, errors) ?? '';
    const ids = text === '' ? [] : encode(text);
    if (errors.length > 0) return null;
    return { ids: Uint32Array.from([boundary, ...ids]), seed: (seed + n) % 2 ** 32 };
  });
}

/**
 * The tokens of a text, each when it is drawn; it ends with the end of the text, or after max_length tokens. The same seed draws the same tokens. Whoever reads no further stops the work.
 * @param run - of the model's file (see exportLanguageModel)
 */
export async function* generate(
  { ids: prompt, seed }: Generation,
  options: Options,
  card: Card,
  run: Run,
): AsyncGenerator<GeneratedToken> {
  const { vocabulary, encoding } = card.features.inputs[0]!;
  const sampling = textSampling(options);
  const random = randomStream(seed, samplingStream);
  const never = new Set(sampling.never);
  const atOnce = Math.max(1, Math.floor(mostLogits / (vocabulary.length + firstKnown)));
  let states = firstStates(card);
  let goesOn = false;
  const read = async (ids: ArrayLike<number>): Promise<Float32Array> => {
    const results = await run({ tokens: tokenFeed(ids), ...states, ...keepFeed(card, goesOn) });
    goesOn = true;
    states = Object.fromEntries(
      Object.keys(states).map((name) => [name, ownCopy(floats(results, `next_${name}`))]),
    );
    return lastStep(floats(results, 'logits'));
  };
  let from = 0;
  for (; prompt.length - from > atOnce; from += atOnce) await read(prompt.subarray(from, from + atOnce));
  let ids: ArrayLike<number> = prompt.subarray(from);
  let before: string | null = null;
  for (let length = 0; length < sampling.maxLength; length++) {
    const { token, logProbability } = sample(await read(ids), sampling, random.next(), never);
    if (token === boundary) {
      yield { text: '', logProbability };
      return;
    }
    const written = vocabulary[token - firstKnown]!;
    yield { text: joined(before, written, encoding), logProbability };
    before = written;
    ids = [token];
  }
}

/** The whole text, once all its tokens are drawn. */
export function generatedText(
  drawn: readonly GeneratedToken[],
  { seed }: Pick<Generation, 'seed'>,
): GeneratedText {
  const ended = drawn.at(-1)?.text === '';
  return {
    text: drawn.map(({ text }) => text).join(''),
    tokens: drawn.length - (ended ? 1 : 0),
    log_probability: drawn.reduce((sum, { logProbability }) => sum + logProbability, 0),
    finish_reason: ended ? 'end' : 'max_length',
    seed,
  };
}

/** The same of a text that was drawn in one go. */
export function writtenText(
  { tokens, logProbability, ended }: Written,
  { seed }: Generation,
  { features }: Card,
): GeneratedText {
  const { vocabulary, encoding } = features.inputs[0]!;
  const words = tokens.map((token) => vocabulary[token - firstKnown]!);
  return {
    text: words.map((word, place) => joined(words[place - 1] ?? null, word, encoding)).join(''),
    tokens: tokens.length,
    log_probability: logProbability,
    finish_reason: ended ? 'end' : 'max_length',
    seed,
  };
}

/** What a token adds to a text: words have a space before them, but for punctuation that ends something and what follows on what begins something. */
export function joined(before: string | null, token: string, encoding: TextEncoding): string {
  if (encoding !== 'words' || before === null) return token;
  return /^[.,;:!?)\]}’”%…]$/u.test(token) || /^[([{“‘]$/u.test(before) ? token : ` ${token}`;
}

/** Of each state, by the name of the file's input, [1,H]. */
export function firstStates({
  specification: { model },
}: {
  readonly specification: Pick<Card['specification'], 'model'>;
}): Readonly<Record<string, Value>> {
  const names = model.cell === 'lstm' ? ['h', 'c'] : ['h'];
  const H = model.hidden_size;
  return Object.fromEntries(
    Array.from({ length: model.layers }, (_, layer) =>
      names.map((name): [string, Value] => [
        `layers.${layer}.${name}`,
        { data: new Float32Array(H), dims: [1, H] },
      ]),
    ).flat(),
  );
}

/** Where initial states are learned: whether a text goes on from the states that are given, or begins. */
export const keepFeed = (
  { specification: { model } }: { readonly specification: Pick<Card['specification'], 'model'> },
  goesOn: boolean,
): Feeds => (model.learn_initial_state ? { keep: { data: Float32Array.of(goesOn ? 1 : 0), dims: [1] } } : {});

export const tokenFeed = (ids: ArrayLike<number>) => ({
  data: BigInt64Array.from(Array.from(ids), BigInt),
  dims: [1, ids.length],
});

/** Results of a run may share memory, feeds are given away. */
export const ownCopy = ({ data, dims }: Value): Value => ({ data: data.slice(), dims });

/** [1,T,V] → [V] of the last step. */
const lastStep = ({ data, dims }: Value): Float32Array => data.subarray(data.length - dims[2]!);

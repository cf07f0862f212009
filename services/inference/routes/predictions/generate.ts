/** A language model writes on: reads a prompt, and draws one token after the other, each a run of the model with its states. */
import { randomInt } from 'node:crypto';
import { textEncoder } from '../../../../datasets/features/vocabulary.ts';
import type { LanguageModelCard } from '../../../../domain/models/language-model-card.ts';
import type { TextEncoding } from '../../../../engine/spec/inputs.ts';
import { sample } from '../../../../engine/decoding/sample.ts';
import { randomStream } from '../../../../engine/random/random-stream.ts';
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

export interface Generation {
  /** The ids that are read first: the boundary, and those of the prompt. */
  readonly prompt: Uint32Array;
  readonly seed: number;
}

/** A token that was drawn. */
export interface GeneratedToken {
  /** What it adds to the text; empty at the end. */
  readonly text: string;
  readonly logProbability: number;
}

export const generationDefaults = { temperature: 1, top_k: null, top_p: 1, max_length: 200 } as const;

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
    return { prompt: Uint32Array.from([boundary, ...ids]), seed: (seed + n) % 2 ** 32 };
  });
}

/**
 * The tokens of a text, each when it is drawn; it ends with the end of the text, or after max_length tokens. The same seed draws the same tokens. Whoever reads no further stops the work.
 * @param run - of the model's file (see exportLanguageModel)
 */
export async function* generate(
  { prompt, seed }: Generation,
  { temperature = generationDefaults.temperature, top_k, top_p, max_length }: PredictionRequest,
  card: Card,
  run: Run,
): AsyncGenerator<GeneratedToken> {
  const { vocabulary, encoding } = card.features.inputs[0]!;
  const sampling = {
    temperature,
    topK: top_k ?? generationDefaults.top_k,
    topP: top_p ?? generationDefaults.top_p,
  };
  const random = randomStream(seed, 'sampling');
  const never = new Set([unknown]);
  let states = firstStates(card);
  let ids: ArrayLike<number> = prompt;
  let before: string | null = null;
  for (let length = 0; length < (max_length ?? generationDefaults.max_length); length++) {
    const results = await run({ tokens: tokenFeed(ids), ...states });
    states = Object.fromEntries(
      Object.keys(states).map((name) => [name, ownCopy(floats(results, `next_${name}`))]),
    );
    const { token, logProbability } = sample(
      lastStep(floats(results, 'logits')),
      sampling,
      random.next(),
      never,
    );
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
export function generatedText(drawn: readonly GeneratedToken[], { seed }: Generation): GeneratedText {
  const ended = drawn.at(-1)?.text === '';
  return {
    text: drawn.map(({ text }) => text).join(''),
    tokens: drawn.length - (ended ? 1 : 0),
    log_probability: drawn.reduce((sum, { logProbability }) => sum + logProbability, 0),
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

export const tokenFeed = (ids: ArrayLike<number>) => ({
  data: BigInt64Array.from(Array.from(ids), BigInt),
  dims: [1, ids.length],
});

/** Results of a run may share memory, feeds are given away. */
export const ownCopy = ({ data, dims }: Value): Value => ({ data: data.slice(), dims });

/** [1,T,V] → [V] of the last step. */
const lastStep = ({ data, dims }: Value): Float32Array => data.subarray(data.length - dims[2]!);

/** Language models, token by token: each token that is read tells how likely it was and what may follow; the model can write on from where it stands. */
import { randomInt } from 'node:crypto';
import { textEncoder } from '../../../datasets/features/vocabulary.ts';
import type { LanguageModelCard } from '../../../domain/models/language-model-card.ts';
import { generationDefaults } from '../../../engine/spec/generation.ts';
import { mostLogits, samplingStream } from '../../../engine/decoding/sample-texts.ts';
import { sample } from '../../../engine/decoding/sample.ts';
import { randomStream } from '../../../engine/random/random-stream.ts';
import type { Value } from '../../../engine/runtime/session.ts';
import {
  boundary,
  firstKnown,
  firstStates,
  generatedText,
  joined,
  keepFeed,
  ownCopy,
  tokenFeed,
  unknown,
  type GeneratedToken,
} from '../routes/predictions/generate.ts';
import { refuseAll } from '../routes/predictions/refuse.ts';
import type { NextToken, ReadToken, StepsRequest } from '../routes/streams/schemas.ts';
import type { Feeds, Results } from '../sessions/messages.ts';
import { floats } from '../sessions/outputs.ts';
import { logSumExp, likeliest } from './distribution.ts';
import { mostTold, networkStateBytes, strangers, type Stepper, type Stepped } from './stepper.ts';
import type { StreamState } from './stream-state.ts';

type Run = (feeds: Feeds) => Promise<Results>;
type Feature = LanguageModelCard['features']['inputs'][number];

const defaultCandidates = 5;

interface Reader {
  readonly idsOf: (text: string) => readonly number[];
  readonly idOf: (token: string) => number;
}
const readers = new WeakMap<object, Reader>();
function readerOf(feature: Feature): Reader {
  const known = readers.get(feature);
  if (known !== undefined) return known;
  const encode = textEncoder({ ...feature, max_length: Infinity });
  const ids = new Map(feature.vocabulary.map((token, index) => [token, index + firstKnown]));
  const made: Reader = {
    // a text without a token is one step of nothing to who classifies texts, and no step here
    idsOf: (text) => [...encode(text)].filter((id) => id !== boundary),
    idOf: (token) => ids.get(token) ?? unknown,
  };
  readers.set(feature, made);
  return made;
}

export const tokenSteps: Stepper<LanguageModelCard> = {
  refusal: () => null,
  model: (version) => version,
  stateBytes: ({ specification: { model }, features }) =>
    networkStateBytes(model) + (features.inputs[0]!.vocabulary.length + firstKnown) * 4,
  step: async (request, card, state, run) => {
    const feature = card.features.inputs[0]!;
    const ids = readIds(request, feature);
    const candidates = request.candidates ?? defaultCandidates;
    const say = (id: number) => spoken(id, feature);
    const nextOf = (logits: Float32Array) => nextTokens(logits, card, candidates);

    const reading = createReading(card, state, run);
    const outputs: ReadToken[] = [];
    if (state.text === undefined) await reading.read([boundary], () => undefined);
    await reading.read(ids, (id, before, after, isLast) => {
      if (request.outputs === 'last' && !isLast) return;
      outputs.push({ ...say(id), log_probability: before[id]! - logSumExp(before), next: nextOf(after) });
    });
    const generated = request.generate && (await write(request.generate, feature, reading));
    const end: StreamState = reading.state();
    return {
      state: end,
      steps: ids.length + (generated?.drawn ?? 0),
      outputs,
      next: nextOf(end.text!.logits),
      ...(generated && { generated: generated.text }),
    };
  },
};

/** Throws `validation_failed`. */
function readIds(request: StepsRequest, feature: Feature): readonly number[] {
  const errors = strangers(request, ['text', 'tokens', 'generate', 'candidates']);
  const { text, tokens, generate } = request;
  if (text !== undefined && tokens !== undefined)
    errors.push({ pointer: '', message: 'expected a text or tokens, got both' });
  if (text === undefined && tokens === undefined && generate === undefined)
    errors.push({ pointer: '', message: 'expected a text, tokens or generate, got none of them' });
  refuseAll(errors);
  const reader = readerOf(feature);
  const ids = tokens === undefined ? reader.idsOf(text ?? '') : tokens.map(reader.idOf);
  const { candidates = 0, outputs } = request;
  if (outputs !== 'last' && ids.length * candidates > mostTold)
    refuseAll([
      {
        pointer: '/candidates',
        message: `expected at most ${mostTold} candidates to tell, got ${ids.length} tokens with ${candidates} each; ask for fewer, or for the "last" output alone`,
      },
    ]);
  return ids;
}

function spoken(id: number, { vocabulary }: Feature): Pick<NextToken, 'token' | 'kind'> {
  if (id === boundary) return { token: null, kind: 'end' };
  if (id === unknown) return { token: null, kind: 'unknown' };
  return { token: vocabulary[id - firstKnown]!, kind: 'token' };
}

/** The so many likeliest tokens, the likeliest first. @param logits - [V] */
export const nextTokens = (
  logits: Float32Array,
  { features }: Pick<LanguageModelCard, 'features'>,
  count: number,
): NextToken[] =>
  likeliest(logits, count).map(({ index, probability }) => ({
    ...spoken(index, features.inputs[0]!),
    probability,
  }));

interface Reading {
  /** @param onToken - of each token: its id, and what was said before and after it */
  read(
    ids: readonly number[],
    onToken: (id: number, before: Float32Array, after: Float32Array, isLast: boolean) => void,
  ): Promise<void>;
  state(): StreamState & { text: NonNullable<StreamState['text']> };
}

function createReading(card: LanguageModelCard, state: StreamState, run: Run): Reading {
  const feature = card.features.inputs[0]!;
  let tensors: Readonly<Record<string, Value>> = state.text === undefined ? firstStates(card) : state.tensors;
  let goesOn = state.text !== undefined;
  let logits = state.text?.logits ?? new Float32Array();
  let last = state.text?.last ?? null;
  const V = feature.vocabulary.length + firstKnown;
  const atOnce = Math.max(1, Math.floor(mostLogits / V));
  return {
    read: async (ids, onToken) => {
      for (let from = 0; from < ids.length; from += atOnce) {
        const piece = ids.slice(from, from + atOnce);
        const feeds = Object.fromEntries(
          Object.entries(tensors).map(([name, value]) => [name, ownCopy(value)]),
        );
        const results = await run({ tokens: tokenFeed(piece), ...feeds, ...keepFeed(card, goesOn) });
        goesOn = true;
        const all = floats(results, 'logits').data;
        piece.forEach((id, index) => {
          const after = all.subarray(index * V, (index + 1) * V);
          onToken(id, logits, after, from + index === ids.length - 1);
          logits = after;
          last = spoken(id, feature).token;
        });
        logits = logits.slice();
        tensors = Object.fromEntries(
          Object.keys(tensors).map((name) => [name, ownCopy(floats(results, `next_${name}`))]),
        );
      }
    },
    state: () => ({ tensors, text: { logits, last } }),
  };
}

async function write(
  { temperature, top_k, top_p, seed = randomInt(2 ** 32), max_length }: NonNullable<StepsRequest['generate']>,
  feature: Feature,
  reading: Reading,
): Promise<{ text: NonNullable<Stepped['generated']>; drawn: number }> {
  const { temperature: usual, top_k: allTokens, top_p: whole, max_length: most } = generationDefaults;
  const sampling = { temperature: temperature ?? usual, topK: top_k ?? allTokens, topP: top_p ?? whole };
  const random = randomStream(seed, samplingStream);
  const never = new Set([unknown]);
  const drawn: GeneratedToken[] = [];
  for (let length = 0; length < (max_length ?? most); length++) {
    const { logits, last } = reading.state().text;
    const { token, logProbability } = sample(logits, sampling, random.next(), never);
    const written = spoken(token, feature).token;
    drawn.push({ text: written === null ? '' : joined(last, written, feature.encoding), logProbability });
    await reading.read([token], () => undefined);
    if (written === null) break;
  }
  return { text: generatedText(drawn, { seed }), drawn: drawn.length };
}

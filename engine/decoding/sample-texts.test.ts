/** Texts that are drawn side by side are those that are drawn alone, token by token, and a group of them is always drawn alike. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exportLanguageModel } from '../programs/export-language-model.ts';
import { parameterCount } from '../programs/parameters.ts';
import { randomStream } from '../random/random-stream.ts';
import { openSession, type Session, type Value } from '../runtime/session.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import type { Written } from './greedy.ts';
import { sampleTexts, samplingStream, type Prompt, type TextSampling } from './sample-texts.ts';
import { sample } from './sample.ts';

const V = 12;
const network: NetworkShape = {
  architecture: 'sequence_to_sequence',
  cell: 'lstm',
  inputSize: 1,
  embeddings: [{ vocabulary: V, size: 4 }],
  hiddenSize: 8,
  layers: 2,
  outputSize: V,
};
const sampling: TextSampling = { temperature: 1.2, topK: 10, topP: 0.999, end: 0, never: [1], maxLength: 8 };
const random = randomStream(5, 'prompts');
/** More than share a run, of 1 to 9 ids. */
const prompts = Array.from({ length: 150 }, (_, index): Prompt => {
  const ids = Uint32Array.from({ length: 1 + random.integer(9) }, () => random.integer(V));
  return { ids, seed: 1000 + index };
});

let session: Session;
let learned: Session;
beforeAll(async () => {
  const open = (shape: NetworkShape) => {
    const weights = randomStream(3, 'weights');
    const parameters = Float32Array.from(
      { length: parameterCount(shape) },
      () => 1.5 * (weights.next() - 0.5),
    );
    return openSession(exportLanguageModel({ network: shape, parameters, metadata: {} }), { threads: 1 });
  };
  session = await open(network);
  learned = await open({ ...network, learnInitialState: true });
});
afterAll(async () => {
  await session.release();
  await learned.release();
});

/** One text by itself: the whole prompt in one run, then a run for each token. */
async function alone({ ids, seed }: Prompt, file: Session): Promise<Written> {
  const draws = randomStream(seed, samplingStream);
  const tokens: number[] = [];
  let logProbability = 0;
  let next = Array.from(ids);
  let states: Record<string, Value> = Object.fromEntries(
    file.signature.inputs
      .filter(({ name }) => name.startsWith('layers'))
      .map(({ name }) => [name, { data: new Float32Array(8), dims: [1, 8] }]),
  );
  while (tokens.length < sampling.maxLength) {
    const results = await file.run({
      tokens: { data: BigInt64Array.from(next, BigInt), dims: [1, next.length] },
      ...states,
      ...(file === learned && { keep: { data: Float32Array.of(tokens.length > 0 ? 1 : 0), dims: [1] } }),
    });
    states = Object.fromEntries(Object.keys(states).map((name) => [name, results[`next_${name}`]!]));
    const drawn = sample(results.logits!.data.slice(-V), sampling, draws.next(), new Set(sampling.never));
    logProbability += drawn.logProbability;
    if (drawn.token === sampling.end) return { tokens, logProbability, ended: true };
    tokens.push(drawn.token);
    next = [drawn.token];
  }
  return { tokens, logProbability, ended: false };
}

test.each([
  ['0', () => session],
  ['learned', () => learned],
] as const)('each text is the one that is drawn alone, initial states %s', async (_states, opened) => {
  const file = opened();
  const found = await sampleTexts(file, prompts, sampling);
  expect(found.filter(({ ended }) => ended).length).toBeGreaterThan(10);
  expect(found.filter(({ ended }) => !ended).length).toBeGreaterThan(10);
  for (const [index, prompt] of prompts.entries()) {
    const expected = await alone(prompt, file);
    expect(found[index]!.tokens, `prompt ${index}`).toEqual(expected.tokens);
    expect(found[index]!.ended).toBe(expected.ended);
    expect(found[index]!.logProbability).toBeCloseTo(expected.logProbability, 4);
  }
  expect(await sampleTexts(file, prompts, sampling)).toEqual(found);
  expect(await sampleTexts(file, [], sampling)).toEqual([]);
});

test('a long prompt is read in pieces', async () => {
  const ids = Uint32Array.from({ length: 100_001 }, (_, index) => 2 + (index % (V - 2)));
  const runs: number[] = [];
  const counted: Pick<Session, 'run' | 'signature'> = {
    signature: session.signature,
    run: (feeds, outputs) => {
      runs.push(feeds.tokens!.dims[1]!);
      return session.run(feeds, outputs);
    },
  };
  const prompt = { ids, seed: 1 };
  const [written] = await sampleTexts(counted, [prompt], { ...sampling, maxLength: 3 });
  expect(runs.length).toBeGreaterThan(3);
  expect(Math.max(...runs) * V).toBeLessThanOrEqual(2 ** 20);
  expect(written!.tokens).toEqual((await alone(prompt, session)).tokens.slice(0, 3));
});

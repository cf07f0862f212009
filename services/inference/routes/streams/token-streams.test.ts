/** Streams of language models over real HTTP: a text in pieces is the text at once, and what is written on is what a prediction writes. */
import fc from 'fast-check';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dailyCsv } from '../../../../test/support/daily-series.ts';
import { startHttpService, type HttpService } from '../../../../test/support/http-service.ts';
import { streamClient } from '../../../../test/support/stream-client.ts';
import { letters, trainedLanguageModel } from '../../../../test/support/trained-language-model.ts';
import type { GeneratedText } from '../predictions/schemas.ts';
import type { ReadToken, StepsAnswer } from './schemas.ts';

let service: HttpService;
const models: Record<string, object> = {
  rnn: { cell: 'rnn', hidden_size: 6 },
  lstm: { cell: 'lstm', hidden_size: 6, layers: 2 },
  gru: { cell: 'gru', hidden_size: 6, layer_norm: true },
  'learned-start': { cell: 'lstm', hidden_size: 6, learn_initial_state: true },
};

beforeAll(async () => {
  service = await startHttpService();
  const { id: datasetId } = await service.dataset(dailyCsv(100));
  for (const [name, model] of Object.entries(models))
    await trainedLanguageModel(service, { datasetId, name, model });
});
afterAll(() => service.close());

const { open: openStream, post, step } = streamClient(() => service);
const open = async (name: string): Promise<string> => (await openStream(name)).id;

/** What the file says of the tokens, asked directly: logits of [boundary, …ids], by step. */
async function direct(name: string, ids: readonly number[]): Promise<number[][]> {
  const V = letters.length + 2;
  const all = [0, ...ids];
  const {
    cell,
    layers = 1,
    learn_initial_state: learnsInitialState,
  } = models[name] as { cell: string; layers?: number; learn_initial_state?: boolean };
  const states = Array.from({ length: layers }, (_, layer) =>
    (cell === 'lstm' ? ['h', 'c'] : ['h']).map((state) => `layers.${layer}.${state}`),
  ).flat();
  const body: unknown = (
    await request(service.url)
      .post(`/v2/models/${name}/infer`)
      .send({
        inputs: [
          { name: 'tokens', datatype: 'INT64', shape: [1, all.length], data: all },
          ...states.map((state) => ({
            name: state,
            datatype: 'FP32',
            shape: [1, 6],
            data: new Array(6).fill(0),
          })),
          ...(learnsInitialState ? [{ name: 'keep', datatype: 'FP32', shape: [1], data: [0] }] : []),
        ],
      })
      .expect(200)
  ).body;
  const { data } = (body as { outputs: { name: string; data: number[] }[] }).outputs.find(
    (output) => output.name === 'logits',
  )!;
  return all.map((_, t) => data.slice(t * V, (t + 1) * V));
}
const logSoftmax = (logits: number[]): number[] => {
  const total = Math.log(logits.reduce((sum, value) => sum + Math.exp(value), 0));
  return logits.map((value) => value - total);
};

describe.each(Object.keys(models))('a stream of a language model: %s', (name) => {
  it('reads a text in pieces as it reads it at once, and as its file does', async () => {
    const text = fc.array(fc.constantFrom(...letters), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(
        text,
        fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1 }),
        async (tokens, cuts) => {
          const [whole, cut] = [await open(name), await open(name)];
          const once = await step(whole, { text: tokens.join(''), candidates: 3 });
          expect(once.position).toBe(tokens.length);
          const pieces: ReadToken[] = [];
          let last: StepsAnswer | undefined;
          for (let at = 0, turn = 0; at < tokens.length; turn++) {
            const size = turn > 20 ? tokens.length : cuts[turn % cuts.length]!;
            const part = tokens.slice(at, at + size);
            last = await step(cut, {
              ...(turn % 2 ? { tokens: part } : { text: part.join('') }),
              candidates: 3,
              position: at,
            });
            pieces.push(...(last.outputs as ReadToken[]));
            at += size;
          }
          expect(pieces.map(({ token }) => token)).toEqual(tokens);
          const ids = tokens.map((token) => letters.indexOf(token) + 2);
          const expected = (await direct(name, ids)).map(logSoftmax);
          pieces.forEach((output, index) => {
            const other = once.outputs[index] as ReadToken;
            expect(output.log_probability).toBeCloseTo(expected[index]![ids[index]!]!, 5);
            expect(output.log_probability).toBeCloseTo(other.log_probability, 6);
            expect(output.next).toHaveLength(3);
            const best = [...expected[index + 1]!].sort((a, b) => b - a).slice(0, 3);
            output.next.forEach(({ probability }, place) =>
              expect(probability).toBeCloseTo(Math.exp(best[place]!), 5),
            );
          });
          expect(last!.next!.map(({ token, kind }) => [token, kind])).toEqual(
            once.next!.map(({ token, kind }) => [token, kind]),
          );
        },
      ),
      { numRuns: 4, seed: 3 },
    );
  });

  it('writes on as a prediction does, and goes on behind what it wrote', async () => {
    const options = { seed: 5, max_length: 30, temperature: 0.8, top_k: 9 };
    const body: unknown = (
      await request(service.url)
        .post(`/v1/models/${name}/predictions`)
        .send({ inputs: [{ text: 'the sea' }], ...options })
        .expect(200)
    ).body;
    const [expected] = (body as { predictions: GeneratedText[] }).predictions;
    const id = await open(name);
    await step(id, { text: 'the ' });
    const { generated, position, next } = await step(id, { text: 'sea', generate: options, outputs: 'last' });
    expect(generated!.text).toBe(expected!.text);
    expect(generated!.log_probability).toBeCloseTo(expected!.log_probability, 4);
    expect(generated!.finish_reason).toBe(expected!.finish_reason);
    const ended = expected!.finish_reason === 'end' ? 1 : 0;
    expect(position).toBe(7 + expected!.tokens + ended);
    // a stream that was told the same stands where this one stands
    const told = await open(name);
    const again = await step(told, { text: `the sea${expected!.text}` });
    if (ended === 0)
      next!.forEach(({ token, probability }, index) => {
        expect(again.next![index]!.token).toBe(token);
        expect(again.next![index]!.probability).toBeCloseTo(probability, 5);
      });
  });
});

it('begins with what texts begin with, and counts what it does not know', async () => {
  const id = await open('lstm');
  const empty = await step(id, { text: '' });
  expect(empty).toMatchObject({ position: 0, outputs: [] });
  const [first] = (await direct('lstm', [])).map(logSoftmax);
  expect(empty.next![0]!.probability).toBeCloseTo(Math.exp(Math.max(...first!)), 5);
  const { outputs, position } = await step(id, { tokens: ['Ω', 'a'] });
  expect(position).toBe(2);
  expect(outputs.map((output) => (output as ReadToken).kind)).toEqual(['unknown', 'token']);
});

it.each([
  [
    { rows: [{ a: 1 }] },
    '/rows',
    'expected text or tokens or generate or candidates for this model, got rows',
  ],
  [{ text: 'a', tokens: ['b'] }, '', 'got both'],
  [{ candidates: 3 }, '', 'got none of them'],
  [{ generate: { max_length: 1001 } }, '/generate/max_length', 'expected an integer'],
  [{ text: 'a'.repeat(2001), candidates: 100 }, '/candidates', 'at most 200000 candidates to tell'],
])('refuses %j', async (body, pointer, message) => {
  const id = await open('rnn');
  const response = await post(id, body).expect(422);
  const { errors } = response.body as { errors: { pointer: string; message: string }[] };
  expect(errors.some((error) => error.pointer === pointer && error.message.includes(message))).toBe(true);
});

/** Streams that tell labels and numbers, over real HTTP and WebSockets: T rows or tokens through a stream are one call with T of them, in whatever pieces. */
import fc from 'fast-check';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { dailyCsv } from '../../../../test/support/daily-series.ts';
import { startHttpService, type HttpService } from '../../../../test/support/http-service.ts';
import { streamClient } from '../../../../test/support/stream-client.ts';
import { trainedRowModel } from '../../../../test/support/trained-row-model.ts';
import type { Problem } from '../../../http/problem.ts';
import type { StepsAnswer } from './schemas.ts';

type Answer = Record<string, unknown>;

let service: HttpService;
const cells: Record<string, object> = {
  rnn: { cell: 'rnn', hidden_size: 5, activation: 'relu' },
  lstm: { cell: 'lstm', hidden_size: 5, layers: 2, peepholes: true, residual: true },
  gru: { cell: 'gru', hidden_size: 5, layer_norm: true, learn_initial_state: true },
};

const columns = [
  { column: 'x' },
  { column: 'mode', encoding: 'one_hot' },
  { column: 'site', encoding: 'embedding', embedding_size: 2 },
];
const seriesSpecification = (target: string, model: object, data: object = {}) => ({
  architecture: target === 'kind' ? 'sequence_to_vector' : 'sequence_to_sequence',
  data: {
    inputs: columns,
    targets: [{ column: target }],
    group_by: 'recording',
    order_by: 't',
    ...data,
  },
  model,
  output: { type: 'classification' },
});
const seriesFeatures = {
  inputs: [
    { column: 'x', mean: 1, std: 2, missing: 1, tells_known: true as const },
    { column: 'mode', encoding: 'one_hot' as const, type: 'text' as const, categories: ['on', 'off'] },
    {
      column: 'site',
      encoding: 'embedding' as const,
      type: 'text' as const,
      categories: ['north', 'south'],
      embedding_size: 2,
    },
  ],
  labels: ['up', 'down', 'end'],
  order: { column: 't', values: 'number' as const },
};

const words = ['the', 'sea', 'is', 'far'];
const textSpecification = (output: object, targets: string[], model: object, inputs: object[] = []) => ({
  architecture: 'sequence_to_vector',
  data: {
    inputs: [{ column: 'message', encoding: 'words', max_length: 40, embedding_size: 3 }, ...inputs],
    targets: targets.map((column) => ({ column })),
  },
  model,
  output,
});
const text = {
  column: 'message',
  encoding: 'words' as const,
  max_length: 40,
  lowercase: true,
  unicode_normalization: 'NFC' as const,
  truncate: 'end' as const,
  embedding_size: 3,
  vocabulary: words,
};

beforeAll(async () => {
  service = await startHttpService();
  const { id: datasetId } = await service.dataset(dailyCsv(100));
  const tagging = (name: string, model: object, data: object = {}) =>
    trainedRowModel(service, {
      datasetId,
      name,
      task: 'tagging',
      specification: seriesSpecification('state', model, data),
      features: seriesFeatures,
    });
  for (const [name, model] of Object.entries(cells)) {
    await tagging(`tags-${name}`, model);
    await trainedRowModel(service, {
      datasetId,
      name: `kinds-${name}`,
      task: 'series_classification',
      specification: seriesSpecification('kind', model),
      features: seriesFeatures,
    });
    await trainedRowModel(service, {
      datasetId,
      name: `mails-${name}`,
      task: 'classification',
      specification: textSpecification({ type: 'classification' }, ['label'], model),
      features: { inputs: [text], labels: ['spam', 'ham', 'other'] },
    });
  }
  await trainedRowModel(service, {
    datasetId,
    name: 'mails-pooled',
    task: 'classification',
    specification: textSpecification({ type: 'classification' }, ['label'], {
      ...cells.gru,
      pooling: 'max',
    }),
    features: { inputs: [text], labels: ['spam', 'ham', 'other'] },
  });
  await tagging('tags-both', { cell: 'gru', hidden_size: 5, bidirectional: true });
  await trainedRowModel(service, {
    datasetId,
    name: 'topics',
    task: 'multilabel',
    specification: textSpecification({ type: 'multilabel' }, ['a', 'b'], cells.lstm!),
    features: { inputs: [text], labels: ['a', 'b'] },
  });
  await trainedRowModel(service, {
    datasetId,
    name: 'prices',
    task: 'regression',
    specification: textSpecification({ type: 'regression' }, ['price', 'weight'], cells.gru!),
    features: {
      inputs: [text],
      targets: [
        { column: 'price', mean: 10, std: 3 },
        { column: 'weight', mean: 1, std: 0.5, log: true },
      ],
    },
  });
  const number = { column: 'size', mean: 0, std: 1 };
  await trainedRowModel(service, {
    datasetId,
    name: 'beside',
    task: 'classification',
    specification: textSpecification({ type: 'classification' }, ['label'], cells.lstm!, [
      { column: 'size' },
    ]),
    features: { inputs: [text, number], labels: ['spam', 'ham'] },
  });
  await trainedRowModel(service, {
    datasetId,
    name: 'flat',
    task: 'classification',
    specification: {
      ...textSpecification({ type: 'classification' }, ['label'], cells.lstm!),
      data: { inputs: [{ column: 'size' }], targets: [{ column: 'label' }] },
    },
    features: { inputs: [number], labels: ['spam', 'ham'] },
  });
  await trainedRowModel(service, {
    datasetId,
    name: 'signals',
    task: 'classification',
    specification: {
      ...textSpecification({ type: 'classification' }, ['label'], cells.lstm!),
      data: { inputs: [{ column: 'signal', encoding: 'sequence' }], targets: [{ column: 'label' }] },
    },
    features: {
      inputs: [{ column: 'signal', encoding: 'sequence', step_size: 1, max_length: 9, mean: 0, std: 1 }],
      labels: ['spam', 'ham'],
    },
  });
});
afterAll(() => service.close());

const rows = (count: number, seed = 0) =>
  Array.from({ length: count }, (_, t) => ({
    recording: 'a',
    t,
    x: (t + seed) % 4 === 3 ? null : ((t * 7 + seed) % 11) / 3 - 1,
    mode: ['on', 'off', 'never seen'][(t + seed) % 3],
    site: t % 2 === 0 ? 'north' : 'south',
  }));

const { open: openStream, post, step } = streamClient(() => service);
const open = async (name: string): Promise<string> => (await openStream(name)).id;
const predict = async (name: string, inputs: object[]): Promise<Answer[]> =>
  (
    (await request(service.url).post(`/v1/models/${name}/predictions`).send({ inputs }).expect(200)).body as {
      predictions: Answer[];
    }
  ).predictions;

/** The same labels and numbers, whatever stands beside them. */
function expectSame(found: unknown, expected: unknown): void {
  if (typeof found === 'number' && typeof expected === 'number')
    expect(Math.abs(found - expected) / Math.max(1, Math.abs(expected))).toBeLessThan(2e-6);
  else if (typeof found === 'object' && found !== null) {
    expect(Object.keys(found)).toEqual(Object.keys(expected as object));
    for (const [key, value] of Object.entries(found)) expectSame(value, (expected as Answer)[key]);
  } else expect(found).toEqual(expected);
}
const withoutWarnings = (answer: Answer): Answer =>
  Object.fromEntries(Object.entries(answer).filter(([name]) => name !== 'warnings'));

const cuts = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 6 });
const pieced = async (
  id: string,
  sizes: number[],
  total: number,
  bodyOf: (a: number, b: number) => object,
) => {
  const outputs: Answer[] = [];
  let position = 0;
  for (const size of [...sizes, total]) {
    const to = Math.min(total, position + size);
    if (to === position) break;
    const answer = await step(id, { ...bodyOf(position, to), position });
    position = to;
    expect(answer.position).toBe(to);
    outputs.push(...(answer.outputs as Answer[]));
  }
  return outputs;
};

describe.each(Object.keys(cells))('rows of a series: %s', (cell) => {
  it('each get the label that they get in one call with all of them', async () => {
    await fc.assert(
      fc.asyncProperty(cuts, fc.nat(9), async (sizes, seed) => {
        const given = rows(12, seed);
        const outputs = await pieced(await open(`tags-${cell}`), sizes, 12, (from, to) => ({
          rows: given.slice(from, to),
        }));
        const [{ steps }] = (await predict(`tags-${cell}`, [{ rows: given }])) as [{ steps: Answer[] }];
        expectSame(outputs.map(withoutWarnings), steps);
      }),
      { numRuns: 2, seed: 3 },
    );
  });

  it('tell after each the label of the series that ends with it', async () => {
    const given = rows(9);
    const outputs = await pieced(await open(`kinds-${cell}`), [1, 3], 9, (from, to) => ({
      rows: given.slice(from, to),
    }));
    const expected = await predict(
      `kinds-${cell}`,
      given.map((_, t) => ({ rows: given.slice(0, t + 1) })),
    );
    expectSame(outputs.map(withoutWarnings), expected.map(withoutWarnings));
  });

  it('of a text tell after each token what the text is that ends with it', async () => {
    const tokens = ['the', 'sea', 'xyz', 'is', 'far', 'the', 'far', 'sea'];
    const id = await open(`mails-${cell}`);
    const outputs = await pieced(id, [2, 1], 8, (from, to) => ({ text: tokens.slice(from, to).join(' ') }));
    const expected = await predict(
      `mails-${cell}`,
      tokens.map((_, t) => ({ text: tokens.slice(0, t + 1).join(' ') })),
    );
    expectSame(outputs, expected);
    const again = await step(await open(`mails-${cell}`), { tokens, outputs: 'last' });
    expectSame(again.outputs, expected.slice(-1));
  });
});

describe('other answers', () => {
  it.each(['topics', 'prices'])('are told of a text as well: %s', async (name) => {
    const id = await open(name);
    expect((await step(id, { text: '' })).outputs).toEqual([]);
    const first = await step(id, { text: 'The sea' });
    const second = await step(id, { text: 'is far', outputs: 'last' });
    const expected = await predict(
      name,
      ['the', 'the sea', 'the sea is far'].map((one) => ({ text: one })),
    );
    expectSame([...first.outputs, ...second.outputs], expected);
  });

  it('come over a WebSocket, and warn of categories that training never saw', async () => {
    const id = await open('tags-lstm');
    const socket = new WebSocket(`${service.url.replace('http', 'ws')}/v1/streams/${id}/socket`);
    await new Promise((resolve) => socket.once('open', resolve));
    const given = rows(4);
    const found: StepsAnswer[] = [];
    for (const row of given) {
      const answered = new Promise<Buffer>((resolve) => socket.once('message', resolve));
      socket.send(JSON.stringify({ rows: [row] }));
      found.push(JSON.parse(String(await answered)) as StepsAnswer);
    }
    socket.close();
    const outputs = found.flatMap((answer) => answer.outputs) as Answer[];
    const [{ steps }] = (await predict('tags-lstm', [{ rows: given }])) as [{ steps: Answer[] }];
    expectSame(outputs.map(withoutWarnings), steps);
    expect(outputs.map(({ warnings }) => warnings !== undefined)).toEqual([false, false, true, false]);
    expect(outputs[2]!.warnings).toMatchObject([{ pointer: '/rows/0/mode' }]);
  });
});

describe('what can not be is refused', () => {
  it.each([
    ['tags-both', 'one direction'],
    ['mails-pooled', 'expected pooling last, which answers from the state that a stream keeps, got max'],
    ['beside', 'a model of a text alone, got one that also reads size of its row'],
    ['flat', 'examples are rows of their own'],
    ['signals', 'takes its sequence (a recording, image or vector) as a whole'],
  ])('when it is opened: %s', async (name, why) => {
    const { body } = (await request(service.url)
      .post(`/v1/models/${name}/streams`)
      .send({})
      .expect(422)) as unknown as { body: Problem };
    expect(body).toMatchObject({ code: 'validation_failed', errors: [{ pointer: '/ref' }] });
    expect(body.detail).toContain(why);
  });

  it('with its place, and nothing is read', async () => {
    const [tags, mails] = [await open('tags-gru'), await open('mails-gru')];
    await step(tags, { rows: rows(3) });
    for (const [id, body, pointer, message] of [
      [tags, { rows: [{ ...rows(4)[3], x: 'a' }] }, '/rows/0/x', 'expected a number'],
      [tags, { rows: [rows(4)[3], rows(3)[2]] }, '/rows/1/t', 'oldest first'],
      [tags, { rows: [rows(3)[2]] }, '/rows/0/t', 'after that of the row before'],
      [tags, { rows: [{ ...rows(4)[3], recording: 'b' }] }, '/rows/0/recording', 'a stream is of one series'],
      [tags, { text: 'sea' }, '/text', 'expected rows for this model'],
      [tags, {}, '/rows', 'expected the next rows'],
      [mails, { rows: rows(1) }, '/rows', 'expected text or tokens for this model'],
      [mails, { text: 'a', generate: {} }, '/generate', 'expected text or tokens for this model'],
      [mails, { text: 'a', tokens: ['a'] }, '', 'got both'],
      [mails, {}, '', 'got neither'],
      [mails, { tokens: new Array(70_000).fill('sea') }, '/outputs', 'ask for the "last" output'],
    ] as const) {
      const { errors } = (await post(id, body).expect(422)).body as Problem;
      expect(errors.some((error) => error.pointer === pointer && error.message.includes(message))).toBe(true);
    }
    const stands: unknown = (await request(service.url).get(`/v1/streams/${tags}`).expect(200)).body;
    expect(stands).toMatchObject({ position: 3 });
  });
});

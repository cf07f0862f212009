/** Streams over real HTTP, Redis, PostgreSQL and ONNX Runtime: T steps are one call with T rows, whoever serves them, and writers never mix. */
import fc from 'fast-check';
import { Redis } from 'ioredis';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { daily, dailyCsv, dateOf, smallSpecification } from '../../../../test/support/daily-series.ts';
import { startHttpService, type HttpService } from '../../../../test/support/http-service.ts';
import { streamClient } from '../../../../test/support/stream-client.ts';
import { trainedModel } from '../../../../test/support/trained-model.ts';
import type { ForecastPrediction } from '../predictions/schemas.ts';
import type { StepsAnswer } from './schemas.ts';

type Row = Record<string, unknown>;

let service: HttpService;
let replica: HttpService;
let redis: Redis;
let datasetId: string;
const vector = smallSpecification();
const length = vector.data.window.length;
const steps = {
  ...vector,
  architecture: 'sequence_to_sequence',
  data: { ...vector.data, targets: [{ column: 'temp_max' }, { column: 'wind' }] },
};

/** Rows of consecutive days from 2020-01-01 on. */
const rows = (count: number, seed = 0): Row[] =>
  Array.from({ length: count }, (_, index) => ({
    date: dateOf(index),
    temp_max: 10 + ((index * 7 + seed * 3) % 11) / 2,
    wind: 3 + ((index + seed) % 5) / 10,
    weather: 'dry',
  }));

const networks: Record<string, object> = {
  'rnn-vector': { ...vector, model: { cell: 'rnn', hidden_size: 5 } },
  'rnn-steps': { ...steps, model: { cell: 'rnn', hidden_size: 5, activation: 'relu' } },
  'lstm-vector': { ...vector, model: { cell: 'lstm', hidden_size: 5, peepholes: true } },
  'lstm-steps': { ...steps, model: { cell: 'lstm', hidden_size: 5 } },
  'gru-vector': { ...vector, model: { cell: 'gru', hidden_size: 5, learn_initial_state: true } },
  'gru-steps': { ...steps, model: { cell: 'gru', hidden_size: 5 } },
  stacked: { ...steps, model: { cell: 'lstm', hidden_size: 5, layers: 3, residual: true } },
  normalised: { ...vector, model: { cell: 'lstm', hidden_size: 5, layers: 2, layer_norm: true } },
  intervals: {
    ...steps,
    model: { cell: 'gru', hidden_size: 5, layer_norm: true, learn_initial_state: true },
    output: { loss: 'quantile', quantiles: [0.1, 0.5, 0.9], calibration: 'conformal' },
  },
};
const refused: Record<string, [object, string]> = {
  bidirectional: [
    { ...vector, model: { cell: 'gru', hidden_size: 4, bidirectional: true } },
    'one direction',
  ],
  pooled: [{ ...vector, model: { cell: 'gru', hidden_size: 4, pooling: 'mean' } }, 'expected pooling last'],
  writer: [{ ...vector, architecture: 'encoder_decoder' }, 'encoder_decoder'],
  'own-scale': [
    { ...vector, data: { ...vector.data, scaling: { type: 'standard', per: 'window' } } },
    'scaling per window',
  ],
  differences: [
    { ...vector, data: { ...vector.data, scaling: { type: 'standard', per: 'last_value' } } },
    'scaling per last_value',
  ],
  ahead: [
    {
      ...vector,
      data: { ...vector.data, inputs: [{ column: 'temp_max' }, { column: 'wind', known_ahead: true }] },
    },
    'known_ahead',
  ],
};

beforeAll(async () => {
  service = await startHttpService();
  replica = await startHttpService({ replicaOf: service, redisUrl: service.redisUrl });
  redis = new Redis(service.redisUrl);
  ({ id: datasetId } = await service.dataset(dailyCsv(200)));
  const others: Record<string, object> = {
    ...Object.fromEntries(Object.entries(refused).map(([name, [specification]]) => [name, specification])),
    lags: {
      ...vector,
      data: {
        ...vector.data,
        inputs: [
          { column: 'temp_max', lags: [2, 7] },
          { column: 'wind' },
          { calendar: ['weekday', 'month'] },
        ],
      },
    },
  };
  for (const [name, specification] of Object.entries({ ...networks, ...others }))
    await trainedModel(service, { datasetId, name, specification, frequency: daily });
  for (const [name, missing] of [
    ['filled', 'forward_fill'],
    ['masked', 'mask'],
    ['lined', 'interpolate'],
  ] as const)
    await trainedModel(service, {
      datasetId,
      name,
      specification: {
        ...vector,
        data: { ...vector.data, missing, group_by: 'station', scaling: { type: 'standard', per: 'series' } },
      },
      frequency: daily,
      seriesKeys: ['north', 'south'],
    });
  const uncalibrated = { datasetId, specification: networks.intervals!, frequency: daily };
  await trainedModel(service, { ...uncalibrated, name: 'old', weights: 'old' });
  await trainedModel(service, { ...uncalibrated, name: 'weightless', weights: 'none' });
});
afterAll(async () => {
  redis.disconnect();
  await replica.close();
  await service.close();
});

const { open, post, step } = streamClient(() => service);
const predict = async (name: string, given: Row[]): Promise<ForecastPrediction> =>
  (
    (
      await request(service.url)
        .post(`/v1/models/${name}/predictions`)
        .send({ inputs: [{ rows: given }] })
        .expect(200)
    ).body as { predictions: ForecastPrediction[] }
  ).predictions[0]!;

/** All numbers of an answer, by where they stand in it. */
function numbersOf(value: unknown, path = ''): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([key, item]) => numbersOf(item, `${path}/${key}`));
}
function expectSame(found: unknown, expected: unknown): void {
  const [left, right] = [numbersOf(found), numbersOf(expected)];
  expect(left.map(([path]) => path)).toEqual(right.map(([path]) => path));
  left.forEach(([path, value], index) => {
    const other = right[index]![1];
    if (typeof value === 'number' && typeof other === 'number')
      expect(Math.abs(value - other) / Math.max(1, Math.abs(other)), path).toBeLessThan(1e-6);
    else expect(value, path).toEqual(other);
  });
}

describe('T steps of a stream', () => {
  it.each(Object.keys(networks))('are one call with T rows: %s', async (name) => {
    const cuts = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(cuts, fc.nat(20), async (pieces, seed) => {
        const given = rows(length, seed);
        const { id } = await open(name);
        const outputs: StepsAnswer['outputs'] = [];
        let position = 0;
        for (const [index, piece] of [...pieces, length].entries()) {
          const part = given.slice(position, position + piece);
          if (part.length === 0) break;
          // any replica serves the next step
          const answer = await step(id, { rows: part, position }, index % 2 === 0 ? service : replica);
          position += part.length;
          expect(answer).toMatchObject({ stream: id, position });
          outputs.push(...answer.outputs);
        }
        expect(outputs).toHaveLength(length);
        expectSame(outputs.at(-1), await predict(name, given));
        await request(service.url).delete(`/v1/streams/${id}`).expect(204);
      }),
      { numRuns: 3, seed: 7 },
    );
  });

  it('give after every row what the file gives of all rows at once', async () => {
    const given = rows(length);
    const { id } = await open('stacked');
    const { outputs } = await step(id, { rows: given });
    const x = given.flatMap(({ temp_max, wind }) => [temp_max, wind]);
    const body: unknown = (
      await request(service.url)
        .post('/v2/models/stacked/infer')
        .send({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, length, 2], data: x }] })
        .expect(200)
    ).body;
    const { data } = (body as { outputs: { name: string; data: number[] }[] }).outputs.find(
      ({ name }) => name === 'y',
    )!;
    const told = (outputs as ForecastPrediction[]).flatMap(({ forecast }) =>
      forecast.flatMap(({ temp_max, wind }) => [temp_max as number, wind as number]),
    );
    expect(told).toHaveLength(data.length);
    told.forEach((value, index) => expect(Math.abs(value - data[index]!)).toBeLessThan(1e-5));
  });

  it('go on beyond the length of a window', async () => {
    const { id } = await open('lstm-steps');
    const given = rows(40);
    const { outputs } = await step(id, { rows: given, outputs: 'last' });
    expect(outputs).toHaveLength(1);
    const [last] = outputs as ForecastPrediction[];
    expect(last!.forecast.map(({ date }) => date)).toEqual(['2020-02-10', '2020-02-11', '2020-02-12']);
    const window = await predict('lstm-steps', given);
    expect(window.forecast[0]!.date).toBe('2020-02-10');
  });

  it('wait for the rows that lags reach back to', async () => {
    const given = rows(length + 7);
    const { id } = await open('lags');
    const first = await step(id, { rows: given.slice(0, 3) });
    expect(first.outputs).toEqual([null, null, null]);
    const second = await step(id, { rows: given.slice(3, 9) });
    expect(second.outputs.map((output) => output === null)).toEqual([true, true, true, true, false, false]);
    let last: unknown;
    for (const row of given.slice(9)) [last] = (await step(id, { rows: [row] })).outputs;
    expectSame(last, await predict('lags', given));
  });

  it.each(['filled', 'masked'])('fill holes from the rows before: %s', async (name) => {
    const given = rows(length).map((row, index) => ({
      ...row,
      station: 'south',
      ...([3, 4, 9].includes(index) && { wind: null }),
    }));
    const { id } = await open(name);
    let last: unknown;
    for (const row of given) [last] = (await step(id, { rows: [row] })).outputs;
    expectSame(last, await predict(name, given));
    const other = await post(id, { rows: [{ ...rows(15)[14], station: 'north' }] }).expect(422);
    expect((other.body as { errors: unknown }).errors).toEqual([
      {
        pointer: '/rows/0/station',
        message: 'expected "south" as in the rows before (a stream is of one series), got "north"',
      },
    ]);
  });
});

describe('a request that can not be', () => {
  it.each(Object.entries(refused))('is refused at once: a stream of %s', async (name, [, why]) => {
    const body: unknown = (await request(service.url).post(`/v1/models/${name}/streams`).send({}).expect(422))
      .body;
    expect(body).toMatchObject({ code: 'validation_failed', errors: [{ pointer: '/ref' }] });
    expect((body as { detail: string }).detail).toContain(why);
  });

  it.each([
    ['old', 'Train it again'],
    ['weightless', 'Train it again'],
  ])('is refused at once: a version without a step (%s)', async (name, why) => {
    const body: unknown = (await request(service.url).post(`/v1/models/${name}/streams`).send({}).expect(422))
      .body;
    expect((body as { detail: string }).detail).toContain(why);
  });

  it('is told with its place, and reads nothing', async () => {
    const { id } = await open('lstm-vector');
    await step(id, { rows: rows(3) });
    for (const [body, pointer, message] of [
      [
        { rows: [{ date: '2020-01-04', temp_max: 'x', wind: 1 }] },
        '/rows/0/temp_max',
        'expected a number, got "x"',
      ],
      [{ rows: [...rows(5).slice(3), rows(5)[3]] }, '/rows/2/date', 'oldest first'],
      [{ rows: rows(3).slice(2) }, '/rows/0/date', 'after that of the row before'],
      [{ text: 'sea' }, '/text', 'expected rows for this model, got text'],
      [{}, '/rows', 'expected the next rows of the series, got none'],
      [{ rows: rows(1), station: 1 }, '/station', 'unknown field'],
    ] as const) {
      const response = await post(id, body).expect(422);
      const { errors } = response.body as { errors: { pointer: string; message: string }[] };
      expect(errors.some((error) => error.pointer === pointer && error.message.includes(message))).toBe(true);
    }
    const body: unknown = (await request(service.url).get(`/v1/streams/${id}`).expect(200)).body;
    expect(body).toMatchObject({ id, position: 3, model: { name: 'lstm-vector', version: 1 } });
    const lined = await open('lined');
    const holes = await post(lined.id, { rows: [{ ...rows(1)[0], station: 'north', wind: null }] }).expect(
      422,
    );
    expect(JSON.stringify(holes.body)).toContain('interpolated');
  });
});

describe('several writers', () => {
  it('never mix, and lose nothing: without positions all is read in some order', async () => {
    const undated = await undatedModel();
    const own = await open(undated);
    const pieces = Array.from({ length: 24 }, (_, index) =>
      rows(3, index).map(({ temp_max, wind }) => ({ temp_max, wind })),
    );
    const found = await Promise.all(
      pieces.map((part, index) => step(own.id, { rows: part }, index % 2 ? service : replica)),
    );
    const order = found
      .map(({ position }, index) => ({ position, index }))
      .sort((a, b) => a.position - b.position);
    expect(order.map(({ position }) => position)).toEqual(Array.from({ length: 24 }, (_, n) => 3 * (n + 1)));
    // read one after the other in that order they come to the same
    const again = await open(undated);
    for (const { index } of order) {
      const { outputs } = await step(again.id, { rows: pieces[index]! });
      expectSame(outputs, found[index]!.outputs);
    }
  });

  it('are told where the stream stands when theirs is not the position', async () => {
    const { id } = await open('rnn-vector');
    await step(id, { rows: rows(2), position: 0 });
    const late = await post(id, { rows: rows(2), position: 0 }).expect(409);
    expect(late.body).toMatchObject({
      code: 'stream_conflict',
      position: 2,
      errors: [{ pointer: '/position', message: 'expected 2, where the stream stands, got 0' }],
    });
    const both = await Promise.all(
      [service, replica].map((at) => post(id, { rows: rows(3).slice(2), position: 2 }, at)),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
  });
});

describe('the end of a stream', () => {
  it('comes when it is closed, as often as one likes', async () => {
    const { id } = await open('lstm-vector');
    await request(service.url).delete(`/v1/streams/${id}`).expect(204);
    await request(service.url).delete(`/v1/streams/${id}`).expect(204);
    const body: unknown = (await post(id, { rows: rows(1) }).expect(404)).body;
    expect(body).toMatchObject({ code: 'not_found' });
    await request(service.url).get(`/v1/streams/${id}`).expect(404);
  });

  it('comes when it expires, which each step puts off; nothing is left in Redis', async () => {
    const { id, expires_at: first } = await open('lstm-vector', { expires_after_seconds: 1 });
    expect(new Date(first).getTime() - Date.now()).toBeLessThanOrEqual(1000);
    await new Promise((resolve) => setTimeout(resolve, 600));
    const { expires_at: second } = await step(id, { rows: rows(1) });
    expect(new Date(second).getTime()).toBeGreaterThan(new Date(first).getTime());
    await new Promise((resolve) => setTimeout(resolve, 600));
    await request(service.url).get(`/v1/streams/${id}`).expect(200);
    await expect
      .poll(async () => (await post(id, { rows: rows(2).slice(1) })).status, { timeout: 3000 })
      .toBe(404);
    expect(await redis.exists(`{unroll-streams}:of:${id}`)).toBe(0);
  });

  it('is a clear error when the version was deleted or the state is damaged', async () => {
    await trainedModel(service, { datasetId, name: 'doomed', specification: vector, frequency: daily });
    await trainedModel(service, { datasetId, name: 'doomed', specification: vector, frequency: daily });
    const { id, model } = await open('doomed@1');
    expect(model).toMatchObject({ name: 'doomed', version: 1 });
    await step(id, { rows: rows(1) });
    await request(service.url).delete('/v1/models/doomed/versions/1').expect(204);
    const gone = await post(id, { rows: rows(2).slice(1) }).expect(410);
    expect(gone.body).toMatchObject({
      code: 'stream_lost',
      detail: expect.stringContaining('doomed@1') as string,
    });

    const damaged = await open('lstm-vector');
    await step(damaged.id, { rows: rows(1) });
    const key = `{unroll-streams}:of:${damaged.id}`;
    const state = (await redis.hgetBuffer(key, 'state'))!;
    state[state.length - 9]! ^= 1;
    await redis.hset(key, 'state', state);
    expect((await post(damaged.id, { rows: rows(2).slice(1) }).expect(410)).body).toMatchObject({
      code: 'stream_lost',
    });
  });

  it('is not what an alias that moves on makes of it', async () => {
    await trainedModel(service, { datasetId, name: 'moving', specification: vector, frequency: daily });
    const alias = request(service.url).put('/v1/models/moving/aliases/production');
    await alias.send({ version: 1 }).expect(201);
    const { id } = await open('moving@production');
    await trainedModel(service, {
      datasetId,
      name: 'moving',
      specification: networks['gru-vector']!,
      frequency: daily,
    });
    await request(service.url).put('/v1/models/moving/aliases/production').send({ version: 2 }).expect(200);
    const given = rows(length);
    const { outputs } = await step(id, { rows: given, outputs: 'last' });
    expectSame(outputs[0], await predict('moving@1', given));
    expect((await open('moving@production')).model.version).toBe(2);
  });
});

async function undatedModel(): Promise<string> {
  const { inputs, targets, window } = vector.data;
  await trainedModel(service, {
    datasetId,
    name: 'undated',
    specification: { ...steps, data: { inputs, targets, window } },
    frequency: null,
  });
  return 'undated';
}

describe('what streams take', () => {
  it('is bounded: so many streams, and states of such a size', async () => {
    const small = await startHttpService({
      replicaOf: service,
      streams: { maxOpen: 2, maxStateBytes: 1024 },
    });
    try {
      const at = request(small.url);
      for (let index = 0; index < 2; index++)
        await at.post('/v1/models/rnn-vector/streams').send({}).expect(201);
      const full = await at.post('/v1/models/rnn-vector/streams').send({}).expect(503);
      const body: unknown = full.body;
      const { headers } = full;
      expect(body).toMatchObject({ code: 'overloaded' });
      expect(headers['retry-after']).toBe('1');
      await trainedModel(service, {
        datasetId,
        name: 'large',
        specification: { ...vector, model: { cell: 'lstm', hidden_size: 200 } },
        frequency: daily,
      });
      const refusal = await at.post('/v1/models/large/streams').send({}).expect(422);
      expect((refusal.body as { detail: string }).detail).toContain('STREAM_MAX_STATE_BYTES');
    } finally {
      await small.close();
    }
  });

  it('is told at /metrics, by version', async () => {
    const { id } = await open('normalised');
    await step(id, { rows: rows(4) });
    const { text } = await request(service.url).get('/metrics').expect(200);
    expect(text).toMatch(/unroll_streams_open\{model="normalised",version="1",role="test"\} [1-9]/);
    const read = /unroll_stream_steps_total\{model="normalised",version="1",role="test"\} (\d+)/.exec(text);
    expect(Number(read?.[1])).toBeGreaterThanOrEqual(4);
  });

  it('is a 503 while Redis is away; predictions go on', async () => {
    const cut = await startHttpService({ replicaOf: service, streams: { redisUrl: 'redis://127.0.0.1:1' } });
    try {
      const body: unknown = (
        await request(cut.url).post('/v1/models/rnn-vector/streams').send({}).expect(503)
      ).body;
      expect(body).toMatchObject({ code: 'unavailable' });
      await request(cut.url)
        .post('/v1/streams/str_1/steps')
        .send({ rows: rows(1) })
        .expect(503);
      await request(cut.url)
        .post('/v1/models/rnn-vector/predictions')
        .send({ inputs: [{ rows: rows(14) }] })
        .expect(200);
      await request(cut.url).get('/metrics').expect(200);
    } finally {
      await cut.close();
    }
  });
});

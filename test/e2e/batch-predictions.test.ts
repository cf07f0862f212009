/** Batch predictions from outside: what comes out of a dataset is what each of its rows, and each of its series, is answered with over HTTP, once, whatever dies meanwhile. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { launchClient, type LaunchedClient } from '../support/launched-client.ts';
import { processesOf } from './launched-service.ts';

type Row = Readonly<Record<string, unknown>>;
/** What these tests look at of any answer. */
interface Answer {
  readonly id: string;
  readonly status: string;
  readonly progress: number;
  readonly position: number;
  readonly refused: number;
  readonly attempt: number;
  readonly row_count: number;
  readonly format: string;
  readonly error: unknown;
  readonly detail: string;
  readonly result_dataset_id: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly data: readonly Row[];
  readonly predictions: readonly Row[];
  readonly errors: readonly { readonly pointer: string; readonly message: string }[];
}

let client: LaunchedClient<Answer>;
beforeAll(async () => {
  client = await launchClient<Answer>({
    environment: { LOST_AFTER_MS: '2000', HEARTBEAT_MS: '200', CHECKPOINT_SECONDS: '0.3' },
  });
}, 120_000);
afterAll(() => client.close(), 60_000);

const ask = (model: string, body: object, headers?: Record<string, string>) =>
  client.send('POST', `/v1/models/${model}/batch-predictions`, body, headers);

/** The ended job. */
const ended = (id: string): Promise<Answer> =>
  client.until(`/v1/batch-predictions/${id}`, ['succeeded', 'failed', 'cancelled'], {
    timeout: 90_000,
    interval: 50,
  });

/** Kills the worker while the job is running on it. */
async function killWorkerOf(id: string): Promise<void> {
  const workers = processesOf(client.folder).filter((line) => /workers\/main\.js/.test(line));
  expect(workers).toHaveLength(1);
  const { status } = (await client.send('GET', `/v1/batch-predictions/${id}`)).json;
  expect(status).toBe('running');
  process.kill(Number(workers[0]!.split(' ')[0]), 'SIGKILL');
}

/** What becomes of a job whose worker is killed when a first part of the answers is there. */
async function endedBeyondKill(id: string): Promise<Answer> {
  const get = async () => (await client.send('GET', `/v1/batch-predictions/${id}`)).json;
  await vi.waitUntil(async () => (await get()).position > 0, { timeout: 60_000, interval: 10 });
  await killWorkerOf(id);
  return ended(id);
}

/** All rows of the dataset that came out. */
async function resultOf(job: Answer): Promise<{ dataset: Answer; rows: Row[] }> {
  expect(job.status, JSON.stringify(job.error) + client.output()).toBe('succeeded');
  const dataset = (await client.send('GET', `/v1/datasets/${job.result_dataset_id}`)).json;
  expect(dataset).toMatchObject({ status: 'ready', format: 'parquet' });
  const rows: Row[] = [];
  while (rows.length < Math.min(dataset.row_count, 400))
    rows.push(
      ...(await client.send('GET', `/v1/datasets/${dataset.id}/rows?limit=100&offset=${rows.length}`)).json
        .data,
    );
  return { dataset, rows };
}

const things = (count: number, hole: (row: number) => boolean = () => false): Row[] =>
  Array.from({ length: count }, (_, row) => {
    const size = (row * 37) % 50;
    return {
      id: `t${row}`,
      note: row % 11 === 3 ? '' : `${size > 25 ? 'large' : 'small'} thing, "quoted"`,
      size: hole(row) ? null : size,
      signal: Array.from({ length: 4 + (row % 3) }, (_, i) => size + i),
      colour: ['red', 'blue', 'green'][row % 3],
      price: size * 2 + (row % 3),
    };
  });
const csvOf = (rows: readonly Row[]): string =>
  [
    Object.keys(rows[0]!).join(),
    ...rows.map((row) =>
      Object.values(row)
        .map((cell) =>
          cell === null
            ? ''
            : `"${(Array.isArray(cell) ? JSON.stringify(cell) : String(cell as string | number)).replaceAll('"', '""')}"`,
        )
        .join(),
    ),
  ].join('\n');

const rowModel = (datasetId: string, name: string, target: string, type: string) => ({
  dataset_id: datasetId,
  name,
  architecture: 'sequence_to_vector',
  data: {
    inputs: [
      { column: 'size' },
      { column: 'note', encoding: 'words', embedding_size: 4 },
      ...(target === 'colour' ? [] : [{ column: 'colour', encoding: 'one_hot' }]),
    ],
    targets: [{ column: target }],
  },
  model: { cell: 'gru', hidden_size: 8 },
  output: { type },
  training: { epochs: 2, seed: 1 },
});

it(
  'each row of a dataset, with what it would be answered by itself; bad ones with why',
  { timeout: 240_000 },
  async () => {
    const learned = await client.uploaded('learned', csvOf(things(120)));
    await client.trained(rowModel(learned, 'colours', 'colour', 'classification'));
    await client.trained(rowModel(learned, 'prices', 'price', 'regression'));
    const rows = things(300, (row) => row % 7 === 2);
    const asked = await client.uploaded('asked', csvOf(rows));

    const first = await ask('colours', { dataset_id: asked }, { 'idempotency-key': 'batch-1' });
    expect(first.status, JSON.stringify(first.json)).toBe(202);
    expect(first.headers.get('location')).toBe(`/v1/batch-predictions/${first.json.id}`);
    const again = await ask('colours', { dataset_id: asked }, { 'idempotency-key': 'batch-1' });
    expect(again.json.id).toBe(first.json.id);
    const job = await ended(first.json.id);
    const bad = rows.filter(({ size }) => size === null).length;
    expect(job).toMatchObject({ progress: 1, position: 300, refused: bad, attempt: 1 });
    const { dataset, rows: found } = await resultOf(job);
    expect(dataset.row_count).toBe(300);
    expect(dataset.columns.map(({ name, type }) => [name, type])).toEqual([
      ['id', 'text'],
      ['note', 'text'],
      ['size', 'integer'],
      ['signal', 'vector'],
      ['colour', 'text'],
      ['price', 'integer'],
      ['prediction', 'text'],
      ['probability', 'number'],
      ...['blue', 'green', 'red'].map((label) => [`probability_${label}`, 'number']),
      ['error', 'text'],
    ]);
    const alone = await client.send('POST', '/v1/models/colours/predictions', {
      inputs: rows.map((row) => ({ row: { ...row, note: row.note === '' ? null : row.note } })),
    });
    expect(alone.status).toBe(200);
    found.forEach((row, index) => {
      expect(row.id).toBe(`t${index}`);
      expect(row.signal).toEqual(rows[index]!.signal);
      const own = alone.json.predictions[index]! as {
        label?: string;
        probabilities?: readonly { label: string; probability: number }[];
      };
      if (rows[index]!.size === null) {
        expect(row).toMatchObject({
          prediction: null,
          probability: null,
          error: 'size: expected a number, got null',
        });
        return;
      }
      expect(row).toMatchObject({ prediction: own.label, error: null });
      for (const { label, probability } of own.probabilities!)
        expect(row[`probability_${label}`]).toBeCloseTo(probability, 5);
    });

    // a dataset like any other: downloaded, and asked of another model, but for the columns that are there already
    const file = await fetch(`${client.url}/v1/datasets/${dataset.id}/content`);
    expect(
      Buffer.from(await file.arrayBuffer())
        .subarray(0, 4)
        .toString(),
    ).toBe('PAR1');
    const clash = await ask('prices', { dataset_id: dataset.id });
    expect(clash.status).toBe(422);
    expect(clash.json.errors[0]!.message).toContain('got "error", which there is already');
    const other = await ask('prices', {
      dataset_id: dataset.id,
      columns: ['id', 'prediction'],
      name: 'both',
    });
    const both = await resultOf(await ended(other.json.id));
    expect(both.dataset.columns.map(({ name }) => name)).toEqual([
      'id',
      'prediction',
      'prediction_price',
      'error',
    ]);
    expect(both.rows[5]).toMatchObject({ id: 't5', prediction: found[5]!.prediction, error: null });

    const wrong = await ask('colours', { dataset_id: asked, columns: ['id', 'nothing', 'id'] });
    expect(wrong.json.errors.map(({ pointer }) => pointer)).toEqual(['/columns/1', '/columns/2']);
    const unfit = await ask('colours', {
      dataset_id: await client.uploaded('unfit', 'size,note\na,b\n1x,c\n'),
    });
    expect(unfit.status).toBe(422);
    expect(unfit.json.errors).toEqual([
      {
        pointer: '/dataset_id',
        message: 'expected a dataset with a column "size" of type integer or number, got one of type text',
      },
    ]);
    expect((await ask('colours', { dataset_id: 'ds_nothing' })).status).toBe(422);
    const strange = await ask('prices', { dataset_id: asked, temperature: 1, max_length: 4 });
    expect([strange.status, strange.json.errors]).toEqual([
      422,
      [
        { pointer: '/temperature', message: 'expected no temperature for a model of task regression, got 1' },
        { pointer: '/max_length', message: 'expected no max_length for a model of task regression, got 4' },
      ],
    ]);
    expect((await ask('nothing', { dataset_id: asked })).status).toBe(404);

    const events = await fetch(`${client.url}/v1/batch-predictions/${job.id}/events`, {
      headers: { accept: 'text/event-stream' },
    });
    const types = (await events.text()).match(/^event: .*$/gm);
    expect(types![0]).toBe('event: batch_prediction.queued');
    expect(types!.at(-1)).toBe('event: batch_prediction.succeeded');
    expect((await client.send('DELETE', `/v1/batch-predictions/${job.id}`)).status).toBe(204);
    expect((await client.send('GET', `/v1/batch-predictions/${job.id}`)).status).toBe(404);
    expect((await client.send('GET', `/v1/datasets/${dataset.id}`)).status).toBe(200);
  },
);

it('the rows that follow each series, known ones ahead read from its end', { timeout: 240_000 }, async () => {
  const day = (index: number) => new Date(Date.UTC(2024, 0, 1 + index)).toISOString().slice(0, 10);
  const series = (shop: string, days: number): Row[] =>
    Array.from({ length: days }, (_, index) => ({
      day: day(index),
      shop,
      promotion: index % 7 === 0 ? 1 : 0,
      sold: 10 + (index % 7) + (shop === 'a' ? 0 : 5),
    }));
  const ahead = (rows: readonly Row[], shop: string): Row[] =>
    [0, 1, 2].map((step) => ({
      day: day(rows.length + step),
      shop,
      promotion: step === 1 ? 1 : 0,
      sold: null,
    }));
  const [a, b] = [series('a', 80), series('b', 80)];
  const learned = await client.uploaded('shops', csvOf([...a, ...b]));
  await client.trained({
    dataset_id: learned,
    name: 'shops',
    architecture: 'sequence_to_vector',
    data: {
      inputs: [{ column: 'sold' }, { column: 'promotion', known_ahead: true }],
      targets: [{ column: 'sold' }],
      order_by: 'day',
      group_by: 'shop',
      window: { length: 14, horizon: 3 },
    },
    model: { cell: 'lstm', hidden_size: 8 },
    output: { loss: 'quantile', quantiles: [0.1, 0.5, 0.9] },
    training: { epochs: 2, seed: 1 },
  });
  const short = series('c', 9);
  const asked = await client.uploaded(
    'shops-now',
    csvOf([...b, ...ahead(b, 'b'), ...short, ...ahead(short, 'c'), ...a, ...ahead(a, 'a')]),
  );
  const job = await ended((await ask('shops', { dataset_id: asked })).json.id);
  expect(job).toMatchObject({ position: 3, refused: 1 });
  const { rows } = await resultOf(job);
  const alone = await client.send('POST', '/v1/models/shops/predictions', {
    inputs: [
      { rows: a, future: ahead(a, 'a') },
      { rows: b, future: ahead(b, 'b') },
    ],
  });
  const expected = alone.json.predictions as unknown as readonly {
    readonly forecast: readonly { readonly day: string; readonly sold: number }[];
    readonly distribution: readonly { readonly sold: { readonly quantiles: Record<string, number> } }[];
  }[];
  expect(rows).toHaveLength(7);
  expect(rows.map(({ shop, step, day: at }) => [shop, step, at])).toEqual([
    ...[0, 1, 2].map((step) => ['a', step + 1, expected[0]!.forecast[step]!.day]),
    ...[0, 1, 2].map((step) => ['b', step + 1, expected[1]!.forecast[step]!.day]),
    ['c', null, null],
  ]);
  rows.slice(0, 6).forEach((row, index) => {
    const own = expected[Math.floor(index / 3)]!;
    expect(row.prediction_sold).toBeCloseTo(own.forecast[index % 3]!.sold, 4);
    for (const [level, value] of Object.entries(own.distribution[index % 3]!.sold.quantiles))
      expect(row[`prediction_sold_q${level}`]).toBeCloseTo(value, 4);
  });
  expect(rows[6]!.error).toBe('rows: expected at least 14 rows, got 9');

  const past = await client.uploaded('shops-then', csvOf(a));
  const unknown = await resultOf(await ended((await ask('shops', { dataset_id: past })).json.id));
  expect(unknown.rows).toMatchObject([
    {
      shop: 'a',
      prediction_sold: null,
      error:
        'rows at the end of the series whose targets are all missing: expected 3 rows, one for each that is forecast, with "promotion", got 0',
    },
  ]);
});

it('a label of each row of a series, and of each series', { timeout: 240_000 }, async () => {
  const labelled = Array.from({ length: 12 }, (_, walk) =>
    Array.from({ length: 8 + (walk % 3) }, (__, at) => ({
      at,
      walk: `w${walk}`,
      speed: (walk % 2) * 3 + at / 10,
      gait: (walk * 5 + at) % 4 > 1 ? 'up' : 'down',
      kind: walk % 2 === 0 ? 'slow' : 'fast',
    })),
  ).flat();
  const learned = await client.uploaded('walks', csvOf(labelled));
  const model = (name: string, target: string, architecture: string) => ({
    dataset_id: learned,
    name,
    architecture,
    data: {
      inputs: [{ column: 'speed' }],
      targets: [{ column: target }],
      group_by: 'walk',
      order_by: 'at',
    },
    model: { cell: 'gru', hidden_size: 4 },
    output: { type: 'classification' },
    training: { epochs: 2, seed: 1 },
  });
  await client.trained(model('gaits', 'gait', 'sequence_to_sequence'));
  await client.trained(model('kinds', 'kind', 'sequence_to_vector'));
  // rows of the series stand mixed up, and one of them has no speed
  const asked = labelled
    .map((row, index) => ({ ...row, speed: row.walk === 'w3' && row.at === 2 ? null : row.speed, index }))
    .toSorted((a, b) => ((a.index * 7) % 11) - ((b.index * 7) % 11));
  const dataset = await client.uploaded('walks-now', csvOf(asked));
  const walks = [...new Set(labelled.map(({ walk }) => walk))].toSorted();
  const inputs = walks.map((walk) => ({
    rows: asked.filter((row) => row.walk === walk).toSorted((a, b) => a.at - b.at),
  }));
  const alone = async (name: string) =>
    (await client.send('POST', `/v1/models/${name}/predictions`, { inputs })).json.predictions;

  const gaits = await resultOf(await ended((await ask('gaits', { dataset_id: dataset })).json.id));
  expect(gaits.rows.map(({ index }) => index)).toEqual(asked.map(({ index }) => index));
  const tagged = (await alone('gaits')) as unknown as readonly {
    readonly steps?: readonly { readonly label: string; readonly probability: number }[];
  }[];
  for (const row of gaits.rows) {
    const step = tagged[walks.indexOf(String(row.walk))]!.steps?.[Number(row.at)];
    expect(row.prediction).toBe(step?.label ?? null);
    if (step) expect(row.probability).toBeCloseTo(step.probability, 5);
    else expect(row.error).toBe('rows/2/speed: expected a number, got null');
  }
  const kinds = await resultOf(await ended((await ask('kinds', { dataset_id: dataset })).json.id));
  const labels = (await alone('kinds')) as unknown as readonly { readonly label?: string }[];
  const columns = kinds.dataset.columns.map(({ name }) => name);
  expect(columns.slice(0, 3)).toEqual(['walk', 'prediction', 'probability']);
  expect(kinds.rows.map(({ walk, prediction }) => [walk, prediction])).toEqual(
    walks.map((walk, index) => [walk, labels[index]!.label ?? null]),
  );
});

it(
  'goes on after kill -9 of the worker, once each; its data can not be deleted meanwhile; and cancels',
  { timeout: 240_000 },
  async () => {
    const count = 60_000;
    const learned = await client.uploaded('again', csvOf(things(120)));
    await client.trained(rowModel(learned, 'crowd', 'price', 'regression'));
    await client.trained(rowModel(learned, 'crowd', 'price', 'regression'));
    const many = await client.uploaded('crowd', csvOf(things(count, (row) => row === 5)));
    const job = await ask('crowd@1', { dataset_id: many, columns: ['id'] });
    const get = async () => (await client.send('GET', `/v1/batch-predictions/${job.json.id}`)).json;
    await vi.waitUntil(async () => (await get()).position > 0, { timeout: 60_000, interval: 10 });

    const kept = await client.send('DELETE', `/v1/datasets/${many}`);
    expect([kept.status, kept.json.detail]).toEqual([
      409,
      `Dataset ${many} is needed by batch prediction ${job.json.id}, which has not ended.`,
    ]);
    const version = await client.send('DELETE', '/v1/models/crowd/versions/1');
    expect([version.status, version.json.detail]).toEqual([
      409,
      `Version 1 of crowd is needed by batch prediction ${job.json.id}, which has not ended`,
    ]);

    await killWorkerOf(job.json.id);
    const after = await ended(job.json.id);
    expect(after).toMatchObject({ status: 'succeeded', attempt: 2, position: count, refused: 1 });
    const { dataset } = await resultOf(after);
    expect(dataset.row_count).toBe(count);
    const profile = dataset.columns as unknown as readonly {
      name: string;
      distinct: number;
      missing: number;
    }[];
    expect(profile.find(({ name }) => name === 'id')).toMatchObject({ distinct: count });
    expect(profile.find(({ name }) => name === 'prediction_price')).toMatchObject({ missing: 1 });
    const log = await client.send('GET', `/v1/batch-predictions/${job.json.id}/events?limit=1000`);
    const restarted = log.json.data.find(({ type }) => type === 'batch_prediction.restarted') as unknown as {
      data: { resumes_from: number };
    };
    expect(restarted.data.resumes_from).toBeGreaterThan(0);
    expect(log.json.data.map(({ sequence }) => sequence)).toEqual(log.json.data.map((_, index) => index + 1));

    const second = await ask('crowd@1', { dataset_id: many });
    const now = async () => (await client.send('GET', `/v1/batch-predictions/${second.json.id}`)).json;
    await vi.waitUntil(async () => (await now()).position > 0, { timeout: 60_000, interval: 10 });
    expect((await client.send('POST', `/v1/batch-predictions/${second.json.id}/cancel`)).json.status).toBe(
      'cancelling',
    );
    expect(await ended(second.json.id)).toMatchObject({ status: 'cancelled', result_dataset_id: null });
    expect((await client.send('DELETE', `/v1/datasets/${many}`)).status).toBe(204);
    expect((await client.send('DELETE', '/v1/models/crowd/versions/1')).status).toBe(204);
  },
);

it(
  'what a language model writes on each row’s text, the same after kill -9 of the worker as without',
  { timeout: 240_000 },
  async () => {
    const plots = ['the cat sees a mouse.', 'the dog sees a stick.', 'the owl sees a star.'];
    const learned = await client.uploaded(
      'stories',
      csvOf(Array.from({ length: 120 }, (_, row) => ({ text: plots[(row * row) % 3] }))),
    );
    await client.trained({
      dataset_id: learned,
      name: 'writer',
      architecture: 'sequence_to_sequence',
      data: {
        inputs: [{ column: 'text', encoding: 'characters', max_length: 30, embedding_size: 6 }],
        targets: [{ column: 'text' }],
      },
      model: { cell: 'lstm', hidden_size: 16 },
      output: { type: 'tokens' },
      training: { epochs: 2, seed: 1, batch_size: 8 },
    });
    const count = 6000;
    const rows = Array.from({ length: count }, (_, row) => ({
      id: row,
      text: row % 50 === 7 ? null : plots[row % 3]!.slice(0, row % 17),
    }));
    const asked = await client.uploaded('beginnings', csvOf(rows));
    const options = { temperature: 0.9, top_k: 12, top_p: 0.98, seed: 4_294_967_290, max_length: 120 };
    /** A hundred of each five hundred rows, by their number. */
    const samples = async (dataset: string): Promise<ReadonlyMap<number, Row>> => {
      const found = new Map<number, Row>();
      for (const offset of [...Array.from({ length: count / 500 }, (_, n) => 500 * n), count - 100]) {
        const page = await client.send('GET', `/v1/datasets/${dataset}/rows?limit=100&offset=${offset}`);
        page.json.data.forEach((row, n) => found.set(offset + n, row));
      }
      return found;
    };

    const first = await ask('writer', { dataset_id: asked, ...options });
    expect(first.status, JSON.stringify(first.json)).toBe(202);
    expect(first.json).toMatchObject({ generation: options });
    const after = await endedBeyondKill(first.json.id);
    expect(after).toMatchObject({ status: 'succeeded', attempt: 2, position: count, refused: 0 });
    const { dataset } = await resultOf(after);
    expect(dataset.columns.map(({ name, type }) => [name, type])).toEqual([
      ['id', 'integer'],
      ['text', 'text'],
      ['prediction', 'text'],
      ['score', 'number'],
      ['ended', 'boolean'],
      ['prediction_tokens', 'integer'],
      ['prediction_seed', 'integer'],
      ['error', 'text'],
    ]);
    const again = await resultOf(
      await ended((await ask('writer', { dataset_id: asked, ...options })).json.id),
    );
    const found = await samples(dataset.id);
    expect(found).toEqual(await samples(again.dataset.id));

    const { seed, ...others } = options;
    const alone = await client.send('POST', '/v1/models/writer/predictions', {
      inputs: rows.slice(0, 60).map(({ text }) => ({ row: { text } })),
      ...others,
      seed,
    });
    alone.json.predictions.forEach((own, row) => {
      const { text, tokens, log_probability: score, finish_reason: reason, seed: drawnBy } = own;
      expect(found.get(row)).toMatchObject({
        ...{ id: row, text: rows[row]!.text === '' ? null : rows[row]!.text, error: null },
        // an empty text is none in a dataset
        ...{ prediction: text === '' ? null : text, prediction_tokens: tokens, prediction_seed: drawnBy },
        ended: reason === 'end',
      });
      expect(found.get(row)!.score).toBeCloseTo(Number(score), 3);
    });
    const last = await client.send('POST', '/v1/models/writer/predictions', {
      inputs: [{ text: rows.at(-1)!.text }],
      ...others,
      seed: (seed + count - 1) % 2 ** 32,
    });
    expect(found.get(count - 1)).toMatchObject({ prediction: last.json.predictions[0]!.text || null });
    expect(new Set([...found.values()].map(({ prediction }) => prediction)).size).toBeGreaterThan(100);

    const bad = await ask('writer', { dataset_id: asked, temperature: -1 });
    expect([bad.status, bad.json.errors[0]!.pointer]).toEqual([422, '/temperature']);
    const random = await ask('writer', { dataset_id: asked });
    expect(random.json).toMatchObject({
      generation: {
        temperature: 1,
        top_k: null,
        top_p: 1,
        max_length: 200,
        seed: expect.any(Number) as number,
      },
    });
    await client.send('POST', `/v1/batch-predictions/${random.json.id}/cancel`);
    expect(await ended(random.json.id)).toMatchObject({ status: 'cancelled', result_dataset_id: null });
    const numbers = await client.uploaded('no-texts', 'text\n1\n2\n');
    const unfit = await ask('writer', { dataset_id: numbers });
    expect([unfit.status, unfit.json.errors[0]!.message]).toEqual([
      422,
      'expected a dataset with a column "text" of type text, got one of type integer',
    ]);
  },
);

it(
  'the best texts that are found for each row, the same after kill -9 of the worker as without',
  { timeout: 240_000 },
  async () => {
    const names = ['Ada', 'Bertram', 'Clementine', 'Dorothea Ann', 'Eve'];
    const pairs = (count: number): Row[] =>
      Array.from({ length: count }, (_, row) => ({
        id: row,
        name: `${names[row % 5]!} ${names[(row * row) % 5]!}`.slice(0, 4 + (row % 17)),
        said: `good day, dear ${names[row % 5]!.toLowerCase()}`,
      }));
    const learned = await client.uploaded('greetings', csvOf(pairs(120)));
    await client.trained({
      dataset_id: learned,
      name: 'greeter',
      architecture: 'encoder_decoder',
      data: {
        inputs: [{ column: 'name', encoding: 'characters', max_length: 24, embedding_size: 6 }],
        targets: [{ column: 'said', encoding: 'characters', max_length: 30, embedding_size: 6 }],
      },
      model: { cell: 'gru', hidden_size: 16, attention: { score: 'dot' } },
      output: { type: 'tokens' },
      training: { epochs: 2, seed: 1, batch_size: 8 },
    });
    const count = 1500;
    const rows = pairs(count).map(({ id, name }) => ({ id, name: id === 7 ? null : name }));
    const asked = await client.uploaded('names', csvOf(rows));
    const options = { beam: 5, n_best: 3, length_penalty: 0.5, max_length: 25 };
    const samples = async (dataset: string): Promise<Row[]> => {
      const pages = await Promise.all(
        Array.from({ length: count / 300 }, (_, n) =>
          client.send('GET', `/v1/datasets/${dataset}/rows?limit=100&offset=${300 * n}`),
        ),
      );
      return pages.flatMap(({ json }) => json.data);
    };

    const first = await ask('greeter', { dataset_id: asked, ...options });
    expect(first.status, JSON.stringify(first.json)).toBe(202);
    expect(first.json).toMatchObject({ generation: options });
    const after = await endedBeyondKill(first.json.id);
    expect(after).toMatchObject({ status: 'succeeded', attempt: 2, position: count });
    const { dataset } = await resultOf(after);
    expect(dataset.columns.map(({ name, type }) => [name, type])).toEqual([
      ['id', 'integer'],
      ['name', 'text'],
      ...['', '_2', '_3'].flatMap((suffix) => [
        [`prediction${suffix}`, 'text'],
        [`score${suffix}`, 'number'],
        [`ended${suffix}`, 'boolean'],
      ]),
      ['error', 'text'],
    ]);
    const again = await resultOf(
      await ended((await ask('greeter', { dataset_id: asked, ...options })).json.id),
    );
    const found = await samples(dataset.id);
    expect(found).toEqual(await samples(again.dataset.id));

    const alone = await client.send('POST', '/v1/models/greeter/predictions', {
      inputs: rows.slice(0, 60).map(({ name }) => ({ row: { name } })),
      ...options,
    });
    alone.json.predictions.forEach((own, row) => {
      const texts = own.alternatives as readonly { text: string; score: number; ended: boolean }[];
      ['', '_2', '_3'].forEach((suffix, rank) => {
        const { text, score, ended: isEnded } = texts[rank]!;
        expect(found[row]).toMatchObject({ [`prediction${suffix}`]: text, [`ended${suffix}`]: isEnded });
        expect(found[row]![`score${suffix}`]).toBeCloseTo(score, 3);
      });
    });
    expect(new Set(found.map(({ prediction_2: second }) => second)).size).toBeGreaterThan(1);

    const greedy = await ask('greeter', { dataset_id: asked });
    expect(greedy.json).toMatchObject({
      generation: { beam: 1, n_best: 1, length_penalty: 0, max_length: 30 },
    });
    await client.send('POST', `/v1/batch-predictions/${greedy.json.id}/cancel`);
    await ended(greedy.json.id);
    const taken = await client.uploaded('taken', 'name,score_2\na,1\n');
    for (const [body, pointer, message] of [
      [{ n_best: 3 }, '/n_best', 'expected at most as many as the beam is wide (1), got 3'],
      [
        { beam: 2, max_length: 31 },
        '/max_length',
        'expected at most the 30 characters that the model was taught to write, got 31',
      ],
      [
        { length_penalty: 1 },
        '/length_penalty',
        'expected it with a beam of at least 2, got 1 with a beam of 1',
      ],
      [{ top_k: 3 }, '/top_k', 'expected no top_k for a model of task transduction, got 3'],
      [{ beam: 65 }, '/beam', 'expected an integer from 1 to 64, got 65'],
      [
        { beam: 2, n_best: 2, dataset_id: taken },
        '/columns',
        'expected columns beside those of the predictions, got "score_2", which there is already; name the columns to keep without it',
      ],
    ] as const) {
      const refused = await ask('greeter', { dataset_id: asked, ...body });
      expect([refused.status, refused.json.errors]).toEqual([422, [{ pointer, message }]]);
    }
  },
);

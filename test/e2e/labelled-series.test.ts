/** Series with labels, from outside: one label of a recording, or one of each of its rows; what is predicted over HTTP is what the card's scores were made of. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { splitSeries } from '../../datasets/windows/split.ts';
import { windowsOf } from '../../datasets/windows/windows.ts';
import type { ForecastCard } from '../../domain/models/forecast-card.ts';
import type { LabelledSeriesCard } from '../../domain/models/labelled-series-card.ts';
import { randomStream } from '../../engine/random/random-stream.ts';
import { openSession } from '../../engine/runtime/session.ts';
import { launchClient, type LaunchedClient } from '../support/launched-client.ts';

interface Row {
  readonly recording: string;
  readonly t: number;
  readonly x: number;
  readonly mode: string;
  readonly site: string;
  readonly kind: string;
  readonly state: string;
  readonly part: string;
  /** How much the row counts; none of those that are judged by while training does. */
  readonly weight: number;
  readonly unjudged: number;
}
interface Step {
  readonly label: string;
  readonly probabilities: readonly { readonly label: string; readonly probability: number }[];
}
/** What these tests look at of any answer. */
interface Answer {
  readonly id: string;
  readonly status: string;
  readonly error: unknown;
  readonly predictions: readonly (Step & {
    readonly steps: readonly Step[];
    readonly warnings?: readonly unknown[];
  })[];
  readonly errors: readonly { readonly pointer: string; readonly message: string }[];
}

/** Walks of 3 to 12 rows: the kind says where to, the state of a row what comes next, which only the way back can see. */
const random = randomStream(5, 'walks');
const walks: readonly (readonly Row[])[] = Array.from({ length: 80 }, (_, index) => {
  const up = index % 2 === 0;
  const part = ['training', 'training', 'training', 'validation', 'test'][index % 5]!;
  const length = 3 + random.integer(10);
  const steps = Array.from({ length: length + 1 }, () => (up ? 0.5 : -0.5) + random.next() * 4 - 2);
  let x = 0;
  return Array.from({ length }, (__, t) => {
    x += steps[t]!;
    return {
      recording: `r${String(index).padStart(2, '0')}`,
      t,
      x: Number(x.toFixed(3)),
      mode: steps[t]! > 0 ? 'on' : 'off',
      site: index % 3 === 0 ? 'north' : 'south',
      kind: up ? 'rising' : 'falling',
      // every ninth row is not labelled
      state: (index + t) % 9 === 0 ? '' : t + 1 === length ? 'end' : steps[t + 1]! > 0 ? 'up' : 'down',
      part,
      weight: (index + t) % 3,
      unjudged: part === 'validation' ? 0 : 1,
    };
  });
});
const heldOut = walks.filter(([first]) => first!.part === 'test');

let client: LaunchedClient<Answer>;
let dataset: string;
beforeAll(async () => {
  client = await launchClient<Answer>();
  // rows of all recordings in turns, the last first
  const rows = walks.flat().toSorted((a, b) => b.t - a.t || (a.recording < b.recording ? -1 : 1));
  const csv = [Object.keys(rows[0]!).join(), ...rows.map((row) => Object.values(row).join())];
  dataset = await client.uploaded('walks', csv.join('\n'));
}, 120_000);
afterAll(() => client.close(), 60_000);

const specification = (
  name: string,
  target: keyof Row,
  changes: { architecture: string; data?: object; model?: object; output?: object; training?: object },
) => ({
  dataset_id: dataset,
  name,
  architecture: changes.architecture,
  data: {
    inputs: [
      { column: 'x' },
      { column: 'mode', encoding: 'one_hot' },
      { column: 'site', encoding: 'embedding', embedding_size: 2 },
    ],
    targets: [{ column: target }],
    group_by: 'recording',
    order_by: 't',
    split: { column: 'part' },
    ...changes.data,
  },
  model: { cell: 'gru', hidden_size: 10, ...changes.model },
  output: { type: 'classification', ...changes.output },
  training: {
    epochs: 20,
    batch_size: 8,
    seed: 1,
    optimizer: { type: 'adam', learning_rate: 0.02 },
    ...changes.training,
  },
});

const trained = async (body: ReturnType<typeof specification>): Promise<LabelledSeriesCard> =>
  (await client.trained(body)) as LabelledSeriesCard;
const predict = (name: string, series: readonly (readonly object[])[]) =>
  client.send('POST', `/v1/models/${name}/predictions`, { inputs: series.map((rows) => ({ rows })) });

const mean = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
const lossOf = ({ probabilities }: Step, right: string) =>
  -Math.log(probabilities.find(({ label }) => label === right)!.probability);

it('one label of a series, whatever its length', { timeout: 180_000 }, async () => {
  const body = specification('kinds', 'kind', {
    architecture: 'sequence_to_vector',
    training: { sampling: 'balanced' },
  });
  const dry = await client.send('POST', '/v1/training-jobs?dry_run=true', body);
  expect(dry.json).toMatchObject({
    task: 'series_classification',
    series: 80,
    labels: ['falling', 'rising'],
    windows: { training: 48, validation: 16, test: 16 },
    shapes: { input: [8, 12, 5], output: [8, 2] },
  });
  const card = await trained(body);
  expect(card.parts).toMatchObject({ training_series: 48, test_series: 16, test_examples: 16 });
  const { predictions } = (await predict('kinds', heldOut)).json;
  const { model, baselines } = card.held_out;
  expect(mean(predictions.map(({ label }, i) => Number(label === heldOut[i]![0]!.kind)))).toBe(
    model.accuracy,
  );
  expect(mean(predictions.map((one, i) => lossOf(one, heldOut[i]![0]!.kind)))).toBeCloseTo(model.log_loss, 4);
  expect(model.accuracy).toBeGreaterThan(baselines.majority_class.accuracy);
  expect(card.held_out.by_label.reduce((sum, { rows }) => sum + rows, 0)).toBe(16);
});

it('one label for each row, told with the rows that follow', { timeout: 180_000 }, async () => {
  const body = specification('states', 'state', {
    architecture: 'sequence_to_sequence',
    model: { bidirectional: true },
    output: { class_weights: 'balanced' },
  });
  const dry = await client.send('POST', '/v1/training-jobs?dry_run=true', body);
  expect(dry.json).toMatchObject({ task: 'tagging', shapes: { input: [8, 12, 5], output: [8, 12, 3] } });
  const card = await trained(body);
  const { predictions } = (await predict('states', heldOut)).json;
  expect(predictions.map(({ steps }) => steps.length)).toEqual(heldOut.map(({ length }) => length));
  const judged = heldOut.flatMap((rows, n) =>
    rows.flatMap(({ state }, t) => (state === '' ? [] : [{ state, step: predictions[n]!.steps[t]! }])),
  );
  const { model, baselines } = card.held_out;
  expect(judged).toHaveLength(card.held_out.by_label.reduce((sum, { rows }) => sum + rows, 0));
  expect(mean(judged.map(({ state, step }) => Number(step.label === state)))).toBeCloseTo(model.accuracy, 10);
  expect(mean(judged.map(({ state, step }) => lossOf(step, state)))).toBeCloseTo(model.log_loss, 4);
  expect(model.accuracy).toBeGreaterThan(0.8);
  expect(baselines.majority_class.accuracy).toBeLessThan(0.6);
  expect(baselines.most_frequent).not.toBeNull();

  // alone, and beside longer ones: the same
  const [alone] = (await predict('states', [heldOut[1]!])).json.predictions;
  expect(alone!.steps.map(({ label }) => label)).toEqual(predictions[1]!.steps.map(({ label }) => label));

  // the file alone, with nothing but what its card says
  const session = await openSession(await client.onnx('states'), { threads: 1 });
  const rows = heldOut[0]!;
  const idOf = (column: 'mode' | 'site', value: string) => {
    const feature = card.features.inputs.find((one) => 'column' in one && one.column === column)!;
    return BigInt((feature as { categories: readonly string[] }).categories.indexOf(value) + 1);
  };
  const results = await session.run({
    sequence: { data: Float32Array.from(rows, ({ x }) => x), dims: [1, rows.length, 1] },
    categories: {
      data: BigInt64Array.from(rows.flatMap(({ mode, site }) => [idOf('mode', mode), idOf('site', site)])),
      dims: [1, rows.length, 2],
    },
    lengths: { data: BigInt64Array.of(BigInt(rows.length)), dims: [1] },
  });
  await session.release();
  rows.forEach((_row, t) => {
    for (const { label, probability } of predictions[0]!.steps[t]!.probabilities)
      expect(results.probabilities!.data[t * 3 + card.features.labels.indexOf(label)]).toBeCloseTo(
        probability,
        5,
      );
  });

  const refused = await predict('states', [
    [{ ...rows[0]!, x: 'a' }, rows[1]!],
    [rows[1]!, rows[0]!],
    [rows[0]!, heldOut[1]![1]!],
  ]);
  expect(refused.status).toBe(422);
  expect(refused.json.errors.map(({ pointer }) => pointer)).toEqual([
    '/inputs/0/rows/0/x',
    '/inputs/1/rows/1/t',
    '/inputs/2/rows/1/recording',
  ]);
  const odd = await predict('states', [[{ ...rows[0]!, mode: 'idle' }, rows[1]!]]);
  expect(odd.json.predictions[0]!.warnings).toHaveLength(1);
});

it(
  'in windows: labels of every row, each judged once and predicted as it was judged',
  { timeout: 180_000 },
  async () => {
    const card = await trained(
      specification('windows', 'state', {
        architecture: 'sequence_to_sequence',
        data: { window: { length: 5, stride: 2 }, weight: 'weight' },
        training: { epochs: 6 },
      }),
    );
    expect(card.parts.test_examples).toBe(
      heldOut.reduce((sum, { length }) => sum + Math.ceil(length / 5), 0),
    );
    const { predictions } = (await predict('windows', heldOut)).json;
    const right = heldOut.flatMap((rows, n) =>
      rows.flatMap(({ state }, t) =>
        state === '' ? [] : [Number(predictions[n]!.steps[t]!.label === state)],
      ),
    );
    expect(mean(right)).toBeCloseTo(card.held_out.model.accuracy, 10);
  },
);

it('forecasts with categories of each row and of the series', { timeout: 180_000 }, async () => {
  const body = {
    dataset_id: dataset,
    name: 'next',
    architecture: 'sequence_to_vector',
    data: {
      inputs: [
        { column: 'x' },
        { column: 'mode', encoding: 'one_hot' },
        { column: 'recording', encoding: 'embedding', embedding_size: 2, minimum_count: 1 },
      ],
      targets: [{ column: 'x' }],
      group_by: 'recording',
      order_by: 't',
      window: { length: 2, horizon: 1 },
      split: { validation: 0.2, test: 0.2 },
    },
    model: { cell: 'gru', hidden_size: 6 },
    training: { epochs: 4, seed: 1 },
  };
  const card = (await client.trained(body)) as ForecastCard;
  expect(card.features!.categories).toMatchObject([
    { column: 'mode', encoding: 'one_hot' },
    { column: 'recording', encoding: 'embedding' },
  ]);
  const windows = walks.flatMap((rows) => {
    const parts = splitSeries(rows.length, body.data.split);
    const { first, count } = windowsOf('test', parts, { ...body.data.window, stride: 1 });
    return Array.from({ length: count }, (_, index) => rows.slice(first + index, first + index + 3));
  });
  expect(windows).toHaveLength(card.parts.test_windows);
  const answer = await client.send('POST', '/v1/models/next/predictions', {
    inputs: windows.map((rows) => ({ rows: rows.slice(0, 2) })),
  });
  const found = answer.json.predictions as unknown as readonly { forecast: readonly { x: number }[] }[];
  const errors = windows.map((rows, n) => Math.abs(rows[2]!.x - found[n]!.forecast[0]!.x));
  expect(mean(errors)).toBeCloseTo(card.held_out.model.mae, 4);

  // row by row, each a request of its own: after two rows what the window of these two comes to
  const streamed = async (rows: readonly object[]): Promise<number> => {
    const stream = await client.send('POST', '/v1/models/next/streams', {});
    expect(stream.status, JSON.stringify(stream.json)).toBe(201);
    let told: readonly (typeof found)[number][] = [];
    for (const row of rows) {
      const step = await client.send('POST', `/v1/streams/${stream.json.id}/steps`, { rows: [row] });
      expect(step.status, JSON.stringify(step.json)).toBe(200);
      told = (step.json as unknown as { outputs: typeof told }).outputs;
    }
    return told[0]!.forecast[0]!.x;
  };
  for (const n of [0, windows.length - 1])
    expect(await streamed(windows[n]!.slice(0, 2))).toBeCloseTo(found[n]!.forecast[0]!.x, 4);
  // and its categories count: of the row that is read, and of one before it
  const [first, second] = windows[0]!;
  const other = ({ mode, ...row }: Row) => ({ ...row, mode: mode === 'on' ? 'off' : 'on' });
  for (const rows of [
    [first!, other(second!)],
    [other(first!), second!],
  ]) {
    const whole = await client.send('POST', '/v1/models/next/predictions', { inputs: [{ rows }] });
    const [{ forecast }] = whole.json.predictions as unknown as typeof found & { 0: (typeof found)[number] };
    expect(await streamed(rows)).toBeCloseTo(forecast[0]!.x, 4);
    expect(Math.abs(forecast[0]!.x - found[0]!.forecast[0]!.x)).toBeGreaterThan(0.001);
  }

  // what training never saw counts as unknown, and is told: of a window, and of a step
  const strange = [first!, { ...second!, mode: 'idle' }];
  const warned = (place: string): readonly object[] => [
    {
      pointer: `${place}/mode`,
      message:
        'expected a category that stands in the training part often enough, got "idle": it counts as unknown',
    },
  ];
  const told = await client.send('POST', '/v1/models/next/predictions', {
    inputs: [{ rows: [first!, second!] }, { rows: strange }],
  });
  expect(told.json.predictions[0]).not.toHaveProperty('warnings');
  expect(told.json.predictions[1]).toMatchObject({ warnings: warned('/inputs/1/rows/1') });
  const stream = await client.send('POST', '/v1/models/next/streams', {});
  const steps = await client.send('POST', `/v1/streams/${stream.json.id}/steps`, { rows: strange });
  const { outputs } = steps.json as unknown as { outputs: readonly object[] };
  expect(outputs[0]).not.toHaveProperty('warnings');
  expect(outputs[1]).toMatchObject({ warnings: warned('/rows/1') });

  const refused = await client.send('POST', '/v1/models/next/predictions', {
    inputs: [{ rows: [{ ...windows[0]![0]!, mode: 7 }, windows[0]![1]!] }],
  });
  expect(refused.json.errors.map(({ pointer }) => pointer)).toEqual(['/inputs/0/rows/0/mode']);
});

it('refuses what cannot be told, and says why', async () => {
  const dry = async (body: object) =>
    (await client.send('POST', '/v1/training-jobs?dry_run=true', body)).json.errors;
  const cases: [
    target: keyof Row,
    changes: Parameters<typeof specification>[2],
    pointer: string,
    message: RegExp,
  ][] = [
    ['state', { architecture: 'sequence_to_vector' }, '/data/targets/0/column', /a label in every row/],
    [
      'mode',
      { architecture: 'sequence_to_vector', data: { inputs: [{ column: 'x' }] } },
      '/data/targets/0/column',
      /one label for all rows of a series.*got 2 in series "r0/,
    ],
    [
      'state',
      { architecture: 'sequence_to_sequence', data: { group_by: 'nobody' } },
      '/data/group_by',
      /a column of the dataset/,
    ],
    [
      'state',
      { architecture: 'sequence_to_sequence', data: { split: { by: 't' } } },
      '/data/split/by',
      /one value for all rows of a series/,
    ],
    [
      'x',
      { architecture: 'sequence_to_sequence', data: { inputs: [{ column: 't' }] } },
      '/data/targets/0/column',
      /a column of labels/,
    ],
    [
      'kind',
      { architecture: 'sequence_to_vector', data: { weight: 'weight' } },
      '/data/weight',
      /no weight for a label of a series.*sequence_to_sequence/,
    ],
    [
      'state',
      { architecture: 'sequence_to_sequence', data: { weight: 'unjudged' } },
      '/data/weight',
      /a weight above 0 in some row of the validation part, got 0 in all of its 16 series/,
    ],
    [
      'state',
      { architecture: 'sequence_to_sequence', data: { inputs: [{ column: 't' }], weight: 'x' } },
      '/data/weight',
      /weights of at least 0, got -/,
    ],
    [
      'state',
      { architecture: 'sequence_to_sequence', data: { order_by: 'site' } },
      '/data/order_by',
      /of type text/,
    ],
  ];
  for (const [target, changes, pointer, message] of cases) {
    const errors = await dry(specification('none', target, changes));
    expect(errors, `${pointer} ${JSON.stringify(errors)}`).toContainEqual({
      pointer,
      message: expect.stringMatching(message) as unknown,
    });
  }
});

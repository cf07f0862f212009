/** Forecasts with quantiles and intervals, from a CSV to predictions and the ONNX file, through the front door alone. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ForecastCard } from '../../domain/models/forecast-card.ts';
import { openSession } from '../../engine/runtime/session.ts';
import type { ForecastPrediction } from '../../services/inference/routes/predictions/schemas.ts';
import { launchClient, type LaunchedClient } from '../support/launched-client.ts';

const weather = fileURLToPath(new URL('../../examples/data/seattle-weather.csv', import.meta.url));
const horizon = 7;
const length = 30;

let client: LaunchedClient<Answer>;
let datasetId: string;
/** The rows of the last window, as the dataset has them. */
let rows: Record<string, string | number>[];

/** What these tests look at of any answer. */
interface Answer {
  readonly id: string;
  readonly status: string;
  readonly data: typeof rows;
  readonly predictions: readonly ForecastPrediction[];
  readonly errors: readonly { readonly pointer: string; readonly message: string }[];
}

interface Changes {
  readonly architecture?: string;
  readonly data?: object;
  readonly model?: object;
  readonly output?: object;
  readonly training?: object;
}

const specification = (name: string, changes: Changes) => ({
  dataset_id: datasetId,
  name,
  architecture: changes.architecture ?? 'sequence_to_vector',
  data: {
    inputs: [{ column: 'temp_max' }, { column: 'temp_min' }],
    targets: [{ column: 'temp_max' }, { column: 'wind' }],
    order_by: 'date',
    window: { length, horizon },
    ...changes.data,
  },
  model: { cell: 'gru', hidden_size: 12, ...changes.model },
  output: changes.output ?? {},
  training: {
    epochs: 12,
    seed: 7,
    optimizer: { type: 'adam', learning_rate: 0.005 },
    ...changes.training,
  },
});

const trained = async (name: string, changes: Changes): Promise<ForecastCard> =>
  (await client.trained(specification(name, changes))) as ForecastCard;

async function predicted(name: string): Promise<ForecastPrediction> {
  const answer = await client.send('POST', `/v1/models/${name}/predictions`, {
    inputs: [{ rows }],
  });
  expect(answer.status).toBe(200);
  return answer.json.predictions[0]!;
}

beforeAll(async () => {
  client = await launchClient<Answer>({
    datasets: { timeout: 200_000, interval: 100 },
    jobs: { timeout: 240_000, interval: 200 },
  });
  const csv = (await readFile(weather, 'utf8')).trim().split('\n');
  // a column of weights: the first half of the rows counts for little
  const weighted = csv.map((line, index) => `${line},${index === 0 ? 'importance' : index < 700 ? 0.1 : 1}`);
  datasetId = await client.uploaded('w', weighted.join('\n'));
  const offset = csv.length - 1 - length;
  const page = await client.send('GET', `/v1/datasets/${datasetId}/rows?limit=100&offset=${offset}`);
  rows = page.json.data;
  expect(rows).toHaveLength(length);
}, 300_000);

afterAll(() => client.close());

describe.each([
  ['quantile', { loss: 'quantile', quantiles: [0.05, 0.1, 0.5, 0.9, 0.95] }, 0.9, []],
  ['gaussian', { loss: 'gaussian' }, 0.8, ['std']],
  [
    'student-t',
    { loss: 'student_t', quantiles: [0.1, 0.9], calibration: 'none' },
    0.8,
    ['degrees_of_freedom', 'std'],
  ],
] as const)('%s', (name, output, level, others) => {
  it('is trained, scored, predicted and exported with intervals', { timeout: 300_000 }, async () => {
    const card = await trained(name, { output });
    const { model, baseline, by_target: byTarget } = card.held_out;
    for (const scores of [model, baseline, byTarget.temp_max!.model, byTarget.wind!.model]) {
      expect(scores.interval!.level).toBe(level);
      // generous: 200 days of one winter and spring, and twelve epochs
      expect(scores.interval!.coverage).toBeGreaterThan(level - 0.25);
      expect(scores.interval!.coverage).toBeLessThanOrEqual(1);
      expect(scores.interval!.mean_width).toBeGreaterThan(0);
    }
    expect(byTarget.temp_max!.model.quantile_loss).toBeLessThan(byTarget.temp_max!.baseline.quantile_loss!);
    expect(card.held_out.other_baselines!.naive.mae).toBeGreaterThan(0);

    const { forecast, distribution } = await predicted(name);
    const levels = card.specification.output.quantiles!;
    expect(distribution).toHaveLength(horizon);
    distribution!.forEach((targets, step) => {
      expect(Object.keys(targets).sort()).toEqual(['temp_max', 'wind']);
      for (const [column, { quantiles, intervals, ...rest }] of Object.entries(targets)) {
        const values = levels.map((one) => quantiles[String(one)]!);
        expect(values).toEqual(values.toSorted((a, b) => a - b));
        expect(intervals[0]).toEqual({ level, lower: values[0], upper: values.at(-1) });
        expect(Object.keys(rest).sort()).toEqual(others);
        const point = forecast[step]![column] as number;
        if (levels.includes(0.5) && name === 'quantile') expect(quantiles['0.5']).toBe(point);
        expect(point).toBeGreaterThanOrEqual(values[0]!);
        expect(point).toBeLessThanOrEqual(values.at(-1)!);
      }
    });

    const session = await openSession(await client.onnx(name), { threads: 1 });
    const x = Float32Array.from(rows.flatMap((row) => [row.temp_max as number, row.temp_min as number]));
    const results = await session.run({ x: { data: x, dims: [1, length, 2] } });
    await session.release();
    expect(results.quantiles!.dims).toEqual([1, horizon, 2, levels.length]);
    const told = distribution!.flatMap((targets) =>
      ['temp_max', 'wind'].flatMap((column) => levels.map((one) => targets[column]!.quantiles[String(one)]!)),
    );
    expect(told.map(Math.fround)).toEqual([...results.quantiles!.data]);
  });
});

it(
  'rows may weigh differently, and the loss may use the last few outputs',
  { timeout: 300_000 },
  async () => {
    const card = await trained('weighted', {
      data: { weight: 'importance' },
      training: { loss_steps: 'last' },
    });
    expect(card.held_out.model.mae).toBeLessThan(card.held_out.baseline.mae);
    expect(card.held_out.model.interval).toBeUndefined();
    const asked = {
      ...specification('steps', { training: { loss_steps: { from: 10 }, epochs: 2 } }),
      architecture: 'sequence_to_sequence',
    };
    const planned = await client.send('POST', '/v1/training-jobs?dry_run=true', asked);
    expect(planned.json).toMatchObject({ specification: { training: { loss_steps: { from: 10 } } } });
    expect((await predicted('weighted')).distribution).toBeUndefined();
  },
);

it(
  'a held-out window that is sent over HTTP comes to what the evaluation scored',
  { timeout: 300_000 },
  async () => {
    const card = await trained('agreeing', {
      data: {
        inputs: [
          { calendar: ['month', 'weekday'] },
          { column: 'temp_max', lags: [7] },
          { column: 'wind', known_ahead: true },
        ],
        targets: [{ column: 'temp_max' }],
        scaling: { type: 'standard', per: 'window' },
        split: { validation: 0.15, test: 0.15, gap: 3, folds: 4 },
      },
      output: { loss: 'quantile' },
      training: { epochs: 3 },
    });
    const [, ...lines] = (await readFile(weather, 'utf8')).trim().split('\n');
    const days = lines.map((line) => {
      const [date, , highest, , wind] = line.split(',');
      return { date: date!, temp_max: Number(highest), wind: Number(wind) };
    });
    const origins = Array.from(
      { length: card.parts.test_windows },
      (_, index) => days.length - horizon - index,
    ).reverse();
    const answer = await client.send('POST', '/v1/models/agreeing/predictions', {
      inputs: origins.map((origin) => ({
        // more rows than the window and its lags need
        rows: days.slice(origin - length - 9, origin),
        future: days.slice(origin, origin + horizon).map(({ wind }) => ({ wind })),
      })),
    });
    expect(answer.status).toBe(200);
    const { predictions } = answer.json;
    const errors: number[] = [];
    let inside = 0;
    predictions.forEach(({ forecast, distribution }, index) => {
      forecast.forEach((row, step) => {
        const day = days[origins[index]! + step]!;
        expect(row.date).toBe(day.date);
        errors.push(Math.abs((row.temp_max as number) - day.temp_max));
        const { lower, upper } = distribution![step]!.temp_max!.intervals[0]!;
        if (day.temp_max >= lower && day.temp_max <= upper) inside += 1;
      });
    });
    const { model, folds, by_step: bySteps } = card.held_out;
    expect(errors.reduce((sum, error) => sum + error, 0) / errors.length).toBeCloseTo(model.mae, 4);
    expect(inside / errors.length).toBeCloseTo(model.interval!.coverage, 3);
    expect(folds).toHaveLength(4);
    expect(bySteps).toHaveLength(horizon);

    const rows = days.slice(-length - 7);
    const wrong = await client.send('POST', '/v1/models/agreeing/predictions', {
      inputs: [
        { rows, future: [{ wind: 3 }] },
        { rows: rows.slice(1), future: days.slice(0, horizon).map(() => ({ wind: 'strong' })) },
      ],
    });
    expect(wrong.status).toBe(422);
    expect(wrong.json.errors.map(({ pointer }) => pointer)).toEqual([
      '/inputs/0/future',
      '/inputs/1/rows',
      ...Array.from({ length: horizon }, (_, step) => `/inputs/1/future/${step}/wind`),
    ]);
  },
);

it(
  'forecasts are written step by step, with attention, scheduled sampling and quantiles',
  { timeout: 300_000 },
  async () => {
    const changes: Changes = {
      architecture: 'encoder_decoder',
      model: { attention: { score: 'scaled_dot' }, decoder: { hidden_size: 8 }, recurrent_dropout: 0.1 },
      output: { loss: 'quantile' },
      training: { scheduled_sampling: { type: 'linear', to: 0.5 } },
    };
    const planned = await client.send(
      'POST',
      '/v1/training-jobs?dry_run=true',
      specification('written', changes),
    );
    expect(planned.json).toMatchObject({
      task: 'forecast',
      specification: { training: { loss_steps: 'all', scheduled_sampling: { from: 0, to: 0.5 } } },
      shapes: { input: [32, length, 2], output: [32, horizon, 2] },
    });
    const card = await trained('written', changes);
    const { model, baseline } = card.held_out;
    expect(model.mae).toBeLessThan(baseline.mae);
    expect(model.interval!.coverage).toBeGreaterThan(0.5);

    const { forecast, distribution } = await predicted('written');
    expect(forecast).toHaveLength(horizon);
    const session = await openSession(await client.onnx('written'), { threads: 1 });
    const x = Float32Array.from(rows.flatMap((row) => [row.temp_max as number, row.temp_min as number]));
    const results = await session.run({ x: { data: x, dims: [1, length, 2] } });
    await session.release();
    expect(results.y!.dims).toEqual([1, horizon, 2]);
    const told = forecast.flatMap((row) => [row.temp_max as number, row.wind as number]);
    expect(told.map(Math.fround)).toEqual([...results.y!.data]);
    expect(distribution![0]!.temp_max!.quantiles['0.5']).toBe(forecast[0]!.temp_max);
  },
);

const written = { architecture: 'encoder_decoder' };
it.each([
  [
    '/data/scaling/per',
    { data: { scaling: { type: 'standard', per: 'series' } } },
    'expected data.group_by with scaling per series',
  ],
  [
    '/data/scaling/type',
    { data: { scaling: { type: 'robust', per: 'window' }, targets: [{ column: 'temp_max' }] } },
    'expected standard, minmax or log for scaling per window',
  ],
  [
    '/data/inputs/0/known_ahead',
    { data: { inputs: [{ column: 'temp_max', known_ahead: true }] } },
    'expected a column that is no target',
  ],
  [
    '/data/inputs/0/calendar',
    { data: { inputs: [{ calendar: ['hour'] }], order_by: 'importance' } },
    'expected dates or timestamps in data.order_by',
  ],
  [
    '/training/loss_steps',
    { ...written, training: { loss_steps: 'last' } },
    'expected all for encoder_decoder',
  ],
  ['/model/attention/size', { ...written, model: { attention: { score: 'dot', size: 4 } } }, 'got dot'],
  ['/model/attention', { model: { attention: {} } }, 'expected no attention with sequence_to_vector'],
  [
    '/training/scheduled_sampling',
    { training: { scheduled_sampling: { type: 'constant', probability: 0.1 } } },
    'got sequence_to_vector',
  ],
  ['/output/quantiles', { output: { loss: 'mse', quantiles: [0.5] } }, 'got loss mse'],
  ['/output/quantiles', { output: { loss: 'quantile', quantiles: [0.1, 0.9] } }, 'expected 0.5 among them'],
  ['/output/quantiles/1', { output: { loss: 'gaussian', quantiles: [0.9, 0.1] } }, 'expected rising order'],
  ['/output/calibration', { output: { calibration: 'conformal' } }, 'got loss mse'],
  ['/training/loss_steps/last', { training: { loss_steps: { last: 31 } } }, 'at most the 30 steps'],
  ['/training/loss_steps/from', { training: { loss_steps: { from: 30 } } }, 'at most 29'],
  ['/training/loss_steps', { training: { loss_steps: { last: 2 } } }, 'expected last for sequence_to_vector'],
  ['/data/weight', { data: { weight: 'date' } }, 'expected a numeric column'],
  ['/data/weight', { data: { weight: 'importanc' } }, 'did you mean "importance"?'],
])('%s is refused where it cannot be', async (pointer, changes, message) => {
  const { status, json } = await client.send(
    'POST',
    '/v1/training-jobs?dry_run=true',
    specification('refused', changes),
  );
  expect(status).toBe(422);
  expect(json.errors).toEqual([{ pointer, message: expect.stringContaining(message) as string }]);
});

/** What the exported file says of a window in its own units is what training and scoring say of it, however windows are scaled and holes are filled. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { FieldError } from '../../domain/errors/unroll-error.ts';
import { exportModel } from '../../engine/programs/export-model.ts';
import { openSession } from '../../engine/runtime/session.ts';
import { forecastNetwork } from '../../engine/spec/forecast-network.ts';
import {
  quantileLevels,
  regressionLoss,
  resolveRegression,
  type RegressionOutput,
} from '../../engine/spec/regression.ts';
import type { ScalingType } from '../../engine/spec/scaling.ts';
import { predict } from '../../engine/training/predict.ts';
import { tellForecasts } from '../../engine/training/tell-forecasts.ts';
import { forecastExamples, trainableForecast } from '../../engine/training/trainable-forecast.ts';
import { readWindows } from '../../services/inference/routes/predictions/windows.ts';
import { ingestCsv } from '../formats/csv.ts';
import { embeddingsOf, fittedCategories } from './categories.ts';
import { planTable } from './plan-table.ts';
import { prepareForecast } from './prepare.ts';
import { scoreForecasts } from './scores.ts';
import { forecastSpecification } from './testing/specification.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unroll-agrees-'));
});
afterEach(() => rm(folder, { recursive: true }));

type Order = Parameters<typeof forecastSpecification>[0];
type Row = Record<string, number | string | null>;

/** Two series at different levels that rise, with holes in one column and, unless they are refused, in the target. */
function table(holes: boolean): Row[] {
  return ['a', 'b'].flatMap((shop, series) =>
    Array.from({ length: 60 }, (_, t) => ({
      shop,
      day: new Date(Date.UTC(2024, 0, 1 + t)).toISOString().slice(0, 10),
      sold: holes && t % 23 === 19 ? null : (10 + t + 3 * Math.sin(t)) * (series === 0 ? 1 : 50),
      mood: ['calm', 'wild', 'calm', 'grim'][(t * t) % 4]!,
      price: holes && t % 29 === 14 ? null : 5 + Math.cos(t / 3),
    })),
  );
}

const scalings = [
  'standard',
  'minmax',
  'robust',
  'log',
  'none',
  { type: 'standard', per: 'series' },
  { type: 'log', per: 'series' },
  { type: 'standard', per: 'window' },
  { type: 'minmax', per: 'window' },
  { type: 'log', per: 'window' },
  { type: 'standard', per: 'last_value' },
  { type: 'log', per: 'last_value' },
] as const;
/** Inputs beside the target: the price of the day, or also earlier ones, those to come and the calendar. */
const [few, many]: readonly Inputs[] = [
  [{ column: 'price' }, { column: 'sold' }],
  [
    { calendar: ['weekday', 'month'] },
    { column: 'price', known_ahead: true },
    { column: 'sold', lags: [7, 2] },
  ],
];
const cases = [
  ...scalings.map((scaling) => ({ scaling, missing: 'error', layerNorm: false, loss: 'gaussian' }) as const),
  // decoded step by step
  ...(['mae', 'quantile', 'gaussian', 'student_t'] as const).map(
    (loss) =>
      ({
        architecture: 'encoder_decoder',
        scaling: { type: 'standard', per: 'window' },
        missing: 'mask',
        layerNorm: false,
        loss,
      }) as const,
  ),
  {
    architecture: 'encoder_decoder',
    scaling: 'log',
    missing: 'error',
    layerNorm: true,
    loss: 'quantile',
  } as const,
  ...(['forward_fill', 'interpolate', 'mask', 'drop'] as const).map(
    (missing) =>
      ({ scaling: { type: 'standard', per: 'window' }, missing, layerNorm: true, loss: 'quantile' }) as const,
  ),
];
/** Each column in its own way. */
const mixed = [
  { calendar: ['weekday'] },
  { column: 'price', known_ahead: true, scaling: 'minmax' },
  { column: 'sold', lags: [2], scaling: 'log' },
] satisfies Inputs;
type Inputs = Parameters<typeof forecastSpecification>[0]['data']['inputs'];
const all = [
  ...cases.map((one) => ({ ...one, inputs: few! })),
  ...cases
    .filter(({ scaling, missing }) => typeof scaling === 'object' && missing !== 'drop')
    .map((one) => ({ ...one, inputs: many! })),
  // categories, with a vector of each series
  ...(['sequence_to_vector', 'sequence_to_sequence', 'encoder_decoder'] as const).flatMap((architecture) =>
    [false, true].map((layerNorm): Case => ({
      architecture,
      scaling: 'standard',
      missing: layerNorm ? 'mask' : 'error',
      layerNorm,
      loss: 'mae',
      inputs: [
        { column: 'mood', encoding: 'one_hot', max_categories: 2, minimum_count: 1 },
        {
          column: 'shop',
          encoding: 'embedding' as const,
          max_categories: 9,
          minimum_count: 2,
          embedding_size: 3,
        },
        { calendar: ['weekday'] },
        { column: 'sold', lags: [1] },
      ],
    })),
  ),
  ...(['standard', { type: 'robust', per: 'series' }] as const).flatMap((scaling) =>
    (['robust', 'log'] as const).map(
      (target) =>
        ({ scaling, missing: 'error', layerNorm: false, loss: 'gaussian', inputs: mixed, target }) as const,
    ),
  ),
];

interface Case {
  readonly architecture?: 'encoder_decoder' | 'sequence_to_vector' | 'sequence_to_sequence';
  readonly scaling: NonNullable<Order['data']['scaling']>;
  readonly missing: NonNullable<Order['data']['missing']>;
  readonly layerNorm: boolean;
  readonly loss: RegressionOutput['loss'];
  readonly inputs: Inputs;
  /** Scaling of the target's own. */
  readonly target?: ScalingType;
}

it.each<Case>(all)('%j', async ({ architecture, scaling, missing, layerNorm, loss, inputs, target }) => {
  const rows = table(missing !== 'error');
  const csv = [
    'shop,day,sold,price,mood',
    ...rows.map((row) => ['shop', 'day', 'sold', 'price', 'mood'].map((name) => row[name] ?? '').join(',')),
  ];
  const [sourcePath, tablePath] = [join(folder, 'rows.csv'), join(folder, 'rows.parquet')];
  await writeFile(sourcePath, csv.join('\n'));
  const dataset = await ingestCsv({ sourcePath, tablePath, workDirectory: folder, onBadRows: 'reject' });
  if (dataset.status !== 'ready') expect.fail(JSON.stringify(dataset));
  const order: Order = {
    data: {
      inputs,
      targets: [{ column: 'sold', ...(target && { scaling: target }) }],
      group_by: 'shop',
      order_by: 'day',
      window: { length: 8, horizon: 3, stride: 1 },
      scaling,
      missing,
      split: { validation: 0.2, test: 0.2, folds: 3 },
    },
    ...(architecture && { architecture }),
  };
  const asked = forecastSpecification(order);
  const specification = {
    ...asked,
    model: {
      ...asked.model,
      hidden_size: 5,
      layer_norm: layerNorm,
      ...(architecture === 'encoder_decoder' && {
        attention: { score: 'additive', input_feeding: true } as const,
      }),
    },
    output: resolveRegression({ ...asked.output, loss }),
  };
  const planning = await planTable({ tablePath, specification, ...dataset });
  const prepared = await prepareForecast({
    tablePath,
    specification,
    // so little that rows lie in a file
    keeping: { path: join(folder, 'kept'), maxBytes: 500 },
  });
  const { parts, inputScaling, outputScaling, seriesKeys } = prepared;
  expect(planning.plan).toMatchObject({
    inputSize: parts.training.inputSize,
    windows: { training: parts.training.count, validation: parts.validation.count, test: parts.test.count },
  });

  const { output } = specification;
  const levels = quantileLevels(output);
  const features = prepared.categories ?? [];
  const categories = fittedCategories(features);
  const network = forecastNetwork(specification, parts.test.inputSize, embeddingsOf(categories));
  const meaning = { loss: regressionLoss(output), levels };
  const trainable = trainableForecast({
    network,
    loss: meaning.loss,
    horizon: 3,
    parts,
    scheduledSampling: undefined,
  });
  const parameters = trainable.initialParameters(3).map((value) => 2 * value);
  const heads = await predict({
    trainable,
    parameters,
    source: forecastExamples(network, 3)(parts.test),
    threads: 1,
    batchSize: 8,
  });
  const isWritten = architecture === 'encoder_decoder';
  const told = await tellForecasts(heads, {
    targetSize: isWritten ? 1 : parts.test.outputSize,
    outputsPerWindow: isWritten ? 3 : 1,
    meaning,
  });
  const scores = prepared.scoreTest(told.points, told.quantiles);

  const file = exportModel({
    network,
    parameters,
    horizon: 3,
    inputScaling,
    outputScaling,
    ahead: prepared.frame.ahead,
    categories,
    forecast: meaning,
    metadata: {},
  });
  const session = await openSession(file, { threads: 1 });
  const series = ['a', 'b'].map((key) => rows.filter(({ shop }) => shop === key));
  const [found, foundQuantiles]: [number[], number[]] = [[], []];
  const starts: number[] = [];
  const { reach: before, ahead } = prepared.frame;
  const reach = 8 + before;
  for (const [number, own] of series.entries())
    for (let end = 48; end + 3 <= 60; end++) {
      const card = {
        specification,
        frequency: prepared.frequency,
        features: { ...(seriesKeys && { series: [...seriesKeys] }), categories: [...features] },
      };
      const window = own.slice(end - reach, end);
      const isWhole = window.every(({ sold, price }) => sold !== null && price !== null);
      const targets = own.slice(end, end + 3).map(({ sold }) => sold);
      if (targets.every((sold) => sold === null)) continue;
      if (missing === 'drop' && !(isWhole && targets.every((sold) => sold !== null))) continue;
      // what came before the window fills what is missing at its start
      // a price to come that is not known is the last one that is
      const price = (row: number): number =>
        Number(own.slice(0, row + 1).findLast((one) => one.price !== null)!.price);
      const future = [0, 1, 2].map((step) => ({ price: price(end + step) }));
      const input = { rows: own.slice(0, end), ...(ahead.length > 0 && { future }) };
      const faults: FieldError[][] = [[]];
      const { feeds } = readWindows([input], card, faults);
      expect(faults).toEqual([[]]);
      const results = await session.run(feeds);
      // of networks that answer after every step the last answer
      found.push(...results.y!.data.slice(-3));
      for (let level = 0; level < levels.length; level++)
        for (let step = 0; step < 3; step++)
          foundQuantiles.push(results.quantiles!.data[step * levels.length + level]!);
      starts.push(number * 60 + end - reach);
      expect('std' in results).toBe(
        (loss === 'gaussian' || loss === 'student_t') && outputScaling.log !== true,
      );
    }
  await session.release();
  prepared.release();
  expect(starts).toHaveLength(parts.test.count);

  const values = Float64Array.from(rows, ({ sold }) => (sold === null ? NaN : Number(sold)));
  const known = values.slice();
  for (let row = 1; row < known.length; row++) if (Number.isNaN(known[row]!)) known[row] = known[row - 1]!;
  const again = scoreForecasts({
    forecasts: found,
    levels,
    quantiles: foundQuantiles,
    targets: [{ name: 'sold', values, known }],
    series: [0, 1].map((number) => ({
      key: 'ab'[number]!,
      start: number * 60,
      parts: { trainingEnd: 36, validationEnd: 48, rows: 60 },
    })),
    window: { length: reach, horizon: 3, stride: 1 },
    seasonality: prepared.seasonality,
    starts: Uint32Array.from(starts),
    folds: 3,
  });
  expect(scores).toEqual(near(again));
  expect(scores.folds).toHaveLength(3);
  expect(Object.keys(scores.by_series!)).toEqual(['a', 'b']);
  expect(scores.by_step).toHaveLength(3);
});

/** The same with every number as near as float32 brings it. */
const near = (value: unknown): unknown =>
  typeof value === 'number'
    ? expect.toSatisfy(
        (other: number) => Math.abs(other - value) <= 1e-4 * Math.max(1e-3, Math.abs(value)),
        `near ${value}`,
      )
    : Array.isArray(value)
      ? value.map(near)
      : value !== null && typeof value === 'object'
        ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, near(inner)]))
        : value;

/**
 * A stored table as windows to train on: read once, in order, holes filled, split by time, scaled by what the training rows
 * alone tell. Windows are row numbers; nothing is copied until a batch is read.
 *
 * The specification has passed `planTable`; an error thrown here means that it has not.
 */
import { defaultLossSteps, lossStepCount } from '../../engine/spec/loss-steps.ts';
import { quantileLevels } from '../../engine/spec/regression.ts';
import type { ForecastSpecification } from '../../engine/spec/tasks.ts';
import { detectFrequency, type Frequency } from '../features/frequency.ts';
import { fitStandardScaler, identityScaler, type Scaler } from '../features/scaler.ts';
import { defaultSeasonality } from '../features/seasonality.ts';
import { openTable, type SeriesColumns } from '../tables/table.ts';
import { splitSeries } from '../windows/split.ts';
import { tableWindows, type ScaledTable } from '../windows/table-windows.ts';
import { partNames, windowStarts, windowsOf, type PartName } from '../windows/windows.ts';
import type { ColumnScaling, PreparedForecast } from './contract.ts';
import { conformalCalibration } from './conformal.ts';
import { scoreForecasts, type ScoredSeries } from './scores.ts';

const orderTypes = {
  date: 'date',
  timestamp: 'timestamp',
  integer: 'number',
  number: 'number',
  text: null,
  boolean: null,
  vector: null,
  audio: null,
  image: null,
} as const;

interface ReadColumns extends SeriesColumns {
  readonly byName: ReadonlyMap<string, Float64Array>;
  readonly orderValues: Frequency['values'] | null;
}

async function readColumns(tablePath: string, { data }: ForecastSpecification): Promise<ReadColumns> {
  const { weight, inputs: inputColumns, targets: targetColumns } = data;
  const names = [
    ...new Set([
      ...[...inputColumns, ...targetColumns].map(({ column }) => column),
      ...(weight === undefined ? [] : [weight]),
    ]),
  ];
  const table = await openTable(tablePath);
  try {
    const found = await table.read({
      columns: names,
      ...(data.group_by !== undefined && { groupBy: data.group_by }),
      ...(data.order_by !== undefined && { orderBy: data.order_by }),
    });
    const orderColumn = table.columns.find(({ name }) => name === data.order_by);
    return {
      ...found,
      byName: new Map(names.map((name, index) => [name, found.values[index]!])),
      orderValues: orderColumn === undefined ? null : orderTypes[orderColumn.type],
    };
  } finally {
    table.close();
  }
}

/** Repeats the last known value in rows [from, to); answers the first row from which there is always one. */
function fillForward(values: Float64Array, from: number, to: number): number {
  let firstKnown = to;
  for (let row = from; row < to; row++) {
    if (!Number.isNaN(values[row]!)) firstKnown = Math.min(firstKnown, row);
    else if (row > firstKnown) values[row] = values[row - 1]!;
  }
  return firstKnown;
}

/** The series without the rows that forward_fill cannot fill, each split by time. */
function splitAll(columns: ReadColumns, { data }: ForecastSpecification): ScoredSeries[] {
  const series: ScoredSeries[] = [];
  for (let index = 0; index + 1 < columns.starts.length; index++) {
    const from = columns.starts[index]!;
    const to = columns.starts[index + 1]!;
    let start = from;
    for (const values of columns.values) {
      if (data.missing === 'forward_fill') start = Math.max(start, fillForward(values, from, to));
      else if (values.subarray(from, to).some(Number.isNaN))
        throw new Error('internal: missing values in a table that was planned to have none');
    }
    series.push({ start, parts: splitSeries(to - start, data.split) });
  }
  return series;
}

function checkOrder({ order, starts }: ReadColumns): void {
  if (order === null) return;
  for (let index = 0; index + 1 < starts.length; index++)
    for (let row = starts[index]! + 1; row < starts[index + 1]!; row++)
      if (!(order[row]! > order[row - 1]!)) throw new Error('internal: two rows of a series at one place');
}

function scaleColumns(
  columns: readonly Float64Array[],
  scalers: readonly Scaler[],
): { data: Float32Array; size: number } {
  const size = columns.length;
  const rows = columns[0]?.length ?? 0;
  const data = new Float32Array(rows * size);
  for (const [index, values] of columns.entries()) {
    const { mean, std } = scalers[index]!;
    for (let row = 0; row < rows; row++) data[row * size + index] = (values[row]! - mean) / std;
  }
  return { data, size };
}

function scalingOf(scalers: readonly Scaler[]): ColumnScaling {
  return { mean: scalers.map(({ mean }) => mean), std: scalers.map(({ std }) => std) };
}

export async function prepareForecast(o: {
  tablePath: string;
  specification: ForecastSpecification;
  /** Of another training, instead of one fitted on this table. */
  scaling?: Pick<PreparedForecast, 'inputScaling' | 'outputScaling'>;
}): Promise<PreparedForecast> {
  const { specification } = o;
  const { data, architecture, training, output } = specification;
  const { window } = data;
  const columns = await readColumns(o.tablePath, specification);
  checkOrder(columns);
  const series = splitAll(columns, specification);
  const trainingRows = series.map(({ start, parts }) => [start, start + parts.trainingEnd] as const);
  const scalers = new Map(
    [...columns.byName].map(([name, values]) => [
      name,
      data.scaling === 'none' ? identityScaler : fitStandardScaler(values, trainingRows),
    ]),
  );
  if (o.scaling !== undefined) {
    for (const [columnsOf, { mean, std }] of [
      [data.inputs, o.scaling.inputScaling],
      [data.targets, o.scaling.outputScaling],
    ] as const)
      for (const [index, { column }] of columnsOf.entries())
        scalers.set(column, { mean: mean[index]!, std: std[index]! });
  }

  const inputValues = data.inputs.map(({ column }) => columns.byName.get(column)!);
  const targetValues = data.targets.map(({ column }) => columns.byName.get(column)!);
  const inputScalers = data.inputs.map(({ column }) => scalers.get(column)!);
  const targetScalers = data.targets.map(({ column }) => scalers.get(column)!);
  const inputs = scaleColumns(inputValues, inputScalers);
  const targets = scaleColumns(targetValues, targetScalers);
  const table: ScaledTable = {
    inputs: inputs.data,
    inputSize: inputs.size,
    targets: targets.data,
    targetSize: targets.size,
  };
  const weights = data.weight === undefined ? undefined : relativeWeights(columns.byName.get(data.weight)!);
  const lossSteps = training.loss_steps ?? defaultLossSteps[architecture];
  const sourceOf = (part: PartName): ReturnType<typeof tableWindows> =>
    tableWindows(part === 'test' || !weights ? table : { ...table, weights }, {
      starts: windowStarts(part, series, window),
      steps: window.length,
      horizon: window.horizon,
      targetSteps: part === 'training' ? lossStepCount(lossSteps, window.length) : 1,
    });
  const parts = {
    training: sourceOf('training'),
    validation: sourceOf('validation'),
    test: sourceOf('test'),
  };
  for (const part of partNames)
    if (parts[part].count === 0) throw new Error(`internal: no ${part} window, though one was planned`);

  const frequency =
    columns.order === null || columns.orderValues === null
      ? null
      : detectFrequency(columns.order, columns.starts, columns.orderValues);
  const longestTraining = series.reduce((most, one) => Math.max(most, one.parts.trainingEnd), 0);
  const usual = defaultSeasonality(frequency);
  const levels = quantileLevels(output);
  const seasonality = data.seasonality ?? (usual < longestTraining ? usual : 1);

  return {
    parts,
    inputScaling: scalingOf(inputScalers),
    outputScaling: scalingOf(targetScalers),
    series: series.filter((one) => partNames.some((part) => windowsOf(part, one.parts, window).count > 0))
      .length,
    seasonality,
    frequency,
    calibrate(quantiles) {
      const { validation } = parts;
      const { count, outputSize, steps, inputSize } = validation;
      const actual = new Float32Array(count * outputSize);
      const x = new Float32Array(steps * inputSize);
      for (let index = 0; index < count; index++) {
        const own = actual.subarray(index * outputSize, (index + 1) * outputSize);
        validation.read(Uint32Array.of(index), x, own);
      }
      return conformalCalibration({ levels, quantiles, actual, count, targets: data.targets.length });
    },
    scoreTest(forecasts, quantiles = new Float32Array(0)) {
      const { count, outputSize } = parts.test;
      const expected = count * outputSize;
      if (forecasts.length !== expected || quantiles.length !== expected * levels.length)
        throw new Error(
          `internal: expected ${expected} forecasts with ${levels.length} quantiles, got ${forecasts.length} and ${quantiles.length}`,
        );
      const inUnits = (scaled: Float32Array): Float64Array =>
        Float64Array.from(scaled, (value, index) => {
          const { mean, std } = targetScalers[index % targetScalers.length]!;
          return value * std + mean;
        });
      return scoreForecasts({
        forecasts: inUnits(forecasts),
        levels,
        quantiles: inUnits(quantiles),
        targets: data.targets.map(({ column }, index) => ({ name: column, values: targetValues[index]! })),
        series,
        window,
        seasonality,
      });
    },
  };
}

/** Weights as shares of the largest: only their relation counts, and their sums stay in float32's range. */
function relativeWeights(values: Float64Array): Float32Array {
  const largest = values.reduce((most, value) => Math.max(most, value), 0);
  return Float32Array.from(values, (value) => value / largest);
}

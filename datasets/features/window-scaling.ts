/** Scaling of windows: which figures each has, and what becomes of its numbers. The exported file does the same (engine/programs/export-window-inputs.ts). */
import {
  isLogarithmic,
  type ColumnFigures,
  type FittedScaling,
  type ScalingScope,
  type ScalingType,
} from '../../engine/spec/scaling.ts';
import { empiricalQuantile } from './empirical-quantile.ts';
import { fitScaler, transformOf, type RowRange, type Scaler, type Values } from './scaler.ts';

/** Share of a usual window's deviation below which no window's own goes: what hardly moves must not be blown up. */
const smallestShare = 0.01;
/** The usual deviation is the median of at most so many windows. */
const windowsLooked = 1000;

const figuresOf = (scalers: readonly Scaler[]): ColumnFigures => ({
  mean: scalers.map(({ mean }) => mean),
  std: scalers.map(({ std }) => std),
});

/**
 * @param columns - the numbers of each column, NaN where missing
 * @param o - types: of each column; training: training rows of each series; from: of each column, which column of the input its figures are those of, in windows; length: rows of a window
 */
export function fitScaling(
  { type, per }: { readonly type: ScalingType; readonly per: ScalingScope },
  columns: readonly Values[],
  o: {
    readonly types: readonly ScalingType[];
    readonly training: readonly RowRange[];
    readonly from: readonly number[];
    readonly length: number;
  },
): FittedScaling {
  const { types } = o;
  const overall = figuresOf(columns.map((values, index) => fitScaler(types[index]!, values, o.training)));
  const log = types.map((one) => one === 'log');
  const fitted: FittedScaling = {
    ...overall,
    ...(log.some(Boolean) && { log: log.every(Boolean) ? (true as const) : log }),
  };
  if (per === 'training' || types.every((one) => one === 'none')) return fitted;
  if (per === 'series')
    return {
      ...fitted,
      series: o.training.map((range) =>
        // too few rows for figures of its own
        range[1] - range[0] < 2
          ? overall
          : figuresOf(columns.map((values, index) => fitScaler(types[index]!, values, [range]))),
      ),
    };
  if (per === 'last_value')
    return {
      ...fitted,
      window: {
        statistic: 'last',
        floor: columns.map((values) => usualDifference(type, values, o)),
        from: [...o.from],
      },
    };
  const statistic = type === 'minmax' ? 'minmax' : 'standard';
  return {
    ...fitted,
    window: {
      statistic,
      floor: columns.map((values) => smallestShare * usualDeviation(type, values, o)),
      from: [...o.from],
    },
  };
}

interface TrainingWindows {
  readonly training: readonly RowRange[];
  readonly length: number;
}

/** Windows of training rows, all or evenly spread. */
function* someWindows({ training, length }: TrainingWindows): Iterable<RowRange> {
  const windows = training.flatMap(([from, to]) =>
    to - from >= length ? [[from, to - length] as const] : [],
  );
  const count = windows.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  const stride = Math.max(1, Math.floor(count / windowsLooked));
  for (const [first, last] of windows)
    for (let start = first; start <= last; start += stride) yield [start, start + length];
}

/** Root of the mean square of the differences between the rows of windows and their last known one; 1 where there are none. */
function usualDifference(type: ScalingType, values: Values, o: TrainingWindows): number {
  const transform = transformOf(type);
  let [squares, count] = [0, 0];
  for (const [from, to] of someWindows(o)) {
    let last = to - 1;
    while (last > from && Number.isNaN(values.at(last)!)) last--;
    const base = transform(values.at(last)!);
    for (let row = from; row < last; row++) {
      const difference = transform(values.at(row)!) - base;
      if (Number.isNaN(difference)) continue;
      squares += difference ** 2;
      count += 1;
    }
  }
  return squares > 0 ? Math.sqrt(squares / count) : 1;
}

function usualDeviation(type: ScalingType, values: Values, o: TrainingWindows): number {
  const deviations: number[] = [];
  for (const window of someWindows(o)) {
    const { std } = fitScaler(type, values, [window]);
    // 1 is what a constant has
    if (std !== 1) deviations.push(std);
  }
  return deviations.length === 0
    ? 1 / smallestShare
    : empiricalQuantile(Float64Array.from(deviations).sort(), 0.5);
}

/** Figures of a window, for the columns of a scaling. */
export interface WindowFigures {
  readonly mean: Float64Array;
  readonly std: Float64Array;
}

/**
 * Writes the figures of a window to `into`.
 * @param o - series: its number among those of training, −1 for others; inputs: [columns of the input] numbers of the window, filled
 */
export function windowFigures(
  { mean, std, series, window, log }: FittedScaling,
  o: { readonly series: number; readonly inputs: readonly Float64Array[] },
  into: WindowFigures,
): void {
  if (window === undefined) {
    const own = series?.[o.series] ?? { mean, std };
    into.mean.set(own.mean);
    into.std.set(own.std);
    return;
  }
  window.from.forEach((column, index) => {
    const numbers = o.inputs[column]!;
    const floor = window.floor[index]!;
    const figures = {
      minmax: rangeOf,
      standard: momentsOf,
      last: lastOf,
    }[window.statistic](numbers, log === true);
    into.mean[index] = figures.mean;
    into.std[index] = Math.max(figures.std, floor);
  });
}

function rangeOf(numbers: Float64Array): Scaler {
  let [lowest, highest] = [Infinity, -Infinity];
  for (const value of numbers) {
    if (value < lowest) lowest = value;
    if (value > highest) highest = value;
  }
  return { mean: lowest, std: highest - lowest };
}

const lastOf = (numbers: Float64Array, log: boolean): Scaler => {
  const last = numbers[numbers.length - 1]!;
  return { mean: log ? Math.log1p(last) : last, std: 0 };
};

function momentsOf(numbers: Float64Array, log: boolean): Scaler {
  let sum = 0;
  for (const value of numbers) sum += log ? Math.log1p(value) : value;
  const mean = sum / numbers.length;
  let squares = 0;
  for (const value of numbers) squares += ((log ? Math.log1p(value) : value) - mean) ** 2;
  return { mean, std: Math.sqrt(squares / numbers.length) };
}

/** A scaled number of a column in its own units again. */
export const unscale = (
  scaling: Pick<FittedScaling, 'log'>,
  column: number,
  scaled: number,
  mean: number,
  std: number,
): number => (isLogarithmic(scaling, column) ? Math.expm1(scaled * std + mean) : scaled * std + mean);

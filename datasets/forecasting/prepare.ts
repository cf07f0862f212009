/**
 * A stored table as windows to train on: read once, in order, split by time, scaled by what the training rows
 * alone tell, or each window by its own. Windows are row numbers; nothing is copied until a batch is read.
 *
 * The specification has passed `planTable`; an error thrown here means that it has not.
 */
import { targetStepCount } from '../../engine/spec/loss-steps.ts';
import { quantileLevels } from '../../engine/spec/regression.ts';
import { scalingOf, type ScalingType } from '../../engine/spec/scaling.ts';
import { targetScaling } from '../../engine/spec/targets.ts';
import type { ForecastSpecification } from '../../engine/spec/tasks.ts';
import type { Values } from '../features/scaler.ts';
import { defaultSeasonality } from '../features/seasonality.ts';
import { fitScaling, unscale } from '../features/window-scaling.ts';
import { withTable } from '../tables/table.ts';
import { seriesWindows, startsOfSeries } from '../windows/series-windows.ts';
import { tableWindows, type TableWindows, type WindowShape } from '../windows/table-windows.ts';
import { partNames, windowsOf, type PartName } from '../windows/windows.ts';
import type { FittedForecast, PreparedForecast, ThroughSeries } from './contract.ts';
import { conformalCalibration } from './conformal.ts';
import { scoreForecasts, type ScoredSeries } from './scores.ts';
import { fitCategories, fittedCategories } from './categories.ts';
import { divideSeries } from './divide-series.ts';
import { partStarts } from './part-starts.ts';
import { readSeriesRows, type Keeping } from './series-rows.ts';

/** Without a file nothing but memory is left. */
const inMemory: Keeping = { path: '', maxBytes: Infinity };

/**
 * @param o - keeping: where rows go that are more than fit in memory, which they stay in if absent; spillDirectory: for what sorting needs beyond memory; fitted: of another training, instead of what is fitted on this table
 */
export async function prepareForecast(o: {
  tablePath: string;
  specification: ForecastSpecification;
  keeping?: Keeping;
  spillDirectory?: string;
  fitted?: FittedForecast | undefined;
}): Promise<PreparedForecast> {
  const { specification } = o;
  const { data, architecture, training, output } = specification;
  const { read, summaries, categories, partsOf } = await withTable(
    o.tablePath,
    async (table) => {
      const summaries = await table.series(data.group_by === undefined ? {} : { groupBy: data.group_by });
      const { problems, partsOf } = await divideSeries(table, specification, summaries);
      if (problems.length > 0) throw new Error('internal: a split that was planned has problems');
      const fitted = o.fitted ? (o.fitted.categories ?? []) : await fitCategories(table, data, partsOf);
      return {
        categories: fitted,
        summaries,
        partsOf,
        read: await readSeriesRows(table, specification, o.keeping ?? inMemory, fitted),
      };
    },
    { spillDirectory: o.spillDirectory },
  );
  const { frame, frequency } = read;
  const store = read.store!;
  const series = read.series.map(({ start, end }, index): ScoredSeries => ({
    key: summaries[index]?.key ?? null,
    start,
    parts: partsOf(index, end - start, (summaries[index]?.rows ?? 0) - (end - start)),
  }));
  const window = { ...data.window, length: data.window.length + frame.reach };
  const columnOf = (place: number): Values => store.column(place);

  const trainingRows = series.map(({ start, parts }) => [start, start + parts.trainingEnd] as const);
  const scaling = scalingOf(data.scaling);
  const fitWith = (places: readonly number[], types: readonly ScalingType[], from: readonly number[]) =>
    fitScaling(scaling, places.map(columnOf), {
      types,
      training: trainingRows,
      from,
      length: data.window.length,
    });
  const targetPlaces = data.targets.map(({ column }) => frame.placeOf(column));
  const fitted: FittedForecast = o.fitted ?? {
    inputScaling: fitWith(
      frame.scaled.map(({ place }) => place),
      frame.scaled.map(({ scaling: own }) => own ?? scaling.type),
      frame.scaled.map((_, index) => index),
    ),
    outputScaling: fitWith(
      targetPlaces,
      data.targets.map((target) => targetScaling(data, target)),
      targetPlaces.map((place) =>
        frame.scaled.findIndex((channel) => channel.place === place && channel.lag === 0),
      ),
    ),
    ...(categories.length > 0 && { categories }),
    ...(scaling.per === 'series' && { seriesKeys: series.map(({ key }) => key ?? '') }),
  };
  const { outputScaling, seriesKeys } = fitted;
  const numbers = new Map(seriesKeys?.map((key, index) => [key, index]));
  const seriesNumbers = series.map(({ key }) => numbers.get(key ?? '') ?? -1);
  const seriesAt = (row: number): number => seriesNumbers[indexAt(read.series, row)]!;

  const weight =
    data.weight === undefined
      ? undefined
      : { place: frame.placeOf(data.weight), largest: largestOf(columnOf(frame.placeOf(data.weight))) };
  const steps = data.window.length;
  const windowsIn = (part: PartName, o: Pick<WindowShape, 'starts' | 'targetSteps'> & Partial<WindowShape>) =>
    tableWindows(
      {
        store,
        frame,
        inputScaling: fitted.inputScaling,
        outputScaling,
        categories: fittedCategories(categories),
        targets: targetPlaces,
        seriesAt,
      },
      {
        steps,
        horizon: window.horizon,
        // one program predicts validation and test
        weighted: read.holes || weight !== undefined,
        ...(part !== 'test' && weight && { weight }),
        ...o,
      },
    );
  const sourceOf = (part: PartName): TableWindows & { readonly starts: Uint32Array } => {
    const targetSteps = part === 'training' ? targetStepCount(architecture, training.loss_steps, steps) : 1;
    const isFollowed = part === 'training' && training.stateful;
    const starts = partStarts(part, series, { specification, read });
    const source = windowsIn(part, {
      starts,
      targetSteps,
      ...(isFollowed && { seriesStarts: startsOfSeries(starts, steps) }),
    });
    return { ...source, starts };
  };
  const throughSeries = (part: 'validation' | 'test', lead: number): ThroughSeries => {
    const { starts, seriesStarts, places } = seriesWindows(parts[part].starts, {
      series: read.series,
      steps,
      lead,
    });
    const endOf = (row: number) => read.series[indexAt(read.series, row)]!.end;
    return {
      places,
      source: windowsIn(part, {
        starts,
        targetSteps: steps,
        seriesStarts,
        weighted: true,
        within: { endOf, places },
      }),
    };
  };
  const parts = {
    training: sourceOf('training'),
    validation: sourceOf('validation'),
    test: sourceOf('test'),
  };
  for (const part of partNames)
    if (parts[part].count === 0) throw new Error(`internal: no ${part} window, though one was planned`);

  const longestTraining = series.reduce((most, one) => Math.max(most, one.parts.trainingEnd), 0);
  const usual = defaultSeasonality(frequency);
  const levels = quantileLevels(output);
  const seasonality = data.seasonality ?? (usual < longestTraining ? usual : 1);
  const targetCount = data.targets.length;

  return {
    ...fitted,
    parts,
    frame,
    series: series.filter((one) => partNames.some((part) => windowsOf(part, one.parts, window).count > 0))
      .length,
    seasonality,
    frequency,
    throughSeries,
    calibrate(quantiles) {
      const { validation } = parts;
      const { count, outputSize, steps, inputSize } = validation;
      const actual = new Float32Array(count * outputSize);
      const x = new Float32Array(steps * inputSize);
      const weights = new Float32Array(window.horizon);
      for (let index = 0; index < count; index++) {
        const own = actual.subarray(index * outputSize, (index + 1) * outputSize);
        validation.read(Uint32Array.of(index), x, own, weights);
        if (!read.holes) continue;
        for (let step = 0; step < window.horizon; step++)
          if (weights[step] === 0) own.fill(NaN, step * targetCount, (step + 1) * targetCount);
      }
      return conformalCalibration({ levels, quantiles, actual, count, targets: targetCount });
    },
    scoreTest(forecasts, quantiles = new Float32Array(0)) {
      const { count, outputSize, starts, figuresOf } = parts.test;
      const expected = count * outputSize;
      if (forecasts.length !== expected || quantiles.length !== expected * levels.length)
        throw new Error(
          `internal: expected ${expected} forecasts with ${levels.length} quantiles, got ${forecasts.length} and ${quantiles.length}`,
        );
      const inUnits = (scaled: Float32Array): Float64Array => {
        const perWindow = scaled.length / count;
        const raw = new Float64Array(scaled.length);
        for (let at = 0, number = 0; number < count; number++) {
          const { mean, std } = figuresOf(number);
          for (const end = at + perWindow; at < end; at++) {
            const target = at % targetCount;
            raw[at] = unscale(outputScaling, target, scaled[at]!, mean[target]!, std[target]!);
          }
        }
        return raw;
      };
      return scoreForecasts({
        forecasts: inUnits(forecasts),
        levels,
        quantiles: inUnits(quantiles),
        targets: data.targets.map(({ column }) => ({
          name: column,
          values: columnOf(frame.placeOf(column)),
          known: columnOf(frame.knownPlaceOf(column)),
        })),
        series,
        window,
        seasonality,
        starts,
        ...(data.split.folds !== undefined && { folds: data.split.folds }),
      });
    },
    release: () => store.release(),
  };
}

/** Which series a row belongs to. */
function indexAt(series: readonly { readonly end: number }[], row: number): number {
  let [low, high] = [0, series.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (row < series[middle]!.end) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Weights count as shares of the largest: only their relation counts, and their sums stay in float32's range. */
function largestOf(values: Values): number {
  let largest = 0;
  for (let row = 0; row < values.length; row++) largest = Math.max(largest, values.at(row)!);
  return largest;
}

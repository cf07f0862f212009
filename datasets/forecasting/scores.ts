/**
 * Scores of forecasts beside the seasonal-naive baseline, on the same windows, in the targets' own units.
 *
 * The baseline repeats the last season known: the forecast for h steps ahead is the value one or more whole seasons before it.
 * MASE (Hyndman & Koehler 2006, as in the M4 competition): the absolute error divided by the mean absolute error of the seasonal
 * naive forecast one season ahead within the training rows of the same series, or, where it has none, within its rows before the first
 * forecast; the mean over all forecasts. Series whose scale is 0 (or whose rows there are not more than a season) are left out of it; null
 * when none is left.
 * docs/metrics.md has the other definitions.
 */
import type { ForecastCard, ForecastScores } from '../../domain/models/forecast-card.ts';
import type { Values } from '../features/scaler.ts';
import type { SeriesParts } from '../windows/split.ts';
import { windowStarts, type WindowSize } from '../windows/windows.ts';
import { drift, naive, seasonalNaive, seasonalNaiveResiduals, type Place } from './baselines.ts';
import { overall, scoreSums, type ScoredForecast } from './score-sums.ts';

type HeldOut = ForecastCard['held_out'];

/** Scores by series and by step of the horizon are told of at most so many. */
const mostTold = 100;

/** Mean absolute seasonal difference within rows [from, to); null when there is none, or nothing but 0. */
function seasonalScale(values: Values, from: number, to: number, season: number): number | null {
  let sum = 0;
  let count = 0;
  for (let row = from + season; row < to; row++) {
    const difference = Math.abs(values.at(row)! - values.at(row - season)!);
    if (Number.isNaN(difference)) continue;
    sum += difference;
    count += 1;
  }
  return sum > 0 ? sum / count : null;
}

export interface ScoredSeries {
  readonly key?: string | null;
  /** Its first row in the table. */
  readonly start: number;
  readonly parts: SeriesParts;
}

export interface ScoredTarget {
  readonly name: string;
  /** NaN where missing: such a value is not scored. */
  readonly values: Values;
  /** What the baselines know: the last known value where one is missing; the values if absent. */
  readonly known?: Values;
}

interface Asked {
  readonly forecasts: ArrayLike<number>;
  readonly levels?: readonly number[];
  readonly quantiles?: ArrayLike<number>;
  readonly targets: readonly ScoredTarget[];
  readonly series: readonly ScoredSeries[];
  readonly window: WindowSize;
  readonly seasonality: number;
  /** The row at which each test window starts, series after series; all that there are if absent. */
  readonly starts?: Uint32Array;
  /** Stretches of time that are scored by themselves, too. */
  readonly folds?: number;
}

/**
 * `forecasts` [test windows, horizon, targets] in raw units, windows series after series; `quantiles` the same for each level, [test windows,
 * levels, horizon, targets], empty without levels.
 */
export function scoreForecasts(o: Asked): HeldOut {
  const { targets, series, folds = 1 } = o;
  const scored = targets.map((target, index) => [target.name, scoreTarget(o, target, index)] as const);
  const all = scored.map(([, scores]) => scores);
  const both = (of: (scores: TargetScores) => Pair | undefined): Pair | null => {
    const pairs = all.map(of).filter((pair) => pair !== undefined);
    return pairs.length === 0
      ? null
      : {
          model: overall(pairs.map(({ model }) => model)),
          baseline: overall(pairs.map(({ baseline }) => baseline)),
        };
  };
  const keys = series.map(({ key }) => key ?? null);
  const isTold = series.length > 1 && series.length <= mostTold && keys.every((key) => key !== null);
  return {
    ...both((scores) => scores)!,
    baseline_name: o.seasonality === 1 ? 'naive' : 'seasonal_naive',
    other_baselines: {
      naive: overall(all.map((scores) => scores.naive)),
      drift: overall(all.map((scores) => scores.drift)),
    },
    seasonality: o.seasonality,
    by_target: Object.fromEntries(scored.map(([name, { model, baseline }]) => [name, { model, baseline }])),
    ...(o.window.horizon <= mostTold && {
      by_step: Array.from({ length: o.window.horizon }, (_, step) => both(({ steps }) => steps[step])),
    }),
    ...(isTold && {
      by_series: Object.fromEntries(
        keys.flatMap((key, index) => {
          const pair = both((scores) => scores.series[index]);
          return pair === null ? [] : [[key, pair]];
        }),
      ),
    }),
    ...(folds > 1 && {
      folds: Array.from({ length: folds }, (_, fold) => both((scores) => scores.folds[fold])),
    }),
  };
}

interface Pair {
  readonly model: ForecastScores;
  readonly baseline: ForecastScores;
}

interface TargetScores extends Pair {
  readonly naive: ForecastScores;
  readonly drift: ForecastScores;
  readonly steps: readonly (Pair | undefined)[];
  readonly series: readonly (Pair | undefined)[];
  readonly folds: readonly (Pair | undefined)[];
}

/** Sums of the model and of the baseline. */
function pairSums(levels: readonly number[]) {
  const [model, baseline] = [scoreSums(levels), scoreSums(levels)];
  let count = 0;
  return {
    add(ofModel: ScoredForecast, ofBaseline: ScoredForecast) {
      count += 1;
      model.add(ofModel);
      baseline.add(ofBaseline);
    },
    scores: (): Pair | undefined =>
      count === 0 ? undefined : { model: model.scores(), baseline: baseline.scores() },
  };
}

function scoreTarget(o: Asked, { values, known = values }: ScoredTarget, target: number): TargetScores {
  const { forecasts, levels = [], quantiles = [], targets, series, seasonality, folds = 1 } = o;
  const { length, horizon } = o.window;
  const starts = o.starts ?? windowStarts('test', series, o.window);
  const O = horizon * targets.length;
  const several = (count: number) => Array.from({ length: count }, () => pairSums(levels));
  const all = pairSums(levels);
  const [naives, drifts] = [scoreSums([]), scoreSums([])];
  const [bySteps, bySeries, byFolds] = [several(horizon), several(series.length), several(folds)];
  for (let index = 0, first = 0; index < series.length; index++) {
    const { start, parts } = series[index]!;
    let next = first;
    while (next < starts.length && starts[next]! < start + parts.rows) next++;
    const count = next - first;
    // of a series that training has not seen: what is known of it before the first forecast
    const firstOrigin = count > 0 ? starts[first]! + length : start;
    const sampleEnd = parts.trainingEnd > 0 ? start + parts.trainingEnd : firstOrigin;
    const scale = seasonalScale(values, start, sampleEnd, seasonality);
    const residuals =
      levels.length > 0 && count > 0
        ? seasonalNaiveResiduals(values, [start, sampleEnd], seasonality, levels)
        : null;
    for (let window = first; window < next; window++) {
      const origin = starts[window]! + length;
      const fold = byFolds[Math.floor(((window - first) * folds) / count)]!;
      for (let step = 0; step < horizon; step++) {
        const actual = values.at(origin + step)!;
        if (Number.isNaN(actual)) continue;
        const place: Place = { values: known, start, origin, step };
        const number = step * targets.length + target;
        const repeated = seasonalNaive(place, seasonality);
        const ofModel: ScoredForecast = {
          actual,
          scale,
          forecast: forecasts[window * O + number]!,
          ...(levels.length > 0 && {
            quantiles: levels.map((_, level) => quantiles[(window * levels.length + level) * O + number]!),
          }),
        };
        const ofBaseline: ScoredForecast = {
          actual,
          scale,
          forecast: repeated,
          quantiles: residuals?.(step)?.map((residual) => repeated + residual),
        };
        for (const sums of [all, bySteps[step]!, bySeries[index]!, fold]) sums.add(ofModel, ofBaseline);
        naives.add({ actual, scale, forecast: naive(place) });
        drifts.add({ actual, scale, forecast: drift(place) });
      }
    }
    first = next;
  }
  const told = (sums: readonly { scores: () => Pair | undefined }[]) => sums.map((one) => one.scores());
  return {
    ...all.scores()!,
    naive: naives.scores(),
    drift: drifts.scores(),
    steps: told(bySteps),
    series: told(bySeries),
    folds: told(byFolds),
  };
}

/**
 * Scores of forecasts beside the seasonal-naive baseline, on the same windows, in the targets' own units.
 *
 * The baseline repeats the last season known: the forecast for h steps ahead is the value one or more whole seasons before it.
 * MASE (Hyndman & Koehler 2006, as in the M4 competition): the absolute error divided by the mean absolute error of the seasonal
 * naive forecast one season ahead within the training rows of the same series; the mean over all forecasts. Series whose scale is
 * 0 (or whose training part is not longer than a season) are left out of it; null when none is left.
 * docs/metrics.md has the other definitions.
 */
import type { ForecastCard } from '../../domain/models/forecast-card.ts';
import type { Window } from '../../engine/spec/data.ts';
import type { SeriesParts } from '../windows/split.ts';
import { windowsOf } from '../windows/windows.ts';
import { drift, naive, seasonalNaive, seasonalNaiveResiduals, type Place } from './baselines.ts';
import { overall, scoreSums } from './score-sums.ts';

type HeldOut = ForecastCard['held_out'];

/** Mean absolute seasonal difference within rows [from, to); null when there is none, or nothing but 0. */
function seasonalScale(values: Float64Array, from: number, to: number, season: number): number | null {
  if (to - from <= season) return null;
  let sum = 0;
  for (let row = from + season; row < to; row++) sum += Math.abs(values[row]! - values[row - season]!);
  return sum > 0 ? sum / (to - from - season) : null;
}

export interface ScoredSeries {
  /** Its first row in the table. */
  readonly start: number;
  readonly parts: SeriesParts;
}

/**
 * `forecasts` [test windows, horizon, targets] in raw units, windows series after series; `quantiles` the same for each level, [test windows,
 * levels, horizon, targets], empty without levels.
 */
export function scoreForecasts(o: {
  forecasts: ArrayLike<number>;
  levels?: readonly number[];
  quantiles?: ArrayLike<number>;
  targets: readonly { readonly name: string; readonly values: Float64Array }[];
  series: readonly ScoredSeries[];
  window: Window;
  seasonality: number;
}): HeldOut {
  const { targets } = o;
  const scored = targets.map(({ name, values }, index) => [name, scoreTarget(o, values, index)] as const);
  const all = scored.map(([, scores]) => scores);
  return {
    model: overall(all.map(({ model }) => model)),
    baseline: overall(all.map(({ baseline }) => baseline)),
    baseline_name: o.seasonality === 1 ? 'naive' : 'seasonal_naive',
    other_baselines: {
      naive: overall(all.map((scores) => scores.naive)),
      drift: overall(all.map((scores) => scores.drift)),
    },
    seasonality: o.seasonality,
    by_target: Object.fromEntries(scored.map(([name, { model, baseline }]) => [name, { model, baseline }])),
  };
}

function scoreTarget(o: Parameters<typeof scoreForecasts>[0], values: Float64Array, target: number) {
  const { forecasts, levels = [], quantiles = [], targets, seasonality } = o;
  const { length, horizon } = o.window;
  const O = horizon * targets.length;
  const sums = {
    model: scoreSums(levels),
    baseline: scoreSums(levels),
    naive: scoreSums([]),
    drift: scoreSums([]),
  };
  /** Of all series so far. */
  let before = 0;
  for (const { start, parts } of o.series) {
    const trainingEnd = start + parts.trainingEnd;
    const scale = seasonalScale(values, start, trainingEnd, seasonality);
    const residuals =
      levels.length > 0 ? seasonalNaiveResiduals(values, [start, trainingEnd], seasonality, levels) : null;
    const { first, count } = windowsOf('test', parts, o.window);
    for (let window = 0; window < count; window++) {
      const origin = start + first + window + length;
      for (let step = 0; step < horizon; step++) {
        const place: Place = { values, start, origin, step };
        const actual = values[origin + step]!;
        const number = step * targets.length + target;
        const repeated = seasonalNaive(place, seasonality);
        sums.model.add({
          actual,
          scale,
          forecast: forecasts[(before + window) * O + number]!,
          ...(levels.length > 0 && {
            quantiles: levels.map(
              (_, level) => quantiles[((before + window) * levels.length + level) * O + number]!,
            ),
          }),
        });
        sums.baseline.add({
          actual,
          scale,
          forecast: repeated,
          quantiles: residuals?.(step)?.map((residual) => repeated + residual),
        });
        sums.naive.add({ actual, scale, forecast: naive(place) });
        sums.drift.add({ actual, scale, forecast: drift(place) });
      }
    }
    before += count;
  }
  return {
    model: sums.model.scores(),
    baseline: sums.baseline.scores(),
    naive: sums.naive.scores(),
    drift: sums.drift.scores(),
  };
}

/**
 * Scores of forecasts beside the seasonal-naive baseline, on the same windows, in the targets' own units.
 *
 * The baseline repeats the last season known: the forecast for h steps ahead is the value one or more whole seasons before it.
 * MASE (Hyndman & Koehler 2006, as in the M4 competition): the absolute error divided by the mean absolute error of the seasonal
 * naive forecast one season ahead within the training rows of the same series; the mean over all forecasts. Series whose scale is
 * 0 (or whose training part is not longer than a season) are left out of it; null when none is left.
 */
import type { ModelCard } from '../../domain/models/model.ts';
import type { Window } from '../../engine/spec/data.ts';
import type { SeriesParts } from '../windows/split.ts';
import { windowsOf } from '../windows/windows.ts';

type HeldOut = ModelCard['held_out'];
type Scores = HeldOut['model'];

class ErrorSums {
  count = 0;
  absolute = 0;
  squared = 0;
  scaledCount = 0;
  scaled = 0;

  add(error: number, scale: number | null): void {
    const size = Math.abs(error);
    this.count += 1;
    this.absolute += size;
    this.squared += size * size;
    if (scale === null) return;
    this.scaledCount += 1;
    this.scaled += size / scale;
  }

  scores(): Scores {
    return {
      mae: this.absolute / this.count,
      rmse: Math.sqrt(this.squared / this.count),
      mase: this.scaledCount === 0 ? null : this.scaled / this.scaledCount,
    };
  }
}

/** Over all targets: means of their MAE and MASE, root of the mean of their squared errors. */
function overall(parts: readonly Scores[]): Scores {
  const mean = (numbers: readonly number[]): number =>
    numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
  const scaled = parts.flatMap(({ mase }) => (mase === null ? [] : [mase]));
  return {
    mae: mean(parts.map(({ mae }) => mae)),
    rmse: Math.sqrt(mean(parts.map(({ rmse }) => rmse * rmse))),
    mase: scaled.length === 0 ? null : mean(scaled),
  };
}

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

/** `forecasts` [test windows, horizon, targets] in raw units, windows series after series. */
export function scoreForecasts(o: {
  forecasts: Float64Array;
  targets: readonly { readonly name: string; readonly values: Float64Array }[];
  series: readonly ScoredSeries[];
  window: Window;
  seasonality: number;
}): HeldOut {
  const { forecasts, targets, seasonality } = o;
  const { length, horizon } = o.window;
  const entries: [string, HeldOut['by_target'][string]][] = [];
  for (const [index, { name, values }] of targets.entries()) {
    const model = new ErrorSums();
    const baseline = new ErrorSums();
    let at = index;
    for (const { start, parts } of o.series) {
      const scale = seasonalScale(values, start, start + parts.trainingEnd, seasonality);
      const { first, count } = windowsOf('test', parts, o.window);
      for (let window = 0; window < count; window++) {
        const origin = start + first + window + length;
        for (let h = 0; h < horizon; h++) {
          const actual = values[origin + h]!;
          const lastSeason = origin + (h % seasonality) - seasonality;
          const repeated = values[lastSeason >= start ? lastSeason : origin - 1]!;
          model.add(forecasts[at]! - actual, scale);
          baseline.add(repeated - actual, scale);
          at += targets.length;
        }
      }
    }
    entries.push([name, { model: model.scores(), baseline: baseline.scores() }]);
  }
  const all = entries.map(([, scores]) => scores);
  return {
    model: overall(all.map(({ model }) => model)),
    baseline: overall(all.map(({ baseline }) => baseline)),
    baseline_name: seasonality === 1 ? 'naive' : 'seasonal_naive',
    seasonality,
    by_target: Object.fromEntries(entries),
  };
}

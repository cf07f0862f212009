/** Sums of errors from which scores are made, of one target column or of forecasts of one kind; docs/metrics.md has the definitions. */
import type { ForecastScores } from '../../domain/models/forecast-card.ts';

/** A forecast beside what came; the quantiles in the order of their levels, where it has some. */
export interface ScoredForecast {
  readonly actual: number;
  readonly forecast: number;
  readonly quantiles?: ArrayLike<number> | undefined;
  /** The mean absolute error of the seasonal-naive forecast in training; null without one. */
  readonly scale: number | null;
}

export interface ScoreSums {
  readonly add: (one: ScoredForecast) => void;
  readonly scores: () => ForecastScores;
}

const closeEnough = 1e-9;

/** The levels that lie furthest from 0.5, as far on either side; null when no two do. */
export function widestInterval(levels: readonly number[]): readonly [lower: number, upper: number] | null {
  for (let lower = 0; lower < levels.length && levels[lower]! < 0.5; lower++) {
    const upper = levels.findIndex((level) => Math.abs(level + levels[lower]! - 1) < closeEnough);
    if (upper >= 0) return [lower, upper];
  }
  return null;
}

/** @param levels - of the quantiles that forecasts may have */
export function scoreSums(levels: readonly number[]): ScoreSums {
  const bounds = widestInterval(levels);
  const sums = { count: 0, absolute: 0, squared: 0, scaledCount: 0, scaled: 0, symmetric: 0, magnitude: 0 };
  const distribution = { count: 0, pinball: 0, magnitude: 0, inside: 0, width: 0 };

  const addQuantiles = (actual: number, quantiles: ArrayLike<number>): void => {
    distribution.count += 1;
    distribution.magnitude += Math.abs(actual);
    levels.forEach((level, index) => {
      const above = actual - quantiles[index]!;
      distribution.pinball += above >= 0 ? level * above : (level - 1) * above;
    });
    if (bounds === null) return;
    const [lower, upper] = [quantiles[bounds[0]]!, quantiles[bounds[1]]!];
    if (actual >= lower && actual <= upper) distribution.inside += 1;
    distribution.width += upper - lower;
  };

  return {
    add: ({ actual, forecast, quantiles, scale }) => {
      const size = Math.abs(forecast - actual);
      sums.count += 1;
      sums.absolute += size;
      sums.squared += size * size;
      if (size > 0) sums.symmetric += (200 * size) / (Math.abs(actual) + Math.abs(forecast));
      if (scale !== null) {
        sums.scaledCount += 1;
        sums.scaled += size / scale;
      }
      if (quantiles) addQuantiles(actual, quantiles);
    },
    scores: () => ({
      mae: sums.absolute / sums.count,
      rmse: Math.sqrt(sums.squared / sums.count),
      mase: sums.scaledCount === 0 ? null : sums.scaled / sums.scaledCount,
      smape: sums.symmetric / sums.count,
      ...(levels.length > 0 &&
        distribution.count > 0 && {
          quantile_loss: distribution.pinball / (distribution.count * levels.length),
          weighted_quantile_loss:
            distribution.magnitude === 0
              ? null
              : (2 * distribution.pinball) / (levels.length * distribution.magnitude),
        }),
      ...(bounds !== null &&
        distribution.count > 0 && {
          interval: {
            level: tidy(levels[bounds[1]]! - levels[bounds[0]]!),
            coverage: distribution.inside / distribution.count,
            mean_width: distribution.width / distribution.count,
          },
        }),
    }),
  };
}

/** 0.8, not 0.8000000000000000444. */
const tidy = (share: number): number => Number(share.toFixed(9));

const mean = (numbers: readonly number[]): number =>
  numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
const known = <Value>(values: readonly (Value | null | undefined)[]): readonly Value[] =>
  values.filter((value): value is Value => value !== null && value !== undefined);

/** Over all targets: means of their scores, of RMSE the root of the mean square. */
export function overall(parts: readonly ForecastScores[]): ForecastScores {
  const meanOf = (values: readonly (number | null | undefined)[]): number | null => {
    const present = known(values);
    return present.length === 0 ? null : mean(present);
  };
  const intervals = known(parts.map(({ interval }) => interval));
  const losses = known(parts.map((part) => part.quantile_loss));
  return {
    mae: mean(parts.map(({ mae }) => mae)),
    rmse: Math.sqrt(mean(parts.map(({ rmse }) => rmse * rmse))),
    mase: meanOf(parts.map(({ mase }) => mase)),
    smape: mean(parts.map(({ smape = 0 }) => smape)),
    ...(losses.length > 0 && {
      quantile_loss: mean(losses),
      weighted_quantile_loss: meanOf(parts.map((part) => part.weighted_quantile_loss)),
    }),
    ...(intervals.length > 0 && {
      interval: {
        level: intervals[0]!.level,
        coverage: mean(intervals.map(({ coverage }) => coverage)),
        mean_width: mean(intervals.map(({ mean_width: width }) => width)),
      },
    }),
  };
}

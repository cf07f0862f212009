/** The network's outputs in raw units → rows of a forecast, and how sure they are. */
import { nextTimestamps } from '../../../../datasets/features/frequency.ts';
import type { ForecastCard } from '../../../../domain/models/forecast-card.ts';
import { quantileLevels } from '../../../../engine/spec/regression.ts';
import type { Results } from '../../sessions/messages.ts';
import { floats } from '../../sessions/outputs.ts';
import { mostWarnings } from './cells.ts';
import { presentDistribution } from './distributions.ts';
import type { ForecastPrediction } from './schemas.ts';
import { shortestFloat32 } from './shortest-float32.ts';
import type { ReadSeries } from './windows.ts';

/**
 * What is said of one of the series that were run together.
 * @param results - `y` [N,horizon,targets], or [N,T,horizon,targets] of which the last step counts; see presentDistribution
 * @returns of the n-th series its forecast; throws `validation_failed` where that is not finite
 */
export function forecastPresenter(
  results: Results,
  series: readonly ReadSeries[],
  { specification, frequency }: Pick<ForecastCard, 'specification' | 'frequency'>,
): (n: number) => ForecastPrediction {
  const y = floats(results, 'y');
  const { targets, order_by: orderBy, window } = specification.data;
  const levels = quantileLevels(specification.output);
  const { horizon } = window;
  const size = horizon * targets.length;
  const outputs = specification.architecture === 'sequence_to_sequence' ? (y.dims[1] ?? 0) : 1;
  if (y.data.length !== series.length * outputs * size) {
    throw new Error(
      `internal: expected y of ${series.length * outputs * size} numbers, got [${y.dims.join(',')}]`,
    );
  }

  return (n) => {
    const input = series[n]!;
    const start = (n * outputs + outputs - 1) * size;
    const times =
      frequency === null || input.last === null
        ? null
        : nextTimestamps({ last: input.last, frequency, horizon });
    return {
      series: input.series,
      forecast: Array.from({ length: horizon }, (_, step) => {
        // Columns may be called __proto__, too.
        const row = Object.create(null) as ForecastPrediction['forecast'][number];
        if (orderBy !== undefined) row[orderBy] = times?.[step] ?? null;
        targets.forEach(({ column }, target) => {
          row[column] = shortestFloat32(y.data[start + step * targets.length + target]!, input.input);
        });
        return row;
      }),
      ...(levels.length > 0 && {
        distribution: Array.from({ length: horizon }, (_, step) =>
          Object.fromEntries(
            targets.map(({ column }, target) => [
              column,
              presentDistribution(results, levels, start + step * targets.length + target, input.input),
            ]),
          ),
        ),
      }),
      ...(input.warnings.length > 0 && { warnings: input.warnings.slice(0, mostWarnings) }),
    };
  };
}

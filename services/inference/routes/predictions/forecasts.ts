/** The network's output y in raw units → rows of a forecast. */
import { nextTimestamps } from '../../../../datasets/features/frequency.ts';
import { UnrollError } from '../../../../domain/errors/unroll-error.ts';
import type { ModelCard } from '../../../../domain/models/model.ts';
import type { Value } from '../../../../engine/runtime/session.ts';
import type { PredictionAnswer } from './schemas.ts';
import type { ReadSeries } from './windows.ts';

type Prediction = PredictionAnswer['predictions'][number];

/** `y`: [N,horizon,targets], or [N,T,horizon,targets] of which the last step counts. */
export function presentForecasts(
  y: Value,
  series: readonly ReadSeries[],
  { specification, frequency }: Pick<ModelCard, 'specification' | 'frequency'>,
): Prediction[] {
  const { targets, order_by: orderBy, window } = specification.data;
  const { horizon } = window;
  const size = horizon * targets.length;
  const outputs = specification.architecture === 'sequence_to_sequence' ? (y.dims[1] ?? 0) : 1;
  if (y.data.length !== series.length * outputs * size) {
    throw new Error(
      `internal: expected y of ${series.length * outputs * size} numbers, got [${y.dims.join(',')}]`,
    );
  }

  return series.map((input, n) => {
    const start = (n * outputs + outputs - 1) * size;
    const times =
      frequency === null || input.last === null
        ? null
        : nextTimestamps({ last: input.last, frequency, horizon });
    return {
      series: input.series,
      forecast: Array.from({ length: horizon }, (_, step) => {
        const row: Prediction['forecast'][number] = {};
        if (orderBy !== undefined) row[orderBy] = times?.[step] ?? null;
        targets.forEach(({ column }, target) => {
          row[column] = shortestFloat32(y.data[start + step * targets.length + target]!, n);
        });
        return row;
      }),
    };
  });
}

/** The shortest decimal that is this float32: 9.2, not 9.199999809265137. */
function shortestFloat32(value: number, input: number): number {
  if (!Number.isFinite(value)) {
    throw new UnrollError('validation_failed', 'The model has no finite answer for these values', {
      errors: [
        {
          pointer: `/inputs/${input}`,
          message: 'expected values near those of the dataset, got some for which the answer is not finite',
        },
      ],
    });
  }
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}

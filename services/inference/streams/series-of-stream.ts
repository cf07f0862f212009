/** A stream is of one series: whose rows it takes, and what is told of them. */
import { UnrollError, type FieldError } from '../../../domain/errors/unroll-error.ts';
import { escapePointer } from '../../http/pointer.ts';
import type { Row, Scalar } from '../routes/predictions/cells.ts';
import { readSeriesKey } from '../routes/predictions/series-order.ts';
import type { StreamState } from './stream-state.ts';

/** The value of group_by in all rows, those of before included. */
export function readOneSeries(
  rows: readonly Row[],
  groupBy: string | undefined,
  before: StreamState['series'],
  errors: FieldError[],
): Scalar {
  const key = readSeriesKey(rows, groupBy, '/rows', errors);
  if (before !== undefined && rows.length > 0 && before.key !== key)
    errors.push({
      pointer: `/rows/0/${escapePointer(groupBy!)}`,
      message: `expected ${JSON.stringify(before.key)} as in the rows before (a stream is of one series), got ${JSON.stringify(key)}`,
    });
  return key;
}

/** Of the warnings of a request those of each of its rows, by number; none for others. */
export function byRow(warnings: readonly FieldError[]): ReadonlyMap<number, FieldError[]> {
  const found = new Map<number, FieldError[]>();
  for (const warning of warnings) {
    const row = Number(/^\/rows\/(\d+)\//.exec(warning.pointer)![1]);
    const own = found.get(row);
    if (own) own.push(warning);
    else found.set(row, [warning]);
  }
  return found;
}

/** What `present` says of the steps of a request; where it refuses one as an input of a prediction, that is told as the step that it is. */
export function ofSteps<Output>(field: 'rows' | 'tokens', present: () => Output): Output {
  try {
    return present();
  } catch (error) {
    if (!(error instanceof UnrollError)) throw error;
    throw new UnrollError(error.code, error.message, {
      errors: error.errors.map(({ pointer, message }) => ({
        pointer: pointer.replace(/^\/inputs\//, `/${field}/`),
        message,
      })),
    });
  }
}

/** A delimited file whose first row may be data: every column of numbers is called by a number that could be one of its own, every column of dates by a date. */
import type { ColumnProfile } from '../../domain/datasets/column-profile.ts';
import { dateForm, numberForm } from './column-types.ts';

const matches = (form: string): RegExp => new RegExp(`^\\s*(${form})\\s*$`);
const number = matches(numberForm);
const date = matches(dateForm);

/** Years that a table has a column for lie far from its values: a first row of data lies among them, or not further off than they are apart. */
function couldBeItsOwn({ name, type, min, max }: ColumnProfile): boolean {
  if (type === 'date') return date.test(name);
  if (!number.test(name)) return false;
  const [low, high] = [Number(min), Number(max)];
  return Number(name) >= 2 * low - high && Number(name) <= 2 * high - low;
}

/** The columns, the first of which is told of where the file may lack a header. */
export function withHeaderWarning(columns: readonly ColumnProfile[]): ColumnProfile[] {
  const counted = columns.filter(({ type }) => type === 'integer' || type === 'number' || type === 'date');
  if (counted.length === 0 || !counted.every(couldBeItsOwn)) return [...columns];
  const names = columns.slice(0, 3).map(({ name }) => name);
  const found = JSON.stringify(names).slice(1, -1).slice(0, 100);
  return columns.map((column, index) =>
    index > 0
      ? column
      : {
          ...column,
          warnings: [
            ...(column.warnings ?? []),
            {
              code: 'header_like_data',
              message: `expected names of columns in the first row, got ${found}; where that is a row of data, put a row of names before it`,
            },
          ],
        },
  );
}

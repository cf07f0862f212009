/** Columns of numbers of a table, series after series, each in its order. */
import type { TableColumn } from './canonical-table.ts';
import { cellSql, readCell, type Cell } from './cells.ts';
import type { TableSeries } from './table-series.ts';
import { chunksOf, type TableSource } from './table-source.ts';

/** Numbers of a table, series after series, each in its order. */
export interface SeriesColumns {
  /** Row at which each series starts, and at last the number of rows: [series + 1]. */
  readonly starts: Uint32Array;
  /** Per column asked for: [rows]; NaN where missing. */
  readonly values: readonly Float64Array[];
  /** The `order_by` column, [rows]: milliseconds since 1970 in UTC for dates and timestamps; null without one. */
  readonly order: Float64Array | null;
}

export interface TableNumbers {
  /**
   * Numeric columns row by row, series after series, each in its order; never all at once in memory.
   * @param o - cells: columns whose values are given as they are; take: is given the numbers of a row, NaN where missing, in an array that the next row overwrites, and its `order_by` value as `SeriesColumns.order` has it
   */
  eachRow(
    o: { columns: readonly string[]; cells?: readonly string[]; groupBy?: string; orderBy?: string },
    take: (values: Float64Array, place: number | null, cells: readonly Cell[]) => void,
  ): Promise<void>;
  /** Numeric columns, series in the order of `series()`. */
  read(o: { columns: readonly string[]; groupBy?: string; orderBy?: string }): Promise<SeriesColumns>;
}

const noCells: readonly Cell[] = [];

/** SQL of a value to order rows by, as a number. */
const orderSql = (id: string, { type }: TableColumn): string =>
  type === 'date' || type === 'timestamp' ? `(epoch_us(${id}) / 1000)::DOUBLE` : `${id}::DOUBLE`;

const numberOf = (value: unknown): number => (typeof value === 'number' ? value : NaN);

export function tableNumbers(
  { connection, source, find, keyId, orderId }: TableSource,
  seriesStarts: TableSeries['seriesStarts'],
): TableNumbers {
  const eachRow: TableNumbers['eachRow'] = async (
    { columns: names, cells: others = [], groupBy, orderBy },
    take,
  ) => {
    const order = orderId(orderBy);
    const selected = names.map((name) => `${find(name).id}::DOUBLE`);
    if (orderBy !== undefined) selected.push(orderSql(order, find(orderBy).column));
    const firstCell = selected.length;
    const cellTypes = others.map((name) => find(name).column.type);
    selected.push(...others.map((name, index) => cellSql(find(name).id, cellTypes[index]!)));
    if (selected.length === 0) selected.push('1');
    const places = [...(groupBy === undefined ? [] : [keyId(groupBy)]), order, 'file_row_number'];
    const sql = `SELECT ${selected.join(', ')} FROM ${source} ORDER BY ${places.join(', ')}`;
    const values = new Float64Array(names.length);
    for await (const chunk of chunksOf(connection, sql)) {
      const vectors = selected.map((_, index) => chunk.getColumnVector(index));
      for (let row = 0; row < chunk.rowCount; row++) {
        for (let index = 0; index < names.length; index++)
          values[index] = numberOf(vectors[index]!.getItem(row));
        take(
          values,
          orderBy === undefined ? null : numberOf(vectors[names.length]!.getItem(row)),
          cellTypes.length === 0
            ? noCells
            : cellTypes.map((type, index) => readCell(vectors[firstCell + index]!.getItem(row), type)),
        );
      }
    }
  };
  return {
    eachRow,
    async read(o) {
      const starts = await seriesStarts(o);
      const rows = starts.at(-1)!;
      const values = o.columns.map(() => new Float64Array(rows));
      const order = o.orderBy === undefined ? null : new Float64Array(rows);
      let row = 0;
      await eachRow(o, (own, place) => {
        values.forEach((column, index) => {
          column[row] = own[index]!;
        });
        if (order) order[row] = place!;
        row += 1;
      });
      return { starts, values, order };
    },
  };
}

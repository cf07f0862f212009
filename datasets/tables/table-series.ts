/** The series of a table: the rows of one key each, in the order of their keys. */
import type { SeriesSummary } from '../forecasting/contract.ts';
import { cellSql, jsonCellSql, readCell, readJsonCell, type Cell, type JsonCell } from './cells.ts';
import { query } from './duckdb.ts';
import { chunksOf, type TableSource } from './table-source.ts';

/** Rows of one series, and where each stands in the file. */
export interface SeriesOfRows {
  readonly rows: readonly Record<string, JsonCell>[];
  readonly places: readonly number[];
}

export interface SeriesStretch {
  readonly value: Cell;
  readonly rows: number;
  readonly first: number;
  readonly last: number;
}

export interface TableSeries {
  /** One entry per series, by key. `columns`: those whose leading missing rows are counted. */
  series(o: { groupBy?: string; orderBy?: string; columns?: readonly string[] }): Promise<SeriesSummary[]>;
  /** Row at which each series starts, and at last the number of rows: [series + 1]. Series in the order of `series()`. */
  seriesStarts(o: { groupBy?: string; orderBy?: string }): Promise<Uint32Array>;
  /** Of each series, in the order of `series()`: a value of each column, and how many different ones it has, a missing one included. */
  seriesValues(o: {
    groupBy: string;
    columns: readonly string[];
  }): Promise<readonly (readonly { readonly value: Cell; readonly different: number }[])[]>;
  /** Of each series, in the order of `series()`: each value of a column, how many rows have it, and the first and last of these, counted from the start of the series. */
  seriesStretches(o: {
    groupBy?: string;
    orderBy?: string;
    column: string;
  }): Promise<readonly (readonly SeriesStretch[])[]>;
  /**
   * Rows of series, each in its order, series in the order of `series()`, one series at a time.
   * @param o - last: at most so many rows of the end of each; from: the first series
   */
  seriesRows(o: {
    columns: readonly string[];
    groupBy?: string;
    orderBy?: string;
    last: number;
    from: number;
  }): AsyncIterable<SeriesOfRows>;
  /** How many rows stand in the file below a row of their series that comes later. */
  rowsOutOfOrder(o: { groupBy?: string; orderBy: string }): Promise<number>;
}

export function tableSeries({ connection, source, find, keyId, orderId }: TableSource): TableSeries {
  return {
    async series({ groupBy, orderBy, columns: names = [] }) {
      const key = keyId(groupBy);
      const order = orderId(orderBy);
      const ids = names.map((name) => find(name).id);
      // greatest() passes over NULL: a column without any value counts as missing in all rows.
      const firsts = ids.map((_, i) => `coalesce(min(row) FILTER (WHERE v${i} IS NOT NULL), count(*) + 1)`);
      const leading = firsts.length === 0 ? '0' : `greatest(${firsts.join(', ')}) - 1`;
      const keyText = groupBy === undefined ? 'NULL' : cellSql('key', find(groupBy).column.type);
      const orderText =
        orderBy === undefined
          ? 'NULL'
          : cellSql('min(place) FILTER (WHERE place = previous)', find(orderBy).column.type);
      const found = await query(
        connection,
        `SELECT ${keyText}, count(*), ${leading}, count(*) FILTER (WHERE place = previous), ${orderText} FROM (
           SELECT ${key} AS key, ${order} AS place, row_number() OVER ordered AS row, lag(${order}) OVER ordered AS previous
             ${ids.map((id, i) => `, ${id} AS v${i}`).join('')}
           FROM ${source} WINDOW ordered AS (PARTITION BY ${key} ORDER BY ${order}, file_row_number)
         ) GROUP BY key ORDER BY key`,
      );
      return found.map(([keyCell, rows, leadingRows, repeatedRows, example]) => ({
        key:
          groupBy === undefined || keyCell === null
            ? null
            : String(readCell(keyCell, find(groupBy).column.type)),
        rows: Number(rows),
        leadingMissing: Number(leadingRows),
        ...(orderBy !== undefined &&
          Number(repeatedRows) > 0 && {
            repeated: {
              rows: Number(repeatedRows),
              example: String(readCell(example, find(orderBy).column.type)),
            },
          }),
      }));
    },

    async seriesStarts({ groupBy }) {
      const lengths = await query(
        connection,
        `SELECT count(*) FROM (SELECT ${keyId(groupBy)} AS key FROM ${source}) GROUP BY key ORDER BY key`,
      );
      const starts = new Uint32Array(lengths.length + 1);
      for (const [index, [rows]] of lengths.entries()) starts[index + 1] = starts[index]! + Number(rows);
      return starts;
    },

    async seriesValues({ groupBy, columns: names }) {
      const found = names.map(find);
      const selected = found.flatMap(({ id, column }) => [
        cellSql(`min(${id})`, column.type),
        `count(DISTINCT ${id}) + (count(*) > count(${id}))::INTEGER`,
      ]);
      const rows = await query(
        connection,
        `SELECT ${selected.join(', ')} FROM (SELECT *, ${keyId(groupBy)} AS key FROM ${source}) GROUP BY key ORDER BY key`,
      );
      return rows.map((row) =>
        found.map(({ column }, index) => ({
          value: readCell(row[2 * index], column.type),
          different: Number(row[2 * index + 1]),
        })),
      );
    },

    async seriesStretches({ groupBy, orderBy, column: name }) {
      const { id, column } = find(name);
      const key = keyId(groupBy);
      const found = await query(
        connection,
        `SELECT series, ${cellSql('value', column.type)}, count(*), min(row), max(row) FROM (
           SELECT dense_rank() OVER (ORDER BY ${key}) - 1 AS series, ${id} AS value,
             row_number() OVER (PARTITION BY ${key} ORDER BY ${orderId(orderBy)}, file_row_number) - 1 AS row FROM ${source}
         ) GROUP BY series, value ORDER BY series, min(row)`,
      );
      const stretches: SeriesStretch[][] = [];
      for (const [series, value, rows, first, last] of found)
        (stretches[Number(series)] ??= []).push({
          value: readCell(value, column.type),
          rows: Number(rows),
          first: Number(first),
          last: Number(last),
        });
      return stretches;
    },

    async *seriesRows({ columns: names, groupBy, orderBy, last, from }) {
      const found = names.map(find);
      const rowOf = rowMaker(names);
      const order = orderId(orderBy);
      const cells = found.map(({ id, column }) => jsonCellSql(id, column.type));
      let current: unknown = null;
      let rows: Record<string, JsonCell>[] = [];
      let places: number[] = [];
      const sql = `SELECT series::DOUBLE, file_row_number::DOUBLE, ${cells.join(', ')} FROM (
           SELECT *, dense_rank() OVER (ORDER BY ${keyId(groupBy)}) - 1 AS series,
             row_number() OVER (PARTITION BY ${keyId(groupBy)} ORDER BY ${order} DESC, file_row_number DESC) AS back FROM ${source}
         ) WHERE series >= ${BigInt(from)} AND back <= ${BigInt(last)} ORDER BY series, ${order}, file_row_number`;
      for await (const chunk of chunksOf(connection, sql)) {
        const vectors = cells.map((_, index) => chunk.getColumnVector(index + 2));
        const series = chunk.getColumnVector(0);
        const place = chunk.getColumnVector(1);
        const { rowCount } = chunk;
        for (let row = 0; row < rowCount; row++) {
          const own = series.getItem(row);
          if (own !== current && rows.length > 0) {
            yield { rows, places };
            rows = [];
            places = [];
          }
          current = own;
          places.push(Number(place.getItem(row)));
          rows.push(rowOf((index) => readJsonCell(vectors[index]!.getItem(row), found[index]!.column.type)));
        }
      }
      if (rows.length > 0) yield { rows, places };
    },

    async rowsOutOfOrder({ groupBy, orderBy }) {
      const order = orderId(orderBy);
      const [row] = await query(
        connection,
        `SELECT count(*) FILTER (WHERE place < latest) FROM (
           SELECT ${order} AS place, max(${order}) OVER (PARTITION BY ${keyId(groupBy)} ORDER BY file_row_number ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS latest FROM ${source}
         )`,
      );
      return Number(row![0]);
    },
  };
}

/** Makes rows of those names, many of them. */
function rowMaker(names: readonly string[]): (cell: (index: number) => JsonCell) => Record<string, JsonCell> {
  // What is assigned to this name is no property of the row.
  if (names.includes('__proto__'))
    return (cell) => Object.fromEntries(names.map((name, index) => [name, cell(index)]));
  return (cell) => {
    const row: Record<string, JsonCell> = {};
    for (let index = 0; index < names.length; index++) row[names[index]!] = cell(index);
    return row;
  };
}

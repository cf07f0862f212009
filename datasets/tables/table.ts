/** The canonical table of a dataset, read through a DuckDB that may open this file and nothing else. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { SeriesSummary } from '../forecasting/contract.ts';
import { columnId, readTableColumns, type TableColumn } from './canonical-table.ts';
import {
  cellSql,
  jsonCellSql,
  readCell,
  readJsonCell,
  readValue,
  type Cell,
  type JsonCell,
  type Value,
} from './cells.ts';
import { literal, openDuckDb, query } from './duckdb.ts';

const tableThreads = 2;
const tableMemoryMiB = 2048;

/** Numbers of a table, series after series, each in its order. */
export interface SeriesColumns {
  /** Row at which each series starts, and at last the number of rows: [series + 1]. */
  readonly starts: Uint32Array;
  /** Per column asked for: [rows]; NaN where missing. */
  readonly values: readonly Float64Array[];
  /** The `order_by` column, [rows]: milliseconds since 1970 in UTC for dates and timestamps; null without one. */
  readonly order: Float64Array | null;
}

/** Rows of one series, and where each stands in the file. */
export interface SeriesOfRows {
  readonly rows: readonly Record<string, JsonCell>[];
  readonly places: readonly number[];
}

export interface Table {
  readonly columns: readonly TableColumn[];
  /** Rows as JSON, in the order of the upload: dates as YYYY-MM-DD, timestamps as RFC 3339 in UTC. */
  rows(o: { limit: number; offset: number }): Promise<Record<string, JsonCell>[]>;
  /** One entry per series, by key. `columns`: those whose leading missing rows are counted. */
  series(o: { groupBy?: string; orderBy?: string; columns?: readonly string[] }): Promise<SeriesSummary[]>;
  /** Row at which each series starts, and at last the number of rows: [series + 1]. Series in the order of `series()`. */
  seriesStarts(o: { groupBy?: string; orderBy?: string }): Promise<Uint32Array>;
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
  /** The different values of a column with how many rows have each; null for those that have none. */
  valueCounts(column: string): Promise<{ readonly value: Cell; readonly rows: number }[]>;
  /** How many rows there are, and how many characters a column of text has, or how often a regular expression (RE2) matches in it. */
  countMatches(column: string, pattern: string | null): Promise<{ rows: number; matches: number }>;
  /** How many rows have each of the different values of these columns together, in the order in which they first appear. */
  groupSizes(columns: readonly string[]): Promise<readonly number[]>;
  /** Of each row the number of its values of these columns together, in the order of `groupSizes`: [rows]. */
  groupNumbers(columns: readonly string[]): Promise<Uint32Array>;
  /** The texts of a column that have more than so many bytes in UTF-8, some at a time. */
  longTexts(column: string, bytes: number): AsyncGenerator<readonly string[]>;
  /** Values of columns of numbers, texts, … as they are, in the order of the upload, or series after series, each in its order: [rows] each. */
  readCells(
    columns: readonly string[],
    o?: { groupBy: string; orderBy?: string | undefined },
  ): Promise<readonly (readonly Cell[])[]>;
  /** Of each series, in the order of `series()`: a value of each column, and how many different ones it has, a missing one included. */
  seriesValues(o: {
    groupBy: string;
    columns: readonly string[];
  }): Promise<readonly (readonly { readonly value: Cell; readonly different: number }[])[]>;
  /**
   * Values of columns of any type, vectors, recordings and images too, in the order of the upload: some rows at a time,
   * [columns][rows of the chunk]. Nothing is held of a chunk that has been given.
   * @param o - from: the first row
   */
  chunks(columns: readonly string[], o?: { from?: number }): AsyncIterable<readonly (readonly Value[])[]>;
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
  close(): void;
}

const noCells: readonly Cell[] = [];

/** SQL of a value to order rows by, as a number. */
function orderSql(id: string, { type }: TableColumn): string {
  return type === 'date' || type === 'timestamp' ? `(epoch_us(${id}) / 1000)::DOUBLE` : `${id}::DOUBLE`;
}

async function readDoubles(
  connection: DuckDBConnection,
  sql: string,
  o: { width: number; rows: number },
): Promise<Float64Array[]> {
  const columns = Array.from({ length: o.width }, () => new Float64Array(o.rows));
  const result = await connection.stream(sql);
  let at = 0;
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    const { rowCount } = chunk;
    for (const [index, column] of columns.entries()) {
      const vector = chunk.getColumnVector(index);
      for (let i = 0; i < rowCount; i++) {
        const value = vector.getItem(i);
        column[at + i] = typeof value === 'number' ? value : NaN;
      }
    }
    at += rowCount;
  }
  return columns;
}

/** @param o - spillDirectory: for what sorting a large table needs beyond memory */
export async function openTable(path: string, o: { spillDirectory?: string } = {}): Promise<Table> {
  const database = await openDuckDb({
    files: [path],
    threads: tableThreads,
    memoryLimitMiB: tableMemoryMiB,
    ...o,
  });
  const { connection } = database;
  const source = `read_parquet(${literal(path)}, file_row_number = true)`;
  let columns: TableColumn[];
  try {
    columns = await readTableColumns(connection, path);
  } catch (error) {
    database.close();
    throw error;
  }

  function find(name: string): { id: string; column: TableColumn } {
    const index = columns.findIndex((column) => column.name === name);
    if (index === -1) throw new Error(`internal: the table has no column "${name}"`);
    return { id: columnId(index), column: columns[index]! };
  }
  /** SQL of the series key, or of one key for all. */
  const keyId = (groupBy: string | undefined): string => (groupBy === undefined ? 'NULL' : find(groupBy).id);
  const orderId = (orderBy: string | undefined): string =>
    orderBy === undefined ? 'file_row_number' : find(orderBy).id;

  async function startsOf(groupBy: string | undefined): Promise<Uint32Array> {
    const lengths = await query(
      connection,
      `SELECT count(*) FROM (SELECT ${keyId(groupBy)} AS key FROM ${source}) GROUP BY key ORDER BY key`,
    );
    const starts = new Uint32Array(lengths.length + 1);
    for (const [index, [rows]] of lengths.entries()) starts[index + 1] = starts[index]! + Number(rows);
    return starts;
  }

  return {
    columns,
    async rows({ limit, offset }) {
      const cells = columns.map(({ type }, index) => jsonCellSql(columnId(index), type));
      // Numbered rows rather than OFFSET: the order of the file is a promise here.
      const found = await query(
        connection,
        `SELECT ${cells.join(', ')} FROM ${source} WHERE file_row_number >= ${BigInt(offset)} AND file_row_number < ${BigInt(offset) + BigInt(limit)} ORDER BY file_row_number`,
      );
      return found.map((row) =>
        Object.fromEntries(columns.map(({ name, type }, index) => [name, readJsonCell(row[index], type)])),
      );
    },

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

    seriesStarts: ({ groupBy }) => startsOf(groupBy),

    async eachRow({ columns: names, cells: others = [], groupBy, orderBy }, take) {
      const order = orderId(orderBy);
      const selected = names.map((name) => `${find(name).id}::DOUBLE`);
      if (orderBy !== undefined) selected.push(orderSql(order, find(orderBy).column));
      const firstCell = selected.length;
      const cellTypes = others.map((name) => find(name).column.type);
      selected.push(...others.map((name, index) => cellSql(find(name).id, cellTypes[index]!)));
      if (selected.length === 0) selected.push('1');
      const places = [...(groupBy === undefined ? [] : [keyId(groupBy)]), order, 'file_row_number'];
      const result = await connection.stream(
        `SELECT ${selected.join(', ')} FROM ${source} ORDER BY ${places.join(', ')}`,
      );
      const values = new Float64Array(names.length);
      const numberOf = (value: unknown): number => (typeof value === 'number' ? value : NaN);
      for (;;) {
        const chunk = await result.fetchChunk();
        if (chunk === null || chunk.rowCount === 0) return;
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
    },

    async read({ columns: names, groupBy, orderBy }) {
      const key = keyId(groupBy);
      const order = orderId(orderBy);
      const starts = await startsOf(groupBy);
      const selected = names.map((name) => `${find(name).id}::DOUBLE`);
      if (orderBy !== undefined) selected.push(orderSql(order, find(orderBy).column));
      const places = [...(groupBy === undefined ? [] : [key]), order, 'file_row_number'];
      const values = await readDoubles(
        connection,
        `SELECT ${selected.join(', ')} FROM ${source} ORDER BY ${places.join(', ')}`,
        { width: selected.length, rows: starts.at(-1)! },
      );
      const orderValues = orderBy === undefined ? null : values.pop()!;
      return { starts, values, order: orderValues };
    },

    async valueCounts(name) {
      const { id, column } = find(name);
      const found = await query(
        connection,
        `SELECT ${cellSql('value', column.type)}, rows FROM (SELECT ${id} AS value, count(*) AS rows FROM ${source} GROUP BY ${id}) ORDER BY value`,
      );
      return found.map(([value, rows]) => ({ value: readCell(value, column.type), rows: Number(rows) }));
    },

    async countMatches(name, pattern) {
      const { id } = find(name);
      const count =
        pattern === null ? `length(${id})` : `len(regexp_extract_all(${id}, ${literal(pattern)}))`;
      const found = await query(
        connection,
        `SELECT count(*), coalesce(sum(${count}), 0)::BIGINT FROM ${source}`,
      );
      const [rows, matches] = found[0]!;
      return { rows: Number(rows), matches: Number(matches) };
    },

    async groupSizes(names) {
      const ids = names.map((name) => find(name).id).join(', ');
      const found = await query(
        connection,
        `SELECT count(*) FROM ${source} GROUP BY ${ids} ORDER BY min(file_row_number)`,
      );
      return found.map(([rows]) => Number(rows));
    },

    async groupNumbers(names) {
      const ids = names.map((name) => find(name).id).join(', ');
      const firsts = await query(
        connection,
        `SELECT min(file_row_number) OVER (PARTITION BY ${ids}) FROM ${source} ORDER BY file_row_number`,
      );
      const numbers = new Map<number, number>();
      return Uint32Array.from(firsts, ([row]) => {
        const first = Number(row);
        if (!numbers.has(first)) numbers.set(first, numbers.size);
        return numbers.get(first)!;
      });
    },

    async *longTexts(name, bytes) {
      const { id } = find(name);
      const result = await connection.stream(
        `SELECT ${id} FROM ${source} WHERE strlen(${id}) > ${BigInt(bytes)}`,
      );
      for (;;) {
        const chunk = await result.fetchChunk();
        if (chunk === null || chunk.rowCount === 0) return;
        const vector = chunk.getColumnVector(0);
        yield Array.from({ length: chunk.rowCount }, (_, row) => String(vector.getItem(row)));
      }
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

    async readCells(names, grouping) {
      const found = names.map(find);
      const cells = names.map((): Cell[] => []);
      const order = grouping
        ? [keyId(grouping.groupBy), orderId(grouping.orderBy), 'file_row_number']
        : ['file_row_number'];
      const result = await connection.stream(
        `SELECT ${found.map(({ id, column }) => cellSql(id, column.type)).join(', ')} FROM ${source} ORDER BY ${order.join(', ')}`,
      );
      for (;;) {
        const chunk = await result.fetchChunk();
        if (chunk === null || chunk.rowCount === 0) return cells;
        for (const [index, column] of cells.entries()) {
          const vector = chunk.getColumnVector(index);
          const { type } = found[index]!.column;
          for (let row = 0; row < chunk.rowCount; row++) column.push(readCell(vector.getItem(row), type));
        }
      }
    },

    async *chunks(names, { from = 0 } = {}) {
      const found = names.map(find);
      const result = await connection.stream(
        `SELECT ${found.map(({ id, column }) => cellSql(id, column.type)).join(', ')} FROM ${source} WHERE file_row_number >= ${BigInt(from)} ORDER BY file_row_number`,
      );
      for (;;) {
        const chunk = await result.fetchChunk();
        if (chunk === null || chunk.rowCount === 0) return;
        yield found.map(({ column }, index) => {
          const vector = chunk.getColumnVector(index);
          return Array.from({ length: chunk.rowCount }, (_, row) =>
            readValue(vector.getItem(row), column.type),
          );
        });
      }
    },

    async *seriesRows({ columns: names, groupBy, orderBy, last, from }) {
      const found = names.map((name) => ({ name, ...find(name) }));
      const order = orderId(orderBy);
      const cells = found.map(({ id, column }) => jsonCellSql(id, column.type));
      const result = await connection.stream(
        `SELECT series, file_row_number::DOUBLE, ${cells.join(', ')} FROM (
           SELECT *, dense_rank() OVER (ORDER BY ${keyId(groupBy)}) - 1 AS series,
             row_number() OVER (PARTITION BY ${keyId(groupBy)} ORDER BY ${order} DESC, file_row_number DESC) AS back FROM ${source}
         ) WHERE series >= ${BigInt(from)} AND back <= ${BigInt(last)} ORDER BY series, ${order}, file_row_number`,
      );
      let current: unknown = null;
      let rows: Record<string, JsonCell>[] = [];
      let places: number[] = [];
      for (;;) {
        const chunk = await result.fetchChunk();
        if (chunk === null || chunk.rowCount === 0) break;
        const vectors = cells.map((_, index) => chunk.getColumnVector(index + 2));
        const series = chunk.getColumnVector(0);
        const place = chunk.getColumnVector(1);
        for (let row = 0; row < chunk.rowCount; row++) {
          const own = series.getItem(row);
          if (own !== current && rows.length > 0) {
            yield { rows, places };
            rows = [];
            places = [];
          }
          current = own;
          places.push(Number(place.getItem(row)));
          rows.push(
            Object.fromEntries(
              found.map(({ name, column }, index) => [
                name,
                readJsonCell(vectors[index]!.getItem(row), column.type),
              ]),
            ),
          );
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

    close() {
      database.close();
    },
  };
}

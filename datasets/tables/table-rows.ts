/** The values of a table, row by row or column by column. */
import type { DuckDBDataChunk } from '@duckdb/node-api';
import {
  cellSql,
  isLarge,
  jsonCellSql,
  readCell,
  readJsonCell,
  readValue,
  type Cell,
  type JsonCell,
  type Value,
} from './cells.ts';
import { columnId } from './canonical-table.ts';
import { query } from './duckdb.ts';
import { chunksOf, type TableSource } from './table-source.ts';

/** Rows with large values that are read together. */
const largeTogether = 64;

export interface TableRows {
  /** Rows as JSON, in the order of the upload: dates as YYYY-MM-DD, timestamps as RFC 3339 in UTC. */
  rows(o: { limit: number; offset: number }): Promise<Record<string, JsonCell>[]>;
  /** Values of columns of numbers, texts, … as they are, series after series, each in its order: some rows at a time, [columns][rows of the chunk]. */
  seriesChunks(
    columns: readonly string[],
    o: { groupBy: string; orderBy?: string | undefined },
  ): AsyncIterable<readonly (readonly Cell[])[]>;
  /**
   * Values of columns of any type, vectors, recordings and images too, in the order of the upload: some rows at a time,
   * [columns][rows of the chunk]. Nothing is held of a chunk that has been given.
   * @param o - from: the first row
   */
  chunks(columns: readonly string[], o?: { from?: number }): AsyncIterable<readonly (readonly Value[])[]>;
  /** The texts of a column that have more than so many bytes in UTF-8, some at a time. */
  longTexts(column: string, bytes: number): AsyncGenerator<readonly string[]>;
}

export function tableRows({
  connection,
  columns,
  source,
  stretches,
  find,
  keyId,
  orderId,
}: TableSource): TableRows {
  return {
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

    async *seriesChunks(names, { groupBy, orderBy }) {
      const found = names.map(find);
      const order = [keyId(groupBy), orderId(orderBy), 'file_row_number'];
      const sql = `SELECT ${found.map(({ id, column }) => cellSql(id, column.type)).join(', ')} FROM ${source} ORDER BY ${order.join(', ')}`;
      for await (const chunk of chunksOf(connection, sql))
        yield found.map(({ column }, index) => {
          const vector = chunk.getColumnVector(index);
          return Array.from({ length: chunk.rowCount }, (_, row) =>
            readCell(vector.getItem(row), column.type),
          );
        });
    },

    async *chunks(names, { from = 0 } = {}) {
      const found = names.map(find);
      // Rows come in the order of the file, since DuckDB keeps it: to sort them it would hold every recording at once.
      const selected = [...found.map(({ id, column }) => cellSql(id, column.type)), 'file_row_number'];
      const inOrder = async function* (): AsyncGenerator<DuckDBDataChunk> {
        for (const [start, end] of await stretches(found.map(({ id }) => id)))
          if (end > from)
            yield* chunksOf(
              connection,
              `SELECT ${selected.join(', ')} FROM ${source} WHERE file_row_number >= ${BigInt(Math.max(start, from))} AND file_row_number < ${BigInt(end)}`,
            );
      };
      const together = found.some(({ column: { type } }) => isLarge(type)) ? largeTogether : Infinity;
      let last = -1n;
      for await (const chunk of inOrder()) {
        const places = chunk.getColumnVector(found.length);
        if ((places.getItem(0) as bigint) <= last)
          throw new Error('internal: rows are not in the order of the file');
        last = places.getItem(chunk.rowCount - 1) as bigint;
        for (let first = 0; first < chunk.rowCount; first += together) {
          const count = Math.min(together, chunk.rowCount - first);
          yield found.map(({ column }, index) => {
            const vector = chunk.getColumnVector(index);
            return Array.from({ length: count }, (_, row) =>
              readValue(vector.getItem(first + row), column.type),
            );
          });
        }
      }
    },

    async *longTexts(name, bytes) {
      const { id } = find(name);
      const sql = `SELECT ${id} FROM ${source} WHERE strlen(${id}) > ${BigInt(bytes)}`;
      for await (const chunk of chunksOf(connection, sql)) {
        const vector = chunk.getColumnVector(0);
        yield Array.from({ length: chunk.rowCount }, (_, row) => String(vector.getItem(row)));
      }
    },
  };
}

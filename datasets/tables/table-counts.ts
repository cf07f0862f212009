/** How many rows of a table have something: a value, the same values as others, a match. */
import { cellSql, readCell, type Cell } from './cells.ts';
import { literal, query } from './duckdb.ts';
import { chunksOf, type TableSource } from './table-source.ts';

export interface TableCounts {
  /** Rows that are seen, and those that are left out since they lack a value. */
  rowCounts(): Promise<{ readonly rows: number; readonly leftOut: number }>;
  /** The different values of a column with how many rows have each; null for those that have none. */
  valueCounts(column: string): Promise<{ readonly value: Cell; readonly rows: number }[]>;
  /** How many rows there are, and how many characters a column of text has, or how often a regular expression (RE2) matches in it. */
  countMatches(column: string, pattern: string | null): Promise<{ rows: number; matches: number }>;
  /**
   * The same of the row that has most, and about how many different ones there are in all; null: there are too many to be looked at one by one. Where the texts of
   * the column are too many to be taken apart, `longest` are the characters of the longest: a text has no more matches, none of which is empty.
   */
  tokenCounts(column: string, pattern: string | null): Promise<{ longest: number; different: number | null }>;
  /** How many rows have each of the different values of these columns together, in the order in which they first appear. */
  groupSizes(columns: readonly string[]): Promise<readonly number[]>;
  /** Of each row the number of its values of these columns together, in the order of `groupSizes`: [rows]. */
  groupNumbers(columns: readonly string[]): Promise<Uint32Array>;
}

/** A second's work: whoever asks is waiting. */
const mostTokensLookedAt = 5_000_000;
/** A second's work of a regular expression. */
const mostCharactersMatched = 25_000_000;

export function tableCounts({ connection, source, allRows, find }: TableSource): TableCounts {
  return {
    async rowCounts() {
      const found = await query(
        connection,
        `SELECT (SELECT count(*) FROM ${source}), (SELECT count(*) FROM ${allRows})`,
      );
      const [rows, all] = found[0]!.map(Number);
      return { rows: rows!, leftOut: all! - rows! };
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

    async tokenCounts(name, pattern) {
      const { id } = find(name);
      /** The most in a row, and how many in all. */
      const counted = async (count: string): Promise<readonly [longest: number, all: number]> => {
        const [row] = await query(
          connection,
          `SELECT coalesce(max(${count}), 0)::BIGINT, coalesce(sum(${count}), 0)::BIGINT FROM ${source}`,
        );
        return [Number(row![0]), Number(row![1])];
      };
      const characters = await counted(`length(${id})`);
      if (pattern !== null && characters[1] > mostCharactersMatched)
        return { longest: characters[0], different: null };
      const tokens =
        pattern === null ? `string_split(${id}, '')` : `regexp_extract_all(${id}, ${literal(pattern)})`;
      const [longest, all] = pattern === null ? characters : await counted(`len(${tokens})`);
      if (all > mostTokensLookedAt) return { longest, different: null };
      const [found] = await query(
        connection,
        `SELECT approx_count_distinct(token) FROM (SELECT unnest(${tokens}) AS token FROM ${source})`,
      );
      return { longest, different: Number(found![0]) };
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
      const sql = `SELECT (min(file_row_number) OVER (PARTITION BY ${ids}))::DOUBLE FROM ${source} ORDER BY file_row_number`;
      const numbers = new Map<unknown, number>();
      const found: number[] = [];
      for await (const chunk of chunksOf(connection, sql)) {
        const firsts = chunk.getColumnVector(0);
        for (let row = 0; row < chunk.rowCount; row++) {
          const first = firsts.getItem(row);
          if (!numbers.has(first)) numbers.set(first, numbers.size);
          found.push(numbers.get(first)!);
        }
      }
      return Uint32Array.from(found);
    },
  };
}

/** Which types the columns of a table of text cells have, by the rules of column-types.ts: one look at all cells. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { query } from '../tables/duckdb.ts';
import { cellCounts, decideType, readCellCounts, type CellType } from './column-types.ts';

export interface TextColumn {
  /** SQL identifier in the source. */
  readonly id: string;
  /** Types that it may turn out to have; any if absent. */
  readonly allowed?: readonly CellType[];
}

/** @param source - SQL of the rows; @returns of each column, in their order */
export async function decideTypes(
  connection: DuckDBConnection,
  source: string,
  columns: readonly TextColumn[],
): Promise<readonly CellType[]> {
  const counts = columns.map(({ id }) => cellCounts(id));
  const [row] = await query(connection, `SELECT ${counts.flat().join(', ')} FROM ${source}`);
  const numbers = row!.map(Number);
  return columns.map(({ allowed }, i) => {
    const width = counts[i]!.length;
    return decideType(readCellCounts(numbers.slice(i * width, (i + 1) * width)), allowed);
  });
}

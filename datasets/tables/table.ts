/** The canonical table of a dataset: a Parquet file, read through a DuckDB that may open this file and nothing else. */
import type { SeriesSummary } from '../forecasting/contract.ts';

export type Cell = number | string | boolean | null;

export interface Table {
  /** Rows as JSON, in the order of the file: dates as YYYY-MM-DD, timestamps as RFC 3339 in UTC. */
  rows(o: { limit: number; offset: number }): Promise<Record<string, Cell>[]>;
  /** One entry per series, in the order of their keys. `columns`: those whose leading missing rows are counted. */
  series(o: { groupBy?: string; orderBy?: string; columns?: readonly string[] }): Promise<SeriesSummary[]>;
  close(): void;
}

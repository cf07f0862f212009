/** The canonical table of a dataset, read through a DuckDB that may open this file and nothing else. */
import { readTableColumns, type TableColumn } from './canonical-table.ts';
import { openDuckDb } from './duckdb.ts';
import { tableCounts, type TableCounts } from './table-counts.ts';
import { tableNumbers, type TableNumbers } from './table-numbers.ts';
import { tableRows, type TableRows } from './table-rows.ts';
import { tableSeries, type TableSeries } from './table-series.ts';
import { tableSource } from './table-source.ts';

const tableThreads = 2;
const tableMemoryMiB = 2048;

export interface Table extends TableRows, TableSeries, TableNumbers, TableCounts {
  readonly columns: readonly TableColumn[];
  close(): void;
}

export interface TableOptions {
  /** For what sorting a large table needs beyond memory. */
  readonly spillDirectory?: string | undefined;
  /** Columns that have a value in every row that is seen: rows that lack one are left out. */
  readonly complete?: readonly string[] | undefined;
}

/** @throws Error when the file is no canonical table */
export async function openTable(
  path: string,
  { spillDirectory, complete }: TableOptions = {},
): Promise<Table> {
  const database = await openDuckDb({
    files: [path],
    threads: tableThreads,
    memoryLimitMiB: tableMemoryMiB,
    ...(spillDirectory !== undefined && { spillDirectory }),
  });
  const { connection } = database;
  try {
    const columns = await readTableColumns(connection, path);
    const source = tableSource(connection, path, columns, complete);
    const series = tableSeries(source);
    return {
      columns,
      ...tableRows(source),
      ...series,
      ...tableNumbers(source, (o) => series.seriesStarts(o)),
      ...tableCounts(source),
      close: () => {
        database.close();
      },
    };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Opens a table, and closes it when `use` is done, however that ends. */
export async function withTable<Result>(
  path: string,
  use: (table: Table) => Promise<Result>,
  o: TableOptions = {},
): Promise<Result> {
  const table = await openTable(path, o);
  try {
    return await use(table);
  } finally {
    table.close();
  }
}

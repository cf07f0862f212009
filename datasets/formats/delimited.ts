/**
 * CSV, TSV and their kin → table. In one pass where nothing is wrong (csv-at-once.ts); otherwise cells of text: first the structure
 * (csv-rows.ts), then the types (typed-table.ts).
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { withHeaderWarning } from '../profile/header-warning.ts';
import { columnId } from '../tables/canonical-table.ts';
import { literal, query } from '../tables/duckdb.ts';
import { readCsvAtOnce } from './csv-at-once.ts';
import { readCsvRows } from './csv-rows.ts';
import { rowsSql } from './csv-sql.ts';
import { sniffDialect, tabs, type Dialect } from './dialect.ts';
import type { IngestResult, ReaderOptions } from './ingest.ts';
import { withIngestDatabase } from './ingest-database.ts';
import { toUtf8 } from './to-utf8.ts';
import { writeTypedTable } from './typed-table.ts';

export async function readDelimited(o: ReaderOptions): Promise<IngestResult> {
  const { signal, folder } = o;
  const sourcePath = await toUtf8({
    path: o.sourcePath,
    folder,
    charset: o.reading.charset,
    ...(signal && { signal }),
  });
  const dialect = o.format === 'tsv' ? tabs : await sniffDialect(sourcePath, folder);
  const result =
    (await readCsvAtOnce(sourcePath, dialect, o)) ?? (await readWithCare(sourcePath, dialect, o));
  return result.status === 'ready' ? { ...result, columns: withHeaderWarning(result.columns) } : result;
}

/** Any file: names every row that is not well formed, and every cell that is not of its column's type. */
export async function readWithCare(
  sourcePath: string,
  dialect: Dialect,
  o: ReaderOptions,
): Promise<IngestResult> {
  const { signal, folder } = o;
  const rowsPath = join(folder, 'rows.csv');
  const cellsPath = join(folder, 'cells.parquet');
  const rows = await readCsvRows({ sourcePath, rowsPath, dialect, ...(signal && { signal }) });
  const { names, badRows, problems } = rows;
  if (rows.rowCount === 0)
    return { status: 'rejected', problems: [...problems], problemCount: badRows.length };

  return withIngestDatabase(o, [rowsPath, cellsPath], async (connection) => {
    await connection.run(
      `COPY (SELECT * FROM ${rowsSql(rowsPath, names.length, dialect)}) TO ${literal(cellsPath)} (FORMAT parquet, COMPRESSION lz4, USE_TMP_FILE false)`,
    );
    await rm(rowsPath);
    const [parsed] = await query(connection, `SELECT count(*) FROM read_parquet(${literal(cellsPath)})`);
    if (Number(parsed![0]) !== rows.rowCount)
      throw new Error(`internal: ${rows.rowCount} rows were written and ${Number(parsed![0])} read back`);
    const staged = {
      source: `read_parquet(${literal(cellsPath)}, file_row_number = true)`,
      place: 'file_row_number',
      columns: names.map((name, index) => ({ name, id: columnId(index) })),
      badRows,
      problems,
      problemCount: badRows.length,
    };
    return writeTypedTable(connection, staged, o);
  });
}

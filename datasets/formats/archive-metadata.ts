/** The tables `metadata.csv` and `metadata.jsonl` of an archive: what is known of its files, whose names are in a column `file_name`. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { DatasetProblem } from '../../domain/datasets/dataset.ts';
import { columnId } from '../tables/canonical-table.ts';
import { query } from '../tables/duckdb.ts';
import type { ArchiveFile } from './archive-entries.ts';
import { readCsvRows } from './csv-rows.ts';
import { rowsSql } from './csv-sql.ts';
import { commas, sniffDialect } from './dialect.ts';
import type { ReaderOptions } from './ingest.ts';
import { withIngestDatabase } from './ingest-database.ts';
import { ndjsonRows } from './json.ts';
import { toUtf8 } from './to-utf8.ts';
import { wholeFile } from './unusable-file.ts';

export const fileNameColumn = 'file_name';

export const isMetadata = ({ name }: ArchiveFile): boolean => /(^|\/)metadata\.(csv|jsonl)$/.test(name);

export interface Metadata {
  readonly names: readonly string[];
  /** Those that can be read; the numbers of the others are `badRows`. */
  readonly rows: readonly (readonly (string | null)[])[];
  readonly badRows: readonly number[];
  readonly problems: readonly DatasetProblem[];
}

async function unpacked(file: ArchiveFile): Promise<Buffer> {
  try {
    return await file.read();
  } catch (error) {
    throw wholeFile(
      'damaged_archive',
      `expected a whole ${file.name}, got one that is not: ${(error as Error).message.slice(0, 200)}`,
    );
  }
}

async function readRows(file: ArchiveFile, o: ReaderOptions): Promise<Metadata> {
  const sourcePath = join(o.folder, 'metadata');
  const rowsPath = join(o.folder, 'metadata-rows.csv');
  await writeFile(sourcePath, await unpacked(file));
  const path = await toUtf8({ path: sourcePath, folder: o.folder, charset: undefined });
  const cells = (sql: string, width: number) =>
    withIngestDatabase(o, [rowsPath], (connection: DuckDBConnection) =>
      query(
        connection,
        `SELECT ${Array.from({ length: width }, (_, i) => columnId(i)).join(', ')} FROM ${sql}`,
      ),
    ) as Promise<(string | null)[][]>;
  if (file.name.endsWith('.jsonl')) {
    const rows = await ndjsonRows(path, rowsPath, o.signal);
    const names = rows.columns.map(({ name }) => name);
    const more = ['null_padding = true', 'parallel = false'];
    const found =
      rows.rowCount === 0 ? [] : await cells(rowsSql(rowsPath, names.length, commas, more), names.length);
    return { names, rows: found, badRows: rows.badRows, problems: rows.problems };
  }
  const dialect = await sniffDialect(path, o.folder);
  const { names, badRows, problems, rowCount } = await readCsvRows({ sourcePath: path, rowsPath, dialect });
  const found = rowCount === 0 ? [] : await cells(rowsSql(rowsPath, names.length, dialect), names.length);
  return { names, rows: found, badRows, problems };
}

/** Throws UnusableFile. */
export async function readMetadata(file: ArchiveFile, o: ReaderOptions): Promise<Metadata> {
  const metadata = await readRows(file, o);
  if (!metadata.names.includes(fileNameColumn))
    throw wholeFile(
      'no_file_name',
      `expected a column ${fileNameColumn} in ${file.name}, got ${metadata.names.slice(0, 10).join(', ')}`,
    );
  return metadata;
}

/**
 * Which row each file of an archive belongs to, by the convention of audiofolder and imagefolder (Hugging Face Datasets): a table
 * `metadata.csv` or `metadata.jsonl` whose column `file_name` names the files, or else one folder for each label. Folders named
 * train, validation and test above those become a column `split`.
 */
import type { ProblemCode } from '../../domain/datasets/problem-hints.ts';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { DatasetProblem } from '../../domain/datasets/dataset.ts';
import { columnId } from '../tables/canonical-table.ts';
import { query } from '../tables/duckdb.ts';
import type { Archive, ArchiveFile } from './archive-entries.ts';
import { readCsvRows } from './csv-rows.ts';
import { rowsSql } from './csv-sql.ts';
import { commas, sniffDialect } from './dialect.ts';
import type { ReaderOptions } from './ingest.ts';
import { withIngestDatabase } from './ingest-database.ts';
import { ndjsonRows } from './json.ts';
import { toUtf8 } from './to-utf8.ts';
import { excerpt, maxListedProblems, wholeFile } from './unusable-file.ts';

export interface MediaRow {
  readonly file: ArchiveFile;
  /** Number in the metadata, or of the file. */
  readonly row: number;
  readonly cells: readonly (string | null)[];
}

export interface ArchiveLayout {
  /** Of the columns beside the media. */
  readonly names: readonly string[];
  readonly rows: readonly MediaRow[];
  readonly badRows: readonly number[];
  readonly problems: DatasetProblem[];
  readonly problemCount: number;
}

const fileNameColumn = 'file_name';
const splits: Record<string, string> = {
  train: 'train',
  validation: 'validation',
  valid: 'validation',
  val: 'validation',
  test: 'test',
};

const folderOf = (name: string): string => name.slice(0, name.lastIndexOf('/') + 1);
const isMetadata = ({ name }: ArchiveFile): boolean => /(^|\/)metadata\.(csv|jsonl)$/.test(name);

/** The folder that everything is in, where archives were made of a folder rather than of its files. */
function commonFolder(files: readonly ArchiveFile[]): string {
  const [first = ''] = files.map(({ name }) => `${name.split('/', 1)[0]!}/`);
  const alone = files.every(({ name }) => name.startsWith(first) && name.slice(first.length).includes('/'));
  return alone ? first : '';
}

function byFolders(files: readonly ArchiveFile[]): ArchiveLayout {
  // With one label alone its folder is a label, not what all is in.
  const root = commonFolder(files);
  const parts = files.map(({ name }) => name.slice(root.length).split('/'));
  const hasSplits = parts.every(
    ([first, ...rest]) => rest.length > 0 && splits[first!.toLowerCase()] !== undefined,
  );
  const depth = hasSplits ? 1 : 0;
  const hasLabels = parts.some((path) => path.length > depth + 1);
  const names = ['file_name', ...(hasLabels ? ['label'] : []), ...(hasSplits ? ['split'] : [])];
  const badRows: number[] = [];
  const problems: DatasetProblem[] = [];
  const rows: MediaRow[] = [];
  for (const [index, file] of files.entries()) {
    const path = parts[index]!;
    if (hasLabels && path.length === depth + 1) {
      badRows.push(index + 1);
      problems.push({
        row: index + 1,
        column: 'label',
        code: 'no_label',
        message: `expected every file in the folder of its label, got "${excerpt(file.name)}" outside`,
      });
      continue;
    }
    rows.push({
      file,
      row: index + 1,
      cells: [
        file.name,
        ...(hasLabels ? [path.at(-2)!] : []),
        ...(hasSplits ? [splits[path[0]!.toLowerCase()]!] : []),
      ],
    });
  }
  return {
    names,
    rows,
    badRows,
    problems: problems.slice(0, maxListedProblems),
    problemCount: badRows.length,
  };
}

interface Metadata {
  readonly names: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
  readonly badRows: readonly number[];
  readonly problems: readonly DatasetProblem[];
}

async function readMetadata(file: ArchiveFile, o: ReaderOptions): Promise<Metadata> {
  const sourcePath = join(o.folder, 'metadata');
  const rowsPath = join(o.folder, 'metadata-rows.csv');
  await writeFile(sourcePath, await file.read());
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

async function byMetadata(
  metadataFile: ArchiveFile,
  files: readonly ArchiveFile[],
  o: ReaderOptions,
): Promise<ArchiveLayout> {
  const metadata = await readMetadata(metadataFile, o);
  const at = metadata.names.indexOf(fileNameColumn);
  if (at === -1)
    throw wholeFile(
      'no_file_name',
      `expected a column ${fileNameColumn} in ${metadataFile.name}, got ${metadata.names.slice(0, 10).join(', ')}`,
    );
  const folder = folderOf(metadataFile.name);
  const unused = new Map(files.map((file) => [file.name, file]));
  const used = new Set<string>();
  const bad = new Set(metadata.badRows);
  const problems = [...metadata.problems];
  const rows: MediaRow[] = [];
  let number = 0;
  let faults = 0;
  const refuse = (code: ProblemCode, message: string): void => {
    bad.add(number);
    faults += 1;
    problems.push({ row: number, column: fileNameColumn, code, message });
  };
  for (const cells of metadata.rows) {
    do number += 1;
    while (metadata.badRows.length > 0 && bad.has(number));
    const said = cells[at] ?? '';
    const name = `${folder}${said.replace(/^\.\//, '')}`.normalize('NFC');
    const file = unused.get(name);
    if (said === '') refuse('missing_file', 'expected the name of a file, got nothing');
    else if (used.has(name))
      refuse('duplicate_file', `expected each file once, got "${excerpt(said)}" again`);
    else if (file === undefined)
      refuse('missing_file', `expected a file of the archive, got "${excerpt(said)}", which is not in it`);
    else {
      used.add(name);
      unused.delete(name);
      rows.push({ file, row: number, cells });
    }
  }
  for (const name of unused.keys()) {
    faults += 1;
    if (problems.length < 2 * maxListedProblems)
      problems.push({
        row: null,
        column: fileNameColumn,
        code: 'extra_file',
        message: `expected every file of the archive in ${metadataFile.name}, got "${excerpt(name)}", which is not`,
      });
  }
  return {
    names: metadata.names,
    rows,
    badRows: [...bad].toSorted((a, b) => a - b),
    problems,
    problemCount: metadata.badRows.length + faults,
  };
}

/** Throws UnusableFile. */
export async function layOut({ files }: Archive, o: ReaderOptions): Promise<ArchiveLayout> {
  const metadata = files.filter(isMetadata);
  const media = files.filter((file) => !isMetadata(file)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  if (media.length === 0)
    throw wholeFile('no_files', 'expected recordings or images in the archive, got none');
  if (metadata.length > 1)
    throw wholeFile(
      'several_metadata_files',
      `expected one metadata.csv or metadata.jsonl, got ${metadata.length}: ${metadata
        .slice(0, 3)
        .map(({ name }) => name)
        .join(', ')}`,
    );
  const [first] = metadata;
  return first === undefined ? byFolders(media) : byMetadata(first, media, o);
}

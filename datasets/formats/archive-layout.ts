/**
 * Which row each file of an archive belongs to, by the convention of audiofolder and imagefolder (Hugging Face Datasets): a table
 * `metadata.csv` or `metadata.jsonl` whose column `file_name` names the files (one in all, or one in each of several folders), or else one
 * folder for each label. Folders named train, validation and test become a column `split`.
 */
import type { ProblemCode } from '../../domain/datasets/problem-hints.ts';
import type { DatasetProblem } from '../../domain/datasets/dataset.ts';
import type { Archive, ArchiveFile } from './archive-entries.ts';
import { fileNameColumn, isMetadata, readMetadata, type Metadata } from './archive-metadata.ts';
import { checkNames } from './csv-header.ts';
import type { ReaderOptions } from './ingest.ts';
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

/** Each is read by itself, which takes some hundredths of a second. */
const mostTables = 1000;
const splits: Record<string, string> = {
  train: 'train',
  validation: 'validation',
  valid: 'validation',
  val: 'validation',
  test: 'test',
};

const folderOf = (name: string): string => name.slice(0, name.lastIndexOf('/') + 1);

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

/** What the folders of the tables say of their files, where each of them is called train, validation or test. */
function splitsOf(metadataFiles: readonly ArchiveFile[]): readonly string[] | null {
  const root = commonFolder(metadataFiles);
  const found = metadataFiles.map(({ name }) => splits[name.slice(root.length).split('/')[0]!.toLowerCase()]);
  return found.every((split) => split !== undefined) ? found : null;
}

/**
 * Several tables, each in a folder of its own, are the rows of one, one after the other; a column that one of them lacks is missing there.
 * Files are called by the archive's names then, which differ, and rows go on counting; a message says where in which table.
 */
async function byMetadata(
  metadataFiles: readonly ArchiveFile[],
  media: readonly ArchiveFile[],
  o: ReaderOptions,
): Promise<ArchiveLayout> {
  const several = metadataFiles.length > 1;
  const tables: Metadata[] = [];
  for (const file of metadataFiles) tables.push(await readMetadata(file, o));
  const columns = checkNames([...new Set(tables.flatMap((table) => table.names))]);
  const splitOf = several && !columns.includes('split') ? splitsOf(metadataFiles) : null;

  const unused = new Map(media.map((file) => [file.name, file]));
  const used = new Set<string>();
  const badRows: number[] = [];
  const problems: DatasetProblem[] = [];
  const rows: MediaRow[] = [];
  let before = 0;
  for (const [index, table] of tables.entries()) {
    const { name: tableName } = metadataFiles[index]!;
    const folder = folderOf(tableName);
    const add = ({ row, message, ...problem }: DatasetProblem): void => {
      problems.push(
        several && row !== null
          ? { ...problem, row: before + row, message: `${excerpt(tableName)}, row ${row}: ${message}` }
          : { ...problem, row, message },
      );
    };
    for (const problem of table.problems) add(problem);
    for (const row of table.badRows) badRows.push(before + row);

    const places = new Map(table.names.map((name, at) => [name, at]));
    const unreadable = new Set(table.badRows);
    let row = 0;
    for (const cells of table.rows) {
      do row += 1;
      while (unreadable.has(row));
      const said = cells[places.get(fileNameColumn)!] ?? '';
      const name = `${folder}${said.replace(/^\.\//, '')}`.normalize('NFC');
      const file = unused.get(name);
      const refuse = (code: ProblemCode, message: string): void => {
        badRows.push(before + row);
        add({ row, column: fileNameColumn, code, message });
      };
      if (said === '') refuse('missing_file', 'expected the name of a file, got nothing');
      else if (used.has(name))
        refuse('duplicate_file', `expected each file once, got "${excerpt(said)}" again`);
      else if (file === undefined)
        refuse('missing_file', `expected a file of the archive, got "${excerpt(said)}", which is not in it`);
      else {
        used.add(name);
        unused.delete(name);
        const found = columns.map((column) =>
          several && column === fileNameColumn ? name : (cells[places.get(column) ?? -1] ?? null),
        );
        rows.push({
          file,
          row: before + row,
          cells: splitOf === null ? found : [...found, splitOf[index]!],
        });
      }
    }
    before += table.rows.length + table.badRows.length;
  }
  for (const name of [...unused.keys()].slice(0, maxListedProblems))
    problems.push({
      row: null,
      column: fileNameColumn,
      code: 'extra_file',
      message: `expected every file of the archive in ${several ? 'a metadata file' : metadataFiles[0]!.name}, got "${excerpt(name)}", which is not`,
    });
  return {
    names: splitOf === null ? columns : [...columns, 'split'],
    rows,
    badRows: badRows.toSorted((a, b) => a - b),
    problems,
    problemCount: badRows.length + unused.size,
  };
}

/** Throws UnusableFile. */
export async function layOut({ files }: Archive, o: ReaderOptions): Promise<ArchiveLayout> {
  const byName = files.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const metadata = byName.filter(isMetadata);
  const media = byName.filter((file) => !isMetadata(file));
  if (media.length === 0)
    throw wholeFile('no_files', 'expected recordings or images in the archive, got none');
  if (metadata.length > mostTables)
    throw wholeFile(
      'several_metadata_files',
      `expected at most ${mostTables} metadata files, got ${metadata.length}; write one for all`,
    );
  const twice = metadata.find(({ name }, i) => i > 0 && folderOf(metadata[i - 1]!.name) === folderOf(name));
  if (twice !== undefined)
    throw wholeFile(
      'several_metadata_files',
      `expected one metadata.csv or metadata.jsonl in a folder, got both in "${excerpt(folderOf(twice.name))}"`,
    );
  return metadata.length === 0 ? byFolders(media) : byMetadata(metadata, media, o);
}

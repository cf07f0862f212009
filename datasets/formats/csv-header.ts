/** The header of a CSV file: one name per column, kept as it stands, each of them once. */
import type { DatasetProblem } from '../../domain/datasets/dataset.ts';
import { splitCells } from './csv-cells.ts';
import { UnusableFile, excerpt, wholeFile } from './unusable-file.ts';

const maxColumns = 4096;

/** Names of the columns; throws UnusableFile (row 0: the header). `row` is well formed: its quotes are in pairs. */
export function readCsvHeader(row: string): string[] {
  const names = splitCells(row);
  if (names.length === 1 && !row.startsWith('"') && /[;\t]/.test(row)) {
    const found = row.includes('\t') ? 'tabs' : 'semicolons';
    throw wholeFile('wrong_delimiter', `expected commas between the cells, got ${found}`);
  }
  if (names.length > maxColumns)
    throw wholeFile('too_many_columns', `expected at most ${maxColumns} columns, got ${names.length}`);
  const problems: DatasetProblem[] = [];
  const seen = new Map<string, number>();
  for (const [index, name] of names.entries()) {
    const number = index + 1;
    const first = seen.get(name);
    if (name.trim() === '')
      problems.push({
        row: 0,
        column: null,
        code: 'empty_column_name',
        message: `expected a name for column ${number}, got an empty cell in the header`,
      });
    else if (first !== undefined)
      problems.push({
        row: 0,
        column: name,
        code: 'duplicate_column',
        message: `expected each column name once, got "${excerpt(name)}" for columns ${first} and ${number}`,
      });
    else seen.set(name, number);
  }
  if (problems.length > 0) throw new UnusableFile(problems);
  return names;
}

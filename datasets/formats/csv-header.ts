/** The header of a table: one name per column, kept as it stands, each of them once. */
import type { DatasetProblem } from '../../domain/datasets/dataset.ts';
import { splitCells } from './csv-cells.ts';
import type { Dialect } from './dialect.ts';
import { UnusableFile, excerpt, wholeFile } from './unusable-file.ts';

export const maxColumns = 4096;
const maxNameLength = 1000;

/** Names of the columns; throws UnusableFile (row 0: the header). `row` is well formed: its quotes are in pairs. */
export const readCsvHeader = (row: string, dialect: Dialect): string[] =>
  checkNames(splitCells(row, dialect));

/** The names as they are; throws UnusableFile where they cannot be told apart. */
export function checkNames(names: string[]): string[] {
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
    else if (name.length > maxNameLength)
      problems.push({
        row: 0,
        column: excerpt(name),
        code: 'column_name_too_long',
        message: `expected names of at most ${maxNameLength} characters, got ${name.length} for column ${number}`,
      });
    else if (name.includes('\0'))
      problems.push({
        row: 0,
        column: name.replaceAll('\0', '\uFFFD'),
        code: 'nul_character',
        message: `expected names without NUL characters, got one for column ${number}`,
      });
    else if (!name.isWellFormed())
      problems.push({
        row: 0,
        column: name.toWellFormed(),
        code: 'invalid_utf8',
        message: `expected names of whole characters, got half of one for column ${number} (a surrogate without its other half)`,
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

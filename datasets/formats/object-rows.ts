/**
 * Objects, one a row → cells of text in a file that DuckDB reads. Columns stand in the order in which their fields first come; a
 * row without a field has nothing there. Values keep their kind: a column of strings is text, dates or timestamps, never numbers.
 */
import type { ProblemCode } from '../../domain/datasets/problem-hints.ts';
import { createWriteStream, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type { DatasetProblem } from '../../domain/datasets/dataset.ts';
import type { CellType } from '../profile/column-types.ts';
import { joinCells } from './csv-cells.ts';
import { checkNames, maxColumns } from './csv-header.ts';
import { maxRowBytes } from './csv-rows.ts';
import { UnusableFile, maxListedProblems, wholeFile } from './unusable-file.ts';

const rowTooLong = `expected rows of at most ${maxRowBytes} bytes, got a longer one`;

const bufferedCharacters = 1024 * 1024;

type Kind = 'string' | 'number' | 'boolean' | 'vector';

/** Types that a column may have when most of its values are of a kind. */
const typesOf: Record<Kind, readonly CellType[]> = {
  string: ['text', 'date', 'timestamp'],
  number: ['integer', 'number', 'text'],
  boolean: ['boolean', 'text'],
  vector: ['vector', 'text'],
};

interface Field {
  readonly index: number;
  readonly kinds: Record<Kind, number>;
}

interface Fault {
  readonly column: string | null;
  readonly code: ProblemCode;
  readonly message: string;
}

const isVector = (value: readonly unknown[]): value is readonly number[] =>
  value.length > 0 && value.every((item) => typeof item === 'number' && Number.isFinite(item));

/** What a value is called in messages. */
function named(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return value === null ? 'null' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** A list that is no vector: what in it is no number. */
function faultyList(list: readonly unknown[]): string {
  const place = list.findIndex((item) => typeof item !== 'number' || !Number.isFinite(item));
  if (place === -1) return 'an empty list';
  const item = list[place];
  return `${named(list)} with ${typeof item === 'number' ? 'a number that is too large' : named(item)} for number ${place + 1}`;
}

export class ObjectRows {
  rowCount = 0;
  /** Rows seen, good or bad. */
  rowNumber = 0;
  readonly badRows: number[] = [];
  readonly problems: DatasetProblem[] = [];
  private readonly fields = new Map<string, Field>();
  private readonly stream: WriteStream;
  private pending = '';

  constructor(path: string) {
    this.stream = createWriteStream(path);
    // Told by `end` and by `flush`.
    this.stream.on('error', () => undefined);
  }

  get columns(): { name: string; allowed: readonly CellType[] }[] {
    return [...this.fields].map(([name, { kinds }]) => {
      const ranked = (Object.keys(kinds) as Kind[]).toSorted((a, b) => kinds[b] - kinds[a]);
      return { name, allowed: typesOf[ranked[0]!] };
    });
  }

  /** A row that could not be read as JSON. */
  refuse(code: ProblemCode, message: string): void {
    this.rowNumber += 1;
    this.note({ column: null, code, message });
  }

  /** The next row alone is more than a row may be: where it ends is not looked for. */
  tooLong(): UnusableFile {
    return new UnusableFile(
      [
        ...this.problems.slice(0, maxListedProblems - 1),
        { row: this.rowNumber + 1, column: null, code: 'row_too_long', message: rowTooLong },
      ],
      this.badRows.length + 1,
    );
  }

  /** @param repeated - a key that the row has more than once */
  async add(row: unknown, repeated: string | null): Promise<void> {
    this.rowNumber += 1;
    const cells = this.cells(row, repeated);
    if (!Array.isArray(cells)) {
      this.note(cells);
      return;
    }
    const line = cells.map((cell) => (cell === '' ? '' : joinCells([cell]))).join(',');
    if (line.length > maxRowBytes) {
      this.note({
        column: null,
        code: 'row_too_long',
        message: rowTooLong,
      });
      return;
    }
    // A line with nothing on it would be passed over.
    this.pending += `${line === '' ? '""' : line}\n`;
    this.rowCount += 1;
    if (this.pending.length > bufferedCharacters) await this.flush();
  }

  /** Waits for the last byte. */
  async end(): Promise<void> {
    await this.flush();
    this.stream.end();
    await finished(this.stream);
    if (this.rowNumber === 0) throw wholeFile('no_rows', 'expected rows, got none');
    checkNames([...this.fields.keys()]);
  }

  destroy(): void {
    this.stream.destroy();
  }

  private async flush(): Promise<void> {
    const { pending } = this;
    this.pending = '';
    if (this.stream.errored !== null) throw this.stream.errored;
    if (pending !== '' && !this.stream.write(pending)) await once(this.stream, 'drain');
  }

  private note(fault: Fault): void {
    this.badRows.push(this.rowNumber);
    if (this.badRows.length > 1_000_000)
      throw wholeFile(
        'too_many_bad_rows',
        'expected at most 1000000 rows that are not well formed, got more',
      );
    if (this.problems.length < maxListedProblems) this.problems.push({ row: this.rowNumber, ...fault });
  }

  private cells(row: unknown, repeated: string | null): string[] | Fault {
    if (typeof row !== 'object' || row === null || Array.isArray(row))
      return {
        column: null,
        code: 'not_an_object',
        message: `expected an object with a field for each column, got ${named(row)}`,
      };
    const found: [string, string, Kind][] = [];
    for (const [name, value] of Object.entries(row)) {
      const cell = cellOf(value);
      if (cell === null) continue;
      if ('code' in cell) return { column: name, ...cell };
      found.push([name, cell.text, cell.kind]);
    }
    if (repeated !== null)
      return {
        column: repeated,
        code: 'duplicate_key',
        message: 'expected each field of a row once, got one more than once',
      };
    // Only now: a bad row makes no columns.
    const names = Object.keys(row);
    for (const name of names)
      if (!this.fields.has(name))
        this.fields.set(name, {
          index: this.fields.size,
          kinds: { string: 0, number: 0, boolean: 0, vector: 0 },
        });
    if (this.fields.size > maxColumns)
      throw wholeFile('too_many_columns', `expected at most ${maxColumns} columns, got ${this.fields.size}`);
    const cells = Array.from({ length: this.fields.size }, () => '');
    for (const [name, text, kind] of found) {
      const field = this.fields.get(name)!;
      field.kinds[kind] += 1;
      cells[field.index] = text;
    }
    return cells;
  }
}

/** null: there is nothing in it. */
function cellOf(
  value: unknown,
): { text: string; kind: Kind } | { code: ProblemCode; message: string } | null {
  switch (typeof value) {
    case 'string':
      if (value.includes('\0'))
        return { code: 'nul_character', message: 'expected text without NUL characters, got one' };
      if (!value.isWellFormed())
        return {
          code: 'invalid_utf8',
          message: 'expected whole characters, got half of one (a surrogate without its other half)',
        };
      return { text: value, kind: 'string' };
    case 'boolean':
      return { text: String(value), kind: 'boolean' };
    case 'number':
      if (!Number.isFinite(value))
        return { code: 'not_a_number', message: 'expected a finite number, got one that is too large' };
      if (Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e21)
        return {
          code: 'imprecise_number',
          message: `expected whole numbers of at most ${Number.MAX_SAFE_INTEGER}, got a larger one; write identifiers as strings`,
        };
      return { text: String(value), kind: 'number' };
    default:
      if (value === null || value === undefined) return null;
      if (Array.isArray(value) && isVector(value)) return { text: JSON.stringify(value), kind: 'vector' };
      return {
        code: Array.isArray(value) ? 'not_a_vector' : 'nested_object',
        message: `expected a number, a text, true or false, null, or a list of finite numbers, got ${Array.isArray(value) ? faultyList(value) : named(value)}; make a column of each value in it`,
      };
  }
}

/**
 * The structure of a delimited file (RFC 4180, UTF-8): one pass over its bytes finds every row that is not well formed and
 * writes the others, without the header and with \n line ends, to a file that a parser cannot misread.
 *
 * A quoted cell may hold delimiters, line ends and doubled quotes. A quote inside an unquoted cell stands for itself. Lines end with
 * \n, \r\n or \r. Lines with nothing on them are passed over and not counted.
 */
import type { ProblemCode } from '../../domain/datasets/problem-hints.ts';
import { isUtf8 } from 'node:buffer';
import { open, type FileHandle } from 'node:fs/promises';
import type { DatasetProblem } from '../../domain/datasets/dataset.ts';
import { joinCells, splitCells } from './csv-cells.ts';
import { readCsvHeader } from './csv-header.ts';
import type { Dialect } from './dialect.ts';
import { UnusableFile, maxListedProblems, wholeFile } from './unusable-file.ts';

/** Longest row; a quote that is never closed is found after this many bytes. */
export const maxRowBytes = 2 * 1024 * 1024;
/** A file with more bad rows than this is no file to skip bad rows of. */
const maxBadRows = 1_000_000;
const chunkBytes = 1024 * 1024;

const nul = 0;
const lineFeed = 10;
const carriageReturn = 13;
const backslash = 92;

export interface CsvRows {
  readonly names: readonly string[];
  /** Rows written. */
  readonly rowCount: number;
  /** Numbers of the rows left out, ascending; rows count from 1 after the header. */
  readonly badRows: readonly number[];
  /** The first 100 of them, said in words. */
  readonly problems: readonly DatasetProblem[];
}

interface RowFault {
  readonly code: ProblemCode;
  /** Index of the cell. */
  readonly cell: number;
  readonly message: string;
}

/** Where in a row the bytes stop being UTF-8. */
function decodingFault(row: Buffer, dialect: Dialect): RowFault {
  const delimiter = dialect.delimiter.charCodeAt(0);
  const quote = dialect.quote.charCodeAt(0);
  let cell = 0;
  let from = 0;
  let quoted = false;
  for (let i = 0; i <= row.length; i++) {
    if (row[i] === quote) quoted = !quoted;
    if (i === row.length || (row[i] === delimiter && !quoted)) {
      if (!isUtf8(row.subarray(from, i))) break;
      cell += 1;
      from = i + 1;
    }
  }
  return {
    code: 'invalid_utf8',
    cell,
    message:
      'expected text in UTF-8, got other bytes; say what it is in, for instance with Content-Type: text/csv; charset=iso-8859-1',
  };
}

/** Follows the quotes of a file given piece by piece. */
class RowScanner {
  names: readonly string[] | null = null;
  rowCount = 0;
  /** The last row that ended. */
  rowNumber = 0;
  readonly badRows: number[] = [];
  readonly problems: DatasetProblem[] = [];

  /** `buffer[rowStart … at)` is the part read of an unfinished row, `buffer[at … filled)` is not read yet. */
  readonly buffer = Buffer.allocUnsafe(maxRowBytes + 2 * chunkBytes);
  filled = 0;
  rowStart = 0;
  private at = 0;
  /** Every row that ends before this place is valid UTF-8. */
  private decodableTo = 0;
  /** Well-formed rows, to be written. */
  output = Buffer.allocUnsafe(2 * chunkBytes);
  outputLength = 0;

  private cell = 0;
  private cellState: 'start' | 'plain' | 'quoted' | 'closed' = 'start';
  private fault: RowFault | null = null;
  /** There is a quote inside an unquoted cell, which parsers read in different ways. */
  private looseQuote = false;
  private afterCarriageReturn = false;
  private afterBackslash = false;

  private readonly dialect: Dialect;

  constructor(dialect: Dialect) {
    this.dialect = dialect;
  }

  /** Moves the unfinished row to the start of the buffer. */
  makeRoom(): void {
    this.buffer.copyWithin(0, this.rowStart, this.filled);
    this.filled -= this.rowStart;
    this.at -= this.rowStart;
    this.rowStart = 0;
  }

  skip(bytes: number): void {
    this.at = this.rowStart = bytes;
  }

  /** Reads all that the buffer holds; whole rows go to `output`. */
  scan(): void {
    this.outputLength = 0;
    const { buffer, filled } = this;
    const delimiter = this.dialect.delimiter.charCodeAt(0);
    const quote = this.dialect.quote.charCodeAt(0);
    const escapes = this.dialect.escape === 'backslash';
    const lastEnd = buffer.lastIndexOf(lineFeed, filled - 1);
    const decodable = lastEnd >= this.rowStart && isUtf8(buffer.subarray(this.rowStart, lastEnd + 1));
    this.decodableTo = decodable ? lastEnd : 0;
    let state = this.cellState;
    for (let at = this.at; at < filled; at++) {
      const byte = buffer[at];
      if (this.afterCarriageReturn) {
        this.afterCarriageReturn = false;
        if (byte === lineFeed) {
          this.rowStart = at + 1;
          continue;
        }
      }
      if (state === 'quoted') {
        if (this.afterBackslash) this.afterBackslash = false;
        else if (byte === quote) state = 'closed';
        else if (escapes && byte === backslash) this.afterBackslash = true;
      } else if (byte === delimiter) {
        this.cell += 1;
        state = 'start';
      } else if (byte === lineFeed || byte === carriageReturn) {
        this.endRow(at);
        state = 'start';
        this.afterCarriageReturn = byte === carriageReturn;
      } else if (byte === quote) {
        if (state === 'plain') this.looseQuote = true;
        else if (state === 'closed' && escapes) this.misplacedQuote();
        else state = 'quoted';
      } else {
        if (state === 'closed') this.misplacedQuote();
        state = 'plain';
      }
    }
    this.at = filled;
    this.cellState = state;
    if (filled - this.rowStart > maxRowBytes) {
      this.checkQuotes();
      throw this.unusable({
        row: this.nextRow(),
        column: null,
        code: 'row_too_long',
        message: `expected rows of at most ${maxRowBytes} bytes, got a longer one`,
      });
    }
  }

  /** The end of the file ends the last row. */
  end(): void {
    this.outputLength = 0;
    this.checkQuotes();
    this.decodableTo = 0;
    this.endRow(this.filled);
  }

  private misplacedQuote(): void {
    this.fault ??= {
      code: 'misplaced_quote',
      cell: this.cell,
      message: 'expected a delimiter or the end of the line after the closing quote, got more text',
    };
  }

  private nextRow(): number {
    return this.names === null ? 0 : this.rowNumber + 1;
  }

  private checkQuotes(): void {
    if (this.cellState !== 'quoted') return;
    throw this.unusable({
      row: this.nextRow(),
      column: this.names?.[this.cell] ?? null,
      code: 'unterminated_quote',
      message: 'expected a closing quote for the cell that starts here, got none',
    });
  }

  private unusable(last: DatasetProblem): UnusableFile {
    const earlier = this.problems.slice(0, maxListedProblems - 1);
    return new UnusableFile([...earlier, last], this.badRows.length + 1);
  }

  private endRow(end: number): void {
    const { names, rowStart, fault, looseQuote } = this;
    const cells = this.cell + 1;
    this.fault = null;
    this.looseQuote = false;
    this.cell = 0;
    this.rowStart = end + 1;
    if (end === rowStart) return;
    const row = this.buffer.subarray(rowStart, end);
    const decodable = end <= this.decodableTo || isUtf8(row);
    if (names === null) {
      this.endHeader(row, decodable ? fault : decodingFault(row, this.dialect));
      return;
    }
    this.rowNumber += 1;
    if (!decodable) {
      this.refuse(decodingFault(row, this.dialect));
    } else if (fault !== null) {
      this.refuse(fault);
    } else if (cells !== names.length) {
      const code = cells > names.length ? 'too_many_fields' : 'too_few_fields';
      const message = `expected ${names.length} cells as in the header, got ${cells}`;
      this.refuse({ code, cell: cells, message });
    } else {
      const { dialect } = this;
      this.keep(
        looseQuote ? Buffer.from(joinCells(splitCells(row.toString('utf8'), dialect), dialect)) : row,
      );
      this.rowCount += 1;
    }
  }

  private keep(row: Buffer): void {
    const length = this.outputLength + row.length + 1;
    if (length > this.output.length) {
      const larger = Buffer.allocUnsafe(2 * length);
      this.output.copy(larger, 0, 0, this.outputLength);
      this.output = larger;
    }
    row.copy(this.output, this.outputLength);
    this.output[length - 1] = lineFeed;
    this.outputLength = length;
  }

  private endHeader(row: Buffer, fault: RowFault | null): void {
    if (fault !== null)
      throw this.unusable({
        row: 0,
        column: null,
        code: fault.code,
        message: `in the header: ${fault.message}`,
      });
    this.names = readCsvHeader(row.toString('utf8'), this.dialect);
  }

  private refuse(fault: RowFault): void {
    if (this.badRows.length === maxBadRows)
      throw this.unusable({
        row: this.rowNumber,
        column: null,
        code: 'too_many_bad_rows',
        message: `expected at most ${maxBadRows} rows that are not well formed, got more`,
      });
    this.badRows.push(this.rowNumber);
    if (this.problems.length < maxListedProblems)
      this.problems.push({
        row: this.rowNumber,
        column: this.names?.[fault.cell] ?? null,
        code: fault.code,
        message: fault.message,
      });
  }
}

async function write(target: FileHandle, scanner: RowScanner): Promise<void> {
  let done = 0;
  while (done < scanner.outputLength)
    done += (await target.write(scanner.output, done, scanner.outputLength - done)).bytesWritten;
}

async function scanFile(
  source: FileHandle,
  target: FileHandle,
  dialect: Dialect,
  signal: AbortSignal | undefined,
): Promise<CsvRows> {
  const scanner = new RowScanner(dialect);
  let fileBytes = 0;
  for (;;) {
    signal?.throwIfAborted();
    scanner.makeRoom();
    const { buffer, filled } = scanner;
    const { bytesRead } = await source.read(buffer, filled, Math.min(chunkBytes, buffer.length - filled));
    if (bytesRead === 0) break;
    const piece = buffer.subarray(filled, filled + bytesRead);
    if (fileBytes === 0 && piece[0] === 0xef && piece[1] === 0xbb && piece[2] === 0xbf) scanner.skip(3);
    const zero = piece.indexOf(nul);
    if (zero !== -1)
      throw wholeFile('binary_file', `expected text, got a binary file (a zero at byte ${fileBytes + zero})`);
    fileBytes += bytesRead;
    scanner.filled += bytesRead;
    scanner.scan();
    await write(target, scanner);
  }
  if (fileBytes === 0) throw wholeFile('empty_file', 'expected a header and rows, got an empty file');
  scanner.end();
  await write(target, scanner);
  const { names, rowCount, rowNumber, badRows, problems } = scanner;
  if (names === null) throw wholeFile('empty_file', 'expected a header and rows, got only blank lines');
  if (rowNumber === 0) throw wholeFile('no_rows', 'expected rows after the header, got none');
  return { names, rowCount, badRows, problems };
}

/** Reads `sourcePath` and writes its well-formed rows to `rowsPath`; throws UnusableFile. */
export async function readCsvRows(o: {
  sourcePath: string;
  rowsPath: string;
  dialect: Dialect;
  signal?: AbortSignal;
}): Promise<CsvRows> {
  const source = await open(o.sourcePath, 'r');
  try {
    const target = await open(o.rowsPath, 'w');
    try {
      return await scanFile(source, target, o.dialect, o.signal);
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

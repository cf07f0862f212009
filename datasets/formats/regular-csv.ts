/**
 * Whether a delimited file is regular, by one look at its bytes: a header of one line, rows that all have as many cells, quotes only
 * around whole cells, line ends of one kind, no zeros. DuckDB reads such a file as it stands, just as csv-rows.ts would. A file
 * that is not regular need not be bad: it is left to csv-rows.ts, which knows what is wrong with which row.
 */
import { isUtf8 } from 'node:buffer';
import { open, type FileHandle } from 'node:fs/promises';
import { readCsvHeader } from './csv-header.ts';
import { maxRowBytes } from './csv-rows.ts';
import type { Dialect } from './dialect.ts';
import { UnusableFile } from './unusable-file.ts';

const chunkBytes = 1024 * 1024;

const ordinary = 0;
const delimiter = 1;
const quote = 2;
const lineFeed = 3;
const carriageReturn = 4;
/** Of bytes, by their value. */
type Kinds = Uint8Array;

export interface CsvOpening {
  readonly names: readonly string[];
  readonly lineEnd: '\n' | '\r\n';
  /** Byte at which the first row starts. */
  readonly bytes: number;
}

interface Shape {
  readonly kinds: Kinds;
  readonly quoteByte: number;
  readonly width: number;
  /** Lines end with \r\n. */
  readonly pairs: boolean;
}

function shapeOf(dialect: Dialect, { names, lineEnd }: Omit<CsvOpening, 'bytes'>): Shape {
  const quoteByte = dialect.quote.charCodeAt(0);
  const kinds = new Uint8Array(256);
  kinds[10] = lineFeed;
  kinds[13] = carriageReturn;
  kinds[dialect.delimiter.charCodeAt(0)] = delimiter;
  kinds[quoteByte] = quote;
  return { kinds, quoteByte, width: names.length, pairs: lineEnd === '\r\n' };
}

interface Rows {
  readonly rows: number;
  /** Where the row starts that had not ended. */
  readonly next: number;
}

/** Rows of `width` cells in `bytes`; null where one is not regular. */
function regularRows(bytes: Buffer, { kinds, quoteByte, width, pairs }: Shape): Rows | null {
  const { length } = bytes;
  let rows = 0;
  let rowStart = 0;
  let cellStart = 0;
  let cells = 1;
  for (let at = 0; at < length; at++) {
    const kind = kinds[bytes[at]!];
    if (kind === ordinary) continue;
    if (kind === delimiter) {
      cells += 1;
      cellStart = at + 1;
    } else if (kind === quote) {
      if (at !== cellStart) return null;
      let end = bytes.indexOf(quoteByte, at + 1);
      while (end !== -1 && bytes[end + 1] === quoteByte) end = bytes.indexOf(quoteByte, end + 2);
      if (end === -1 || end + 1 === length) break;
      if (kinds[bytes[end + 1]!] === ordinary) return null;
      at = end;
    } else {
      if ((kind === carriageReturn) !== pairs) return null;
      const end = at;
      if (pairs) {
        at += 1;
        if (at === length) break;
        if (kinds[bytes[at]!] !== lineFeed) return null;
      }
      // Blank lines are passed over by both, except where they could be an empty cell.
      if (end === rowStart ? width === 1 : cells !== width || end - rowStart > maxRowBytes) return null;
      if (end > rowStart) rows += 1;
      rowStart = cellStart = at + 1;
      cells = 1;
    }
  }
  return { rows, next: rowStart };
}

/**
 * The same where no byte is a quote or a carriage return, by a look at line ends alone: of the cells of a row DuckDB itself sees all
 * that are too few or too many, but for an empty one too many at its end.
 */
function plainRows(bytes: Buffer, shape: Shape): Rows | null {
  let rows = 0;
  let rowStart = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, rowStart)) {
    if (at === rowStart) {
      if (shape.width === 1) return null;
    } else if (shape.kinds[bytes[at - 1]!] === delimiter) {
      if (regularRows(bytes.subarray(rowStart, at + 1), shape) === null) return null;
      rows += 1;
    } else {
      if (at - rowStart > maxRowBytes) return null;
      rows += 1;
    }
    rowStart = at + 1;
  }
  return { rows, next: rowStart };
}

/** Names of the columns and how lines end; null where the header is not regular, or bad. */
export async function openRegularCsv(path: string, dialect: Dialect): Promise<CsvOpening | null> {
  if (dialect.escape === 'backslash') return null;
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(chunkBytes), 0, chunkBytes, 0);
    const head = buffer.subarray(0, bytesRead);
    const start = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0;
    const feed = head.indexOf(10);
    if (feed <= start) return null;
    const lineEnd = head[feed - 1] === 13 ? '\r\n' : '\n';
    const line = head.subarray(start, feed + 1);
    if (!isUtf8(line) || line.includes(0)) return null;
    const text = line.toString('utf8', 0, line.length - lineEnd.length);
    const names = text === '' ? [] : readCsvHeader(text, dialect);
    const rows = regularRows(line, shapeOf(dialect, { names, lineEnd }));
    return rows?.rows === 1 ? { names, lineEnd, bytes: feed + 1 } : null;
  } catch (error) {
    if (error instanceof UnusableFile) return null;
    throw error;
  } finally {
    await file.close();
  }
}

async function countRows(
  file: FileHandle,
  opening: CsvOpening,
  dialect: Dialect,
  signal: AbortSignal,
): Promise<number | null> {
  const shape = shapeOf(dialect, opening);
  const buffer = Buffer.allocUnsafe(maxRowBytes + 2 * chunkBytes);
  let rows = 0;
  let filled = 0;
  for (let place = opening.bytes; ;) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(
      buffer,
      filled,
      Math.min(chunkBytes, buffer.length - filled),
      place,
    );
    if (bytesRead === 0) break;
    if (buffer.subarray(filled, filled + bytesRead).includes(0)) return null;
    place += bytesRead;
    filled += bytesRead;
    const piece = buffer.subarray(0, filled);
    const isPlain = !shape.pairs && !piece.includes(shape.quoteByte) && !piece.includes(13);
    const found = (isPlain ? plainRows : regularRows)(piece, shape);
    if (found === null || filled - found.next > maxRowBytes) return null;
    rows += found.rows;
    buffer.copyWithin(0, found.next, filled);
    filled -= found.next;
  }
  if (filled === 0) return rows;
  // The end of the file ends the last row.
  const last = regularRows(Buffer.concat([buffer.subarray(0, filled), Buffer.from(opening.lineEnd)]), shape);
  return last === null || last.next < filled ? null : rows + last.rows;
}

/** How many rows follow the header; null where one of them is not regular. */
export async function countRegularRows(
  path: string,
  opening: CsvOpening,
  dialect: Dialect,
  signal: AbortSignal,
): Promise<number | null> {
  const file = await open(path, 'r');
  try {
    return await countRows(file, opening, dialect, signal);
  } finally {
    await file.close();
  }
}

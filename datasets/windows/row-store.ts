/**
 * Rows of numbers, written once and then read in pieces, in a bounded amount of memory: what is larger lies in a file, of which the pages used last are
 * kept. So windows can be cut from a dataset that is larger than memory.
 */
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { endianness } from 'node:os';
import type { Values } from '../features/scaler.ts';

export interface RowStore {
  readonly rows: number;
  /** Numbers of a row. */
  readonly width: number;
  /** Copies rows [from, to) to the start of `into`, row after row. */
  read(from: number, to: number, into: Float64Array): void;
  /** The numbers at one place of each row. */
  column(index: number): Values;
  /** Bytes of memory that rows take now. */
  readonly bytesHeld: () => number;
  /** Gives memory and file back. */
  release(): void;
}

export interface RowWriter {
  /** Takes the next row, [width]. */
  write(row: ArrayLike<number>): void;
  /** After the last row. */
  finish(): RowStore;
}

const bytesPerNumber = Float64Array.BYTES_PER_ELEMENT;
const pageBytes = 16_384;

interface Size {
  readonly rows: number;
  readonly width: number;
}

/** @param o - path: of the file, which is made only if the rows take more than maxBytes */
export function rowWriter(o: Size & { readonly path: string; readonly maxBytes: number }): RowWriter {
  return o.rows * o.width * bytesPerNumber <= o.maxBytes ? memoryWriter(o) : fileWriter(o);
}

function memoryWriter({ rows, width }: Size): RowWriter {
  const data = new Float64Array(rows * width);
  let written = 0;
  return {
    write(row) {
      data.set(row, written * width);
      written += 1;
    },
    finish: () => ({
      ...checked({ rows, width }, written),
      read(from, to, into) {
        into.set(data.subarray(from * width, to * width));
      },
      column: (index) => ({ length: rows, at: (row) => data[row * width + index] }),
      bytesHeld: () => data.byteLength,
      release: () => undefined,
    }),
  };
}

function checked(size: Size, written: number): Size {
  if (written !== size.rows) throw new Error(`internal: expected ${size.rows} rows, got ${written}`);
  return size;
}

function fileWriter({ rows, width, path, maxBytes }: Size & { path: string; maxBytes: number }): RowWriter {
  if (endianness() !== 'LE') throw new Error('internal: row stores are little-endian');
  const file = openSync(path, 'w+');
  const pageRows = Math.max(1, Math.floor(pageBytes / (width * bytesPerNumber)));
  const page = new Float64Array(pageRows * width);
  let written = 0;
  const flush = (count: number): void => {
    const bytes = new Uint8Array(page.buffer, 0, count * width * bytesPerNumber);
    for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
  };
  return {
    write(row) {
      page.set(row, (written % pageRows) * width);
      written += 1;
      if (written % pageRows === 0) flush(pageRows);
    },
    finish: () => {
      if (written % pageRows > 0) flush(written % pageRows);
      return pagedStore({ ...checked({ rows, width }, written), file, path, pageRows, maxBytes });
    },
  };
}

function pagedStore(o: Size & { file: number; path: string; pageRows: number; maxBytes: number }): RowStore {
  const { rows, width, file, path, pageRows } = o;
  const bytesOfPage = pageRows * width * bytesPerNumber;
  const mostPages = Math.max(1, Math.floor(o.maxBytes / bytesOfPage));
  /** The page used last stands at the end. */
  const pages = new Map<number, Float64Array<ArrayBuffer>>();
  let latest = -1;
  let latestPage = new Float64Array(0);

  function pageOf(number: number): Float64Array<ArrayBuffer> {
    if (number === latest) return latestPage;
    let page = pages.get(number);
    if (page) pages.delete(number);
    else {
      if (pages.size >= mostPages) {
        const [oldest, freed] = pages.entries().next().value!;
        pages.delete(oldest);
        page = freed;
      } else page = new Float64Array(pageRows * width);
      readPage(number, page);
    }
    pages.set(number, page);
    latest = number;
    latestPage = page;
    return page;
  }

  function readPage(number: number, page: Float64Array<ArrayBuffer>): void {
    const wanted = Math.min(pageRows, rows - number * pageRows) * width * bytesPerNumber;
    const bytes = new Uint8Array(page.buffer, 0, wanted);
    for (let done = 0; done < wanted;) {
      const got = readSync(file, bytes, done, wanted - done, number * bytesOfPage + done);
      if (got === 0) throw new Error(`internal: the file of rows ends early, at page ${number}`);
      done += got;
    }
  }

  return {
    rows,
    width,
    read(from, to, into) {
      for (let row = from; row < to;) {
        const number = Math.floor(row / pageRows);
        const first = row - number * pageRows;
        const count = Math.min(pageRows - first, to - row);
        into.set(pageOf(number).subarray(first * width, (first + count) * width), (row - from) * width);
        row += count;
      }
    },
    column: (index) => ({
      length: rows,
      at(row) {
        const number = Math.floor(row / pageRows);
        return pageOf(number)[(row - number * pageRows) * width + index];
      },
    }),
    bytesHeld: () => pages.size * bytesOfPage,
    release() {
      pages.clear();
      closeSync(file);
      rmSync(path, { force: true });
    },
  };
}

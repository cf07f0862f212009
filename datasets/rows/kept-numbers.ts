/**
 * Rows of numbers or ids, each of any length, written once and then read in any order in a bounded amount of memory: what takes more lies in a file, from which a
 * row is read when it is wanted. So a network learns from more than memory holds.
 */
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';

/** Where rows are kept: in memory up to maxBytes, beyond that in a file. */
export interface Keeping {
  readonly path: string;
  readonly maxBytes: number;
}

/** For what is kept beside other rows, and takes less: a file of its own, and a quarter of the memory. */
export const keepingBeside = (keeping: Keeping | undefined, name: string): Keeping | undefined =>
  keeping && { path: `${keeping.path}-${name}`, maxBytes: keeping.maxBytes / 4 };

export interface KeptNumbers {
  /** Rows. */
  readonly count: number;
  /** Numbers of a row. */
  readonly lengthOf: (row: number) => number;
  readonly read: (row: number) => Views;
  /** Bytes of memory that rows take now. */
  readonly bytesHeld: () => number;
  /** Gives memory and file back. */
  readonly release: () => void;
}

/** The same 4 bytes each, as numbers and as ids. */
export interface Views {
  readonly values: Float32Array<ArrayBuffer>;
  readonly ids: Uint32Array<ArrayBuffer>;
}

export interface KeptNumbersWriter {
  /** Room for the numbers, or ids, of the next row. They have to be there before the next one is asked for. */
  next(size: number): Views;
  /** After the last row. */
  finish(): KeptNumbers;
}

/** Numbers and ids take 4 bytes each. */
const bytesPerNumber = 4;
/** Rows that are written to the file together. */
const blockNumbers = 1 << 18;

const viewsOf = (values: Float32Array<ArrayBuffer>): Views => ({
  values,
  ids: new Uint32Array(values.buffer, values.byteOffset, values.length),
});

/** Numbers one behind the other, which are read by their place. */
interface Numbers extends Pick<KeptNumbers, 'bytesHeld' | 'release'> {
  read(first: number, count: number): Float32Array<ArrayBuffer>;
}

/**
 * A row lies whole in one block; blocks are closed when the next row does not fit.
 * @param keeping - in memory alone if absent
 */
export function numbersWriter(keeping?: Keeping): KeptNumbersWriter {
  /** Where each row begins, and the last one ends. */
  const starts: number[] = [0];
  const blocks: Float32Array<ArrayBuffer>[] = [];
  let block = new Float32Array(blockNumbers);
  let used = 0;
  let bytes = 0;
  let file: number | null = null;

  function close(): void {
    if (used === 0) return;
    const full = block.subarray(0, used);
    if (file !== null) append(file, full);
    else {
      blocks.push(full);
      bytes += full.byteLength;
      if (keeping && bytes > keeping.maxBytes) {
        file = openSync(keeping.path, 'w+');
        for (const one of blocks) append(file, one);
        blocks.length = 0;
      }
    }
    used = 0;
  }

  return {
    next(size) {
      if (used + size > block.length) {
        close();
        if (file === null || size > block.length) block = new Float32Array(Math.max(blockNumbers, size));
      }
      const values = block.subarray(used, used + size);
      used += size;
      starts.push(starts.at(-1)! + size);
      return viewsOf(values);
    },
    finish() {
      close();
      const kept = file === null ? inMemory(blocks) : inFile(file, keeping!.path);
      const lengthOf = (row: number): number => starts[row + 1]! - starts[row]!;
      return {
        count: starts.length - 1,
        lengthOf,
        read: (row) => viewsOf(kept.read(starts[row]!, lengthOf(row))),
        bytesHeld: () => kept.bytesHeld(),
        release: () => {
          kept.release();
        },
      };
    },
  };
}

function append(file: number, numbers: Float32Array): void {
  const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
}

function inMemory(blocks: Float32Array<ArrayBuffer>[]): Numbers {
  const firsts: number[] = [];
  let total = 0;
  for (const { length } of blocks) {
    firsts.push(total);
    total += length;
  }
  return {
    read(first, count) {
      if (count === 0) return new Float32Array(0);
      // the last block that begins here or before
      let [low, high] = [0, firsts.length];
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (firsts[middle]! <= first) low = middle;
        else high = middle;
      }
      return blocks[low]!.subarray(first - firsts[low]!, first - firsts[low]! + count);
    },
    bytesHeld: () => total * bytesPerNumber,
    release: () => {
      blocks.length = 0;
    },
  };
}

function inFile(file: number, path: string): Numbers {
  return {
    read(first, count) {
      const numbers = new Float32Array(count);
      const bytes = new Uint8Array(numbers.buffer);
      for (let done = 0; done < bytes.length;) {
        const got = readSync(file, bytes, done, bytes.length - done, first * bytesPerNumber + done);
        if (got === 0) throw new Error('internal: the file of rows ends early');
        done += got;
      }
      return numbers;
    },
    bytesHeld: () => 0,
    release() {
      closeSync(file);
      rmSync(path, { force: true });
    },
  };
}

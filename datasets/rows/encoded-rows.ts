/**
 * Encoded rows, of whatever length, written once and then read in any order in a bounded amount of memory: what takes more lies in a file, from which a row is read when it is
 * wanted. So a network learns from more recordings, images and texts than memory holds.
 */
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import type { RowInputs } from '../../engine/spec/row-inputs.ts';
import type { EncodedRow } from '../features/row.ts';

/** Where rows are kept: in memory up to maxBytes, beyond that in a file. */
export interface Keeping {
  readonly path: string;
  readonly maxBytes: number;
}

export interface EncodedRows {
  readonly count: number;
  /** Of each row. */
  readonly steps: Uint32Array;
  readonly read: (row: number) => EncodedRow;
  /** Bytes of memory that rows take now. */
  readonly bytesHeld: () => number;
  /** Gives memory and file back. */
  readonly release: () => void;
}

export interface EncodedRowsWriter {
  write(row: EncodedRow): void;
  /** After the last row. */
  finish(): EncodedRows;
}

/** Numbers and ids take 4 bytes each. */
const bytesPerNumber = 4;
/** Rows that are written to the file together. */
const blockNumbers = 1 << 18;

/** Numbers one behind the other, which are read by their place: a row's sequence, its numbers, its ids. */
interface Numbers {
  read(first: number, count: number): Float32Array<ArrayBuffer>;
  bytesHeld(): number;
  release(): void;
}

/**
 * @param o - count: how many rows will be written; inputs: what they have; keeping: in memory alone if absent
 */
export function encodedRowsWriter(o: {
  readonly count: number;
  readonly inputs: RowInputs;
  readonly keeping?: Keeping | undefined;
}): EncodedRowsWriter {
  const { count, inputs } = o;
  const steps = new Uint32Array(count);
  /** Where each row begins, and the last one ends. */
  const starts = new Float64Array(count + 1);
  const numbers = numbersWriter(o.keeping);
  let written = 0;
  return {
    write(row) {
      if (written === count) throw new Error(`internal: expected ${count} rows, got more`);
      const sequence = row.sequence ?? [];
      const size = sequence.length + row.numbers.length + row.categories.length;
      const { values, ids } = numbers.next(size);
      (inputs.sequence?.kind === 'tokens' ? ids : values).set(sequence);
      values.set(row.numbers, sequence.length);
      ids.set(row.categories, size - row.categories.length);
      steps[written] = row.steps;
      written += 1;
      starts[written] = starts[written - 1]! + size;
    },
    finish() {
      if (written !== count) throw new Error(`internal: expected ${count} rows, got ${written}`);
      const kept = numbers.finish();
      return {
        count,
        steps,
        read: (row) => rowOf(inputs, steps[row]!, kept.read(starts[row]!, starts[row + 1]! - starts[row]!)),
        bytesHeld: () => kept.bytesHeld(),
        release: () => {
          kept.release();
        },
      };
    },
  };
}

function rowOf({ sequence, numbers, categories }: RowInputs, steps: number, own: Float32Array): EncodedRow {
  const ids = new Uint32Array(own.buffer, own.byteOffset, own.length);
  const [firstId, firstNumber] = [
    own.length - categories.length,
    own.length - categories.length - numbers.mean.length,
  ];
  return {
    sequence: sequence && (sequence.kind === 'tokens' ? ids : own).subarray(0, firstNumber),
    steps,
    numbers: own.subarray(firstNumber, firstId),
    categories: ids.subarray(firstId),
  };
}

interface Views {
  readonly values: Float32Array;
  readonly ids: Uint32Array;
}

interface NumbersWriter {
  /** Room for so many numbers, or ids, behind those before. */
  next(size: number): Views;
  finish(): Numbers;
}

/** A row lies whole in one block; blocks are closed when the next row does not fit. */
function numbersWriter(keeping: Keeping | undefined): NumbersWriter {
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
      return { values, ids: new Uint32Array(values.buffer, values.byteOffset, size) };
    },
    finish() {
      close();
      return file === null ? inMemory(blocks) : inFile(file, keeping!.path);
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
        if (got === 0) throw new Error('internal: the file of encoded rows ends early');
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

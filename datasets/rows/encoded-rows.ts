/**
 * Encoded rows, of whatever length, written once and then read in any order: recordings, images and texts, of which there may be more than memory holds.
 */
import type { RowInputs } from '../../engine/spec/row-inputs.ts';
import type { EncodedRow } from '../features/row.ts';
import { numbersWriter, type Keeping, type KeptNumbers, type Views } from './kept-numbers.ts';

export interface EncodedRows extends Pick<KeptNumbers, 'count' | 'bytesHeld' | 'release'> {
  /** Of each row. */
  readonly steps: Uint32Array;
  readonly read: (row: number) => EncodedRow;
}

export interface EncodedRowsWriter {
  write(row: EncodedRow): void;
  /** After the last row. */
  finish(): EncodedRows;
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
    },
    finish() {
      if (written !== count) throw new Error(`internal: expected ${count} rows, got ${written}`);
      const kept = numbers.finish();
      return { ...kept, steps, read: (row) => rowOf(inputs, steps[row]!, kept.read(row)) };
    },
  };
}

function rowOf(
  { sequence, numbers, categories }: RowInputs,
  steps: number,
  { values, ids }: Views,
): EncodedRow {
  const [firstId, firstNumber] = [
    ids.length - categories.length,
    ids.length - categories.length - numbers.mean.length,
  ];
  return {
    sequence: sequence && (sequence.kind === 'tokens' ? ids : values).subarray(0, firstNumber),
    steps,
    numbers: values.subarray(firstNumber, firstId),
    categories: ids.subarray(firstId),
  };
}

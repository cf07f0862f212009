/** Encoded rows with their targets, copied into the buffers of the training loop. */
import { rowSizes, type NumberScaling, type RowInputs } from '../../engine/spec/row-inputs.ts';
import type { WindowSource } from '../../engine/training/window-source.ts';
import type { EncodedRow } from '../features/row.ts';
import { scaledNumber } from '../features/scaler.ts';
import type { EncodedRows } from './encoded-rows.ts';

export interface TargetRows {
  /** [rows,O] of all rows of the table. */
  readonly values: Float32Array;
  readonly size: number;
  /** How much each row counts in training; null: all the same. */
  readonly weights: Float32Array | null;
  /** The class of each row, of which epochs are to have as many of one as of another. */
  readonly balance?: Uint32Array;
}

/** Of rows that are read alone: what is to be written for them comes from elsewhere. */
export const noTargets: TargetRows = { values: new Float32Array(0), size: 0, weights: null };

export function rowSource(o: {
  readonly inputs: RowInputs;
  /** Of all rows of the table. */
  readonly rows: Pick<EncodedRows, 'steps' | 'read'>;
  readonly targets: TargetRows;
  /** The rows of this part. */
  readonly own: Uint32Array;
}): WindowSource {
  const { rows, targets, own } = o;
  const { sequence } = o.inputs;
  const { inputSize: I } = rowSizes(o.inputs);
  const lengths = Uint32Array.from(own, (row) => rows.steps[row]!);
  const write = stepWriter(o.inputs);
  return {
    count: own.length,
    steps: lengths.reduce((most, length) => Math.max(most, length), 0),
    ...(sequence?.padded === true && { lengths }),
    inputSize: I,
    targetSteps: 1,
    outputSize: targets.size,
    ...(targets.weights && { weightsPerOutput: 1 }),
    ...(targets.balance && { balance: Uint32Array.from(own, (row) => targets.balance![row]!) }),
    read(windows, x, y, weights) {
      const N = windows.length;
      x.fill(0);
      windows.forEach((window, n) => {
        const row = own[window]!;
        const encoded = rows.read(row);
        for (let t = 0; t < encoded.steps; t++) write(encoded, t, x, (t * N + n) * I);
        const first = row * targets.size;
        y.set(targets.values.subarray(first, first + targets.size), n * targets.size);
        if (targets.weights && weights) weights[n] = targets.weights[row]!;
      });
    },
  };
}

/** Writes one step [I] as engine/spec/row-inputs has it, scaled. */
function stepWriter({ sequence, numbers, categories }: RowInputs) {
  const ofSteps: NumberScaling = sequence?.kind === 'numbers' ? sequence.scaling : { mean: [], std: [] };
  const W = ofSteps.mean.length;
  return (
    { sequence: values, numbers: own, categories: ids }: EncodedRow,
    t: number,
    x: Float32Array,
    at: number,
  ) => {
    let to = at;
    for (let w = 0; w < W; w++) x[to++] = scaledNumber(ofSteps, w, values![t * W + w]!);
    for (let i = 0; i < own.length; i++) x[to++] = scaledNumber(numbers, i, own[i]!);
    categories.forEach((category, index) => {
      if (category.kind !== 'one_hot') return;
      x[to + ids[index]!] = 1;
      to += category.categories;
    });
    if (sequence?.kind === 'tokens') x[to++] = values![t]!;
    categories.forEach(({ kind }, index) => {
      if (kind === 'embedding') x[to++] = ids[index]!;
    });
  };
}

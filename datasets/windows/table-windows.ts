/** Windows of a scaled table in memory, copied into the buffers of the training loop. */
import type { WindowSource } from '../../engine/training/window-source.ts';

export interface ScaledTable {
  /** [rows, I] */
  readonly inputs: Float32Array;
  readonly inputSize: number;
  /** [rows, K], K target columns */
  readonly targets: Float32Array;
  readonly targetSize: number;
  /** [rows]: how much each row counts as a target; all the same if absent. */
  readonly weights?: Float32Array;
}

/** `starts`: the row at which each window starts. With S target steps, the last S of the T input steps have a target. */
export function tableWindows(
  table: ScaledTable,
  o: { starts: Uint32Array; steps: number; horizon: number; targetSteps: number },
): WindowSource {
  const { inputs, inputSize, targets, targetSize, weights: rowWeights } = table;
  const { starts, steps, horizon, targetSteps } = o;
  const outputSize = horizon * targetSize;
  return {
    count: starts.length,
    steps,
    inputSize,
    targetSteps,
    outputSize,
    ...(rowWeights && { weightsPerOutput: horizon }),
    read(windows, x, y, weights) {
      const batch = windows.length;
      for (let n = 0; n < batch; n++) {
        const start = starts[windows[n]!]!;
        for (let t = 0; t < steps; t++) {
          const from = (start + t) * inputSize;
          const to = (t * batch + n) * inputSize;
          for (let i = 0; i < inputSize; i++) x[to + i] = inputs[from + i]!;
        }
        // The rows after step t are next to each other, as are the numbers of an output.
        for (let s = 0; s < targetSteps; s++) {
          const from = (start + steps - targetSteps + s + 1) * targetSize;
          const to = (s * batch + n) * outputSize;
          for (let i = 0; i < outputSize; i++) y[to + i] = targets[from + i]!;
        }
        if (rowWeights === undefined || weights === undefined) continue;
        for (let s = 0; s < targetSteps; s++) {
          const from = start + steps - targetSteps + s + 1;
          const to = (s * batch + n) * horizon;
          for (let h = 0; h < horizon; h++) weights[to + h] = rowWeights[from + h]!;
        }
      }
    },
  };
}

/** How much work training is, before it has begun. */

interface Sizes {
  readonly parameterCount: number;
  readonly layers: number;
  readonly bidirectional: boolean;
  /** Steps of a window. */
  readonly steps: number;
  readonly windows: { readonly training: number; readonly validation: number };
  readonly batchSize: number;
  /** Validation windows that are read together; two batches if absent. */
  readonly validationTogether?: number | undefined;
  readonly epochs: number;
}

/** Forward, and back for the states and for the weights. */
const passesOfTraining = 3;
/** What one step of one layer costs however small it is, there and back, in multiply-adds of the same time (0.01 ms). */
const overheadOfStep = 4e5;

/** Multiply-adds, if no epoch is left out: how jobs compare, within a factor of 2.5 over the 15 points of docs/performance.md. */
export function reckonedWork(sizes: Sizes): number {
  const { parameterCount, layers, bidirectional, steps, windows, batchSize, epochs } = sizes;
  const { validationTogether = 2 * batchSize } = sizes;
  const batches = Math.ceil(windows.training / batchSize) + windows.validation / validationTogether;
  const products = parameterCount * (passesOfTraining * windows.training + windows.validation);
  return epochs * steps * (products + batches * overheadOfStep * layers * (bidirectional ? 2 : 1));
}

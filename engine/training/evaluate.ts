/** Runs a network over all windows of a part, batch by batch. */
import { openSession, type Session } from '../runtime/session.ts';
import { compile } from '../programs/compile.ts';
import { evaluateProgram } from '../programs/evaluate-program.ts';
import type { LossSpecification } from '../spec/losses.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import { paddingMask, stepsOfBatch } from './padding.ts';
import type { WindowSource } from './window-source.ts';

/**
 * Windows evaluated together: nothing is kept for a gradient, so twice as many as in training take no more memory; with
 * tiny batches a few more, since the time goes into steps and not into windows.
 */
const evaluationBatch = (trainingBatch: number): number => Math.min(256, Math.max(16, 2 * trainingBatch));

export interface Evaluator {
  /**
   * @param source - windows with one target each (targetSteps 1)
   * @returns predictions [count,P] after the last step, as they come from the head; and the mean loss over all windows, or Σ w·l / Σ w
   */
  evaluate(
    parameters: Float32Array,
    source: WindowSource,
    signal?: AbortSignal,
  ): Promise<{ predictions: Float32Array; loss: number }>;
  release(): Promise<void>;
}

/** @param options - batchSize: windows that training takes together; weightsPerOutput: of the sources, if they have weights */
export async function openEvaluator(
  network: NetworkShape,
  loss: LossSpecification,
  {
    threads,
    batchSize,
    weightsPerOutput,
  }: {
    readonly threads: number;
    readonly batchSize: number;
    readonly weightsPerOutput?: number | undefined;
  },
): Promise<Evaluator> {
  const session = await openSession(compile(evaluateProgram({ network, loss, weightsPerOutput })), {
    threads,
  });
  return {
    evaluate: (parameters, source, signal) =>
      evaluateAll(session, evaluationBatch(batchSize), parameters, source, signal),
    release: () => session.release(),
  };
}

async function evaluateAll(
  session: Session,
  batchSize: number,
  parameters: Float32Array,
  source: WindowSource,
  signal?: AbortSignal,
): Promise<{ predictions: Float32Array; loss: number }> {
  if (source.targetSteps !== 1) {
    throw new Error(`evaluate: expected windows with one target step, got ${source.targetSteps}`);
  }
  const { inputSize, outputSize, weightsPerOutput: W = 0, lengths } = source;
  const order = Uint32Array.from({ length: source.count }, (_, index) => index);
  // windows of like lengths together: less padding
  if (lengths) order.sort((a, b) => lengths[a]! - lengths[b]! || a - b);
  let predictions = new Float32Array(0);
  const sums = { loss: 0, weight: 0 };
  for (let start = 0; start < source.count; start += batchSize) {
    signal?.throwIfAborted();
    const windows = order.subarray(start, start + batchSize);
    const size = windows.length;
    const steps = stepsOfBatch(source, windows);
    const x = new Float32Array(steps * size * inputSize);
    const y = new Float32Array(size * outputSize);
    const weights = new Float32Array(size * W);
    source.read(windows, x, y, weights);
    const results = await session.run({
      parameters: { data: parameters, dims: [parameters.length] },
      x: { data: x, dims: [steps, size, inputSize] },
      y: { data: y, dims: [1, size, outputSize] },
      ...(W > 0 && { weights: { data: weights, dims: [1, size, W] } }),
      ...paddingMask(source, windows, { batches: [], T: steps, N: size }),
    });
    const { data } = results.prediction!;
    const width = data.length / size;
    if (start === 0) predictions = new Float32Array(source.count * width);
    windows.forEach((window, n) => {
      predictions.set(data.subarray(n * width, (n + 1) * width), window * width);
    });
    const weight = results.weight?.data[0] ?? size;
    sums.loss += results.loss!.data[0]! * weight;
    sums.weight += weight;
  }
  return { predictions, loss: sums.weight === 0 ? 0 : sums.loss / sums.weight };
}

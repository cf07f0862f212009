/** Runs a network over all windows of a part, batch by batch. */
import { openSession, type Session } from '../runtime/session.ts';
import { compile } from '../programs/compile.ts';
import { evaluateProgram } from '../programs/evaluate-program.ts';
import type { Loss } from '../spec/network.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import type { WindowSource } from './window-source.ts';

/**
 * Windows evaluated together: nothing is kept for a gradient, so twice as many as in training take no more memory; with
 * tiny batches a few more, since the time goes into steps and not into windows.
 */
const evaluationBatch = (trainingBatch: number): number => Math.min(256, Math.max(16, 2 * trainingBatch));

export interface Evaluator {
  /**
   * @param source - windows with one target each (targetSteps 1)
   * @returns predictions [count,O] after the last step, scaled; and the mean loss over all windows
   */
  evaluate(
    parameters: Float32Array,
    source: WindowSource,
    signal?: AbortSignal,
  ): Promise<{ predictions: Float32Array; loss: number }>;
  release(): Promise<void>;
}

/** @param options - batchSize: windows that training takes together */
export async function openEvaluator(
  network: NetworkShape,
  loss: Loss,
  { threads, batchSize }: { readonly threads: number; readonly batchSize: number },
): Promise<Evaluator> {
  const session = await openSession(compile(evaluateProgram(network, loss)), { threads });
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
  const { steps, inputSize, outputSize } = source;
  const predictions = new Float32Array(source.count * outputSize);
  let total = 0;
  for (let start = 0; start < source.count; start += batchSize) {
    signal?.throwIfAborted();
    const size = Math.min(batchSize, source.count - start);
    const windows = Uint32Array.from({ length: size }, (_, index) => start + index);
    const x = new Float32Array(steps * size * inputSize);
    const y = new Float32Array(size * outputSize);
    source.read(windows, x, y);
    const results = await session.run({
      parameters: { data: parameters, dims: [parameters.length] },
      x: { data: x, dims: [steps, size, inputSize] },
      y: { data: y, dims: [1, size, outputSize] },
    });
    predictions.set(results.prediction!.data, start * outputSize);
    total += results.loss!.data[0]! * size;
  }
  return { predictions, loss: total / source.count };
}

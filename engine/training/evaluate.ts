/** Runs a network over all windows of a part, batch by batch. */
import { openSession, type Session } from '../runtime/session.ts';
import { compile } from '../programs/compile.ts';
import { evaluateProgram } from '../programs/evaluate-program.ts';
import type { Loss } from '../spec/network.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import type { WindowSource } from './window-source.ts';

/** Windows evaluated together, at most. */
const evaluationBatch = 256;

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

/** @throws Error when the source's windows have more than one target */
export async function openEvaluator(network: NetworkShape, loss: Loss, threads: number): Promise<Evaluator> {
  const session = await openSession(compile(evaluateProgram(network, loss)), { threads });
  return {
    evaluate: (parameters, source, signal) => evaluateAll(session, parameters, source, signal),
    release: () => session.release(),
  };
}

async function evaluateAll(
  session: Session,
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
  for (let start = 0; start < source.count; start += evaluationBatch) {
    signal?.throwIfAborted();
    const size = Math.min(evaluationBatch, source.count - start);
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

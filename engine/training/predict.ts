/** What a trained network says of all windows of a part. */
import type { LossSpecification } from '../spec/losses.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import { openEvaluator } from './evaluate.ts';
import type { WindowSource } from './window-source.ts';

/** @returns [count,P] after the last step of each window, as they come from the head */
export async function predict(options: {
  readonly network: NetworkShape;
  /** That it was trained with; mse if absent. */
  readonly loss?: LossSpecification;
  readonly parameters: Float32Array;
  readonly source: WindowSource;
  readonly threads: number;
  /** Windows that training takes together; as many, or twice as many, are predicted together. */
  readonly batchSize: number;
  readonly signal?: AbortSignal;
}): Promise<Float32Array> {
  const evaluator = await openEvaluator(options.network, options.loss ?? 'mse', {
    threads: options.threads,
    batchSize: options.batchSize,
    weightsPerOutput: options.source.weightsPerOutput,
  });
  try {
    const { predictions } = await evaluator.evaluate(options.parameters, options.source, options.signal);
    return predictions;
  } finally {
    await evaluator.release();
  }
}

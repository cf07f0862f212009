/** What a trained network says of all windows of a part. */
import type { NetworkShape } from '../spec/network-shape.ts';
import { openEvaluator } from './evaluate.ts';
import type { WindowSource } from './window-source.ts';

/** @returns [count,O], in scaled units, after the last step of each window */
export async function predict(options: {
  readonly network: NetworkShape;
  readonly parameters: Float32Array;
  readonly source: WindowSource;
  readonly threads: number;
  /** Windows that training takes together; as many, or twice as many, are predicted together. */
  readonly batchSize: number;
  readonly signal?: AbortSignal;
}): Promise<Float32Array> {
  const evaluator = await openEvaluator(options.network, 'mse', options);
  try {
    const { predictions } = await evaluator.evaluate(options.parameters, options.source, options.signal);
    return predictions;
  } finally {
    await evaluator.release();
  }
}

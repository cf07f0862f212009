/** What a trained network says of all examples of a part. */
import type { Problem } from '../programs/optimization-program.ts';
import { openEvaluator } from './evaluate.ts';
import type { ExampleSource } from './example-source.ts';

/**
 * @returns [count,S,P], as they come from the head: of windows after the last step of each (S is 1), of a network that writes after every step; with `places`
 *   of these outputs alone, [places,P]
 */
export async function predict(options: {
  readonly trainable: { readonly evaluation: Problem };
  readonly parameters: Float32Array;
  readonly source: ExampleSource;
  readonly threads: number;
  /** Examples that training takes together; as many, or twice as many, are predicted together. */
  readonly batchSize: number;
  /** In rising order: example · S + step. */
  readonly places?: Uint32Array | undefined;
  readonly signal?: AbortSignal;
}): Promise<Float32Array> {
  const { trainable, threads, batchSize, parameters, source, places, signal } = options;
  const evaluator = await openEvaluator(trainable.evaluation, { threads, batchSize });
  try {
    return await (places
      ? evaluator.predictionsAt(parameters, source, places, signal)
      : evaluator.predictions(parameters, source, signal));
  } finally {
    await evaluator.release();
  }
}

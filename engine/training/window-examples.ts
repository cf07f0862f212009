/** Windows as examples: the inputs of the programs of a network that reads them. */
import type { Value } from '../runtime/session.ts';
import { within, type ExampleSource } from './example-source.ts';
import type { WindowSource } from './window-source.ts';

/**
 * Inputs `x` [T,N,I], `y` [S,N,O] and, with weights, `weights` [S,N,W], and where lengths differ `mask` [T,N]. Windows that differ in length and have a target after
 * every step have as many targets in a batch as it has steps.
 */
export function windowExamples(source: WindowSource): ExampleSource {
  const {
    count,
    steps,
    lengths,
    inputSize: I,
    targetSteps,
    outputSize: O,
    weightsPerOutput,
    balance,
  } = source;
  const W = weightsPerOutput ?? 0;
  const growing = lengths !== undefined && targetSteps > 1 ? lengths : undefined;
  return {
    count,
    longest: { T: steps, S: targetSteps },
    lengths: { ...(lengths && { T: lengths }), ...(growing && { S: growing }) },
    ...(balance && { balance }),
    numbersPerExample: steps * I + targetSteps * (O + W),
    read(batches) {
      const { examples, N, leading } = batches;
      const { T } = batches.steps;
      const S = growing ? T : targetSteps;
      const x = new Float32Array(examples.length * T * I);
      const y = new Float32Array(examples.length * S * O);
      const weights = new Float32Array(examples.length * S * W);
      for (let first = 0; first < examples.length; first += N) {
        source.read(
          examples.subarray(first, first + N),
          x.subarray(first * T * I, (first + N) * T * I),
          y.subarray(first * S * O, (first + N) * S * O),
          weights.subarray(first * S * W, (first + N) * S * W),
        );
      }
      const inputs: Record<string, Value> = {
        x: { data: x, dims: [...leading, T, N, I] },
        y: { data: y, dims: [...leading, S, N, O] },
      };
      if (W > 0) inputs.weights = { data: weights, dims: [...leading, S, N, W] };
      if (lengths) inputs.mask = { data: within(lengths, T, batches), dims: [...leading, T, N] };
      return inputs;
    },
  };
}

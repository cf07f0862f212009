/** Tensors of the right type and shape may still hold what no operator takes; ONNX Runtime tells it when it runs. */
import { UnrollError } from '../../../../domain/errors/unroll-error.ts';

const reasons: readonly (readonly [told: RegExp, message: (...found: readonly string[]) => string])[] = [
  [
    /indices element out of data bounds, idx=(-?\d+) must be within the inclusive range \[-?\d+,(-?\d+)\]/,
    (index, last) => `expected ids from 0 to ${last}, which the model has a vector for, got ${index}`,
  ],
  [
    /Invalid value\/s in sequence_lens.*seq_length=(\d+)/s,
    (steps) => `expected lengths from 1 to the ${steps} steps of the longest input, got others`,
  ],
];

/** Throws `invalid_request` where the values of the tensors are to blame, and what was thrown where they are not. */
export function blameTensors(thrown: unknown): never {
  if (thrown instanceof Error && !(thrown instanceof UnrollError))
    for (const [told, message] of reasons) {
      const found = told.exec(thrown.message);
      if (found) throw new UnrollError('invalid_request', message(...found.slice(1)), { cause: thrown });
    }
  throw thrown;
}

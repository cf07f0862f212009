/**
 * What is wrong with each input of a request. One that is at fault is answered with an error of its own, and its neighbours with their predictions; where all are, the request
 * is refused as a whole.
 */
import { UnrollError, type FieldError } from '../../../../domain/errors/unroll-error.ts';
import { refuseAll } from './refuse.ts';
import type { PredictionAnswer, PredictionRequest, RefusedInput } from './schemas.ts';

/** By input, in the order of the request; empty: nothing is. */
export type InputFaults = readonly FieldError[][];

type Prediction = PredictionAnswer['predictions'][number];

/** Of one input of several, at most so many faults are told. */
const mostTold = 20;

/** Of bodies some of whose inputs are not as the schema says (perInput, validate-inputs.ts). */
const malformed = new WeakMap<object, InputFaults>();

export const noteMalformed = (request: object, faults: InputFaults): void => {
  malformed.set(request, faults);
};

/** What is known of the inputs before anything is read: those that are malformed. */
export const faultsOf = (request: PredictionRequest): InputFaults =>
  malformed.get(request) ?? request.inputs.map(() => []);

/** What `work` comes to; undefined where it refuses (`validation_failed`), which is then this input's fault. */
export function forInput<Value>(faults: FieldError[], work: () => Value): Value | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof UnrollError) || error.code !== 'validation_failed') throw error;
    faults.push(...error.errors);
    return undefined;
  }
}

/** Throws `validation_failed` with every fault where there is no prediction at all. */
export function refuseIfNone(faults: InputFaults): void {
  if (faults.every((own) => own.length > 0)) refuseAll(faults.flat());
}

/** In the order of the inputs. */
export function answerInputs(
  found: readonly (Prediction | undefined)[],
  faults: InputFaults,
): PredictionAnswer['predictions'] {
  return faults.map((own, n) => {
    if (own.length > 0) return refusedInput(own);
    const prediction = found[n];
    if (prediction === undefined)
      throw new Error(`internal: input ${n} has neither a prediction nor a fault`);
    return prediction;
  });
}

function refusedInput(faults: readonly FieldError[]): RefusedInput {
  const [first] = faults;
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : '';
  return {
    error: {
      code: 'validation_failed',
      detail: `${first!.pointer} ${first!.message}${more}`,
      errors: faults.slice(0, mostTold).map(({ pointer, message }) => ({ pointer, message })),
    },
  };
}

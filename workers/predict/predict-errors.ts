/** Why a batch prediction ended badly, in words for its owner. */
import type { BatchPredictionError } from '../../domain/batch-predictions/batch-prediction.ts';
import { UnrollError } from '../../domain/errors/unroll-error.ts';
import type { ChildExit } from '../runtime/child-process.ts';
import { causeOf, causeOfExit } from '../runtime/failure-cause.ts';

const outOfMemory: BatchPredictionError = {
  code: 'out_of_memory',
  message: 'The process that predicted ran out of memory.',
  hint: 'Give the worker more memory, or split the dataset; then create the batch prediction again.',
};
const storageFull: BatchPredictionError = {
  code: 'storage_full',
  message: 'There was no space left to store the predictions.',
  hint: 'Make space in DATA_DIR and for the database, then create the batch prediction again.',
};
const internal: BatchPredictionError = {
  code: 'internal',
  message: 'Predicting failed inside Unroll.',
  hint: "Look for the id in the worker's log; it has the cause. Please report it.",
};

export const gone = (what: 'dataset' | 'model', detail: string): BatchPredictionError => ({
  code: `${what}_unreadable`,
  message: `The ${what} could not be used: ${detail}`,
  hint: `Check the ${what}; then create the batch prediction again.`,
});

export function errorFromException(error: unknown): BatchPredictionError {
  const cause = causeOf(error);
  if (cause !== null) return { storage_full: storageFull, out_of_memory: outOfMemory }[cause];
  if (error instanceof UnrollError && error.code === 'not_found') return gone('dataset', error.message);
  return internal;
}

const endedFromOutside = (signal: string): BatchPredictionError => ({
  code: 'worker_lost',
  message: `The process that predicted was ended from outside (${signal}) at every attempt.`,
  hint: 'Usually the machine ran out of memory: look at its log.',
});

/** What the end of a child that reported neither success nor failure means; `killed`: it may do better another time. */
export function errorFromExit(exit: ChildExit): { killed: boolean; error: BatchPredictionError } {
  const { killed, cause } = causeOfExit(exit);
  const worker_lost = endedFromOutside(String(exit.signal));
  return { killed, error: { out_of_memory: outOfMemory, internal, worker_lost }[cause] };
}

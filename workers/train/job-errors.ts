/** Why a training job ended badly, in words for its owner: from what was thrown, or from how the child process ended. */
import { UnrollError } from '../../domain/errors/unroll-error.ts';
import type { JobError } from '../../domain/training-jobs/training-job.ts';
import type { ChildExit } from '../runtime/child-process.ts';
import { causeOf, causeOfExit } from '../runtime/failure-cause.ts';

const smaller =
  'Take a smaller training.batch_size, model.hidden_size, data.window.length or max_length of a text, or give the worker more memory; then create the job again.';

const storageFull: JobError = {
  code: 'storage_full',
  message: 'There was no space left to store the model or its curves.',
  hint: 'Make space in DATA_DIR and for the database, then create the job again.',
};

const outOfMemory: JobError = {
  code: 'out_of_memory',
  message: 'The training process ran out of memory.',
  hint: smaller,
};

const internal: JobError = {
  code: 'internal',
  message: 'Training failed inside Unroll.',
  hint: "Look for the job's id in the worker's log; it has the cause. Please report it.",
};

/** The weights of `initialize_from` are not there, or are of another network. */
export class FirstWeightsError extends Error {
  override readonly name = 'FirstWeightsError';
}

export const diverged = (step: number, learningRate: number): JobError => ({
  code: 'diverged',
  message: `The loss became infinite or not a number at step ${step}.`,
  hint: `Lower training.optimizer.learning_rate (it was ${learningRate}; try ${Number((learningRate / 10).toPrecision(2))}), set training.clip_norm to 1, and keep data.scaling at standard.`,
});

/** `reading`: it was thrown while the dataset was read and prepared. */
export function errorFromException(error: unknown, o: { reading?: boolean } = {}): JobError {
  if (error instanceof UnrollError && (error.code === 'not_found' || error.code === 'validation_failed')) {
    const places = error.errors.map(({ pointer, message }) => `${pointer}: ${message}`);
    return datasetUnreadable([error.message, ...places].join(' '));
  }
  if (error instanceof FirstWeightsError) return firstWeightsUnusable(error.message);
  const cause = causeOf(error);
  if (cause !== null) return { storage_full: storageFull, out_of_memory: outOfMemory }[cause];
  if (o.reading === true && !String(error).includes('internal:'))
    return datasetUnreadable('its table is damaged.');
  return internal;
}

/** `detail`: which weights, and what is wrong with them. */
export const firstWeightsUnusable = (detail: string): JobError => ({
  code: 'first_weights_unusable',
  message: `The weights to begin with could not be used: ${detail}`,
  hint: 'Check initialize_from, and create the job again with a model version or a checkpoint that is there.',
});

export const datasetUnreadable = (detail: string): JobError => ({
  code: 'dataset_unreadable',
  message: `The dataset could not be used: ${detail}`,
  hint: 'Check the dataset and the data part of the specification; upload the data again if it is damaged.',
});

const endedFromOutside = (signal: string): JobError => ({
  code: 'worker_lost',
  message: `The training process was ended from outside (${signal}) at every attempt.`,
  hint: `Usually the machine ran out of memory: look at its log. ${smaller}`,
});

/** What the end of a child that reported neither success nor failure means; `killed`: it may do better another time. */
export function errorFromExit(exit: ChildExit): { killed: boolean; error: JobError } {
  const { killed, cause } = causeOfExit(exit);
  const worker_lost = endedFromOutside(String(exit.signal));
  return { killed, error: { out_of_memory: outOfMemory, internal, worker_lost }[cause] };
}

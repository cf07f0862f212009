/** Batch predictions as a kind of leased work. */
import {
  batchPredecessors,
  type BatchPrediction,
  type BatchPredictionError,
  type BatchPredictionEventType,
  type BatchPredictionStatus,
} from '../../domain/batch-predictions/batch-prediction.ts';
import { batchPredictionMessage } from '../../domain/webhooks/messages.ts';
import type * as Tables from './generated/client.ts';
import type { LeasedJobTable } from './leased-work.ts';
import { toBatchPrediction } from './rows.ts';
import type { JobChange } from './transition.ts';

export interface BatchPredictionChange extends JobChange {
  startedAt?: Date;
  resultId?: string;
}

const workerLost = (attempts: number): BatchPredictionError => ({
  code: 'worker_lost',
  message: `The worker was lost ${attempts} ${attempts === 1 ? 'time' : 'times'} in a row while it predicted.`,
  hint: 'Often it was ended for want of memory: give it more, or split the dataset. The log of the worker may say more.',
});

export const batchPredictionTable: LeasedJobTable<
  Tables.BatchPrediction,
  BatchPredictionStatus,
  BatchPredictionChange,
  BatchPredictionEventType,
  BatchPrediction,
  BatchPredictionError
> = {
  name: 'batch_predictions',
  predecessors: batchPredecessors,
  update: ({ batchPrediction }, where, data) => batchPrediction.updateManyAndReturn({ where, data }),
  find: ({ batchPrediction }, id) => batchPrediction.findUnique({ where: { id } }),
  ids: ({ batchPrediction }, where) =>
    batchPrediction.findMany({ where, orderBy: { id: 'asc' }, select: { id: true } }),
  writeEvents: ({ batchPredictionEvent }, data) => batchPredictionEvent.createMany({ data }),
  message: (row) => batchPredictionMessage(toBatchPrediction(row)),
  toJob: toBatchPrediction,
  eventTypes: {
    cancelling: 'batch_prediction.cancelling',
    cancelled: 'batch_prediction.cancelled',
    failed: 'batch_prediction.failed',
  },
  working: ['running'],
  resting: [],
  // It goes on after its last chunk.
  free: { leaseToken: null, heartbeatAt: null },
  restarted:
    (_connection, reason) =>
    ({ attempt, position }) => ({
      type: 'batch_prediction.restarted',
      level: reason === 'worker_lost' ? 'warning' : 'info',
      data: { reason, attempt, resumes_from: Number(position) },
    }),
  workerLost,
};

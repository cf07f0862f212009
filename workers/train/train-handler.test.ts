import { pino } from 'pino';
import { expect, it } from 'vitest';
import { UnrollError } from '../../domain/errors/unroll-error.ts';
import type { JobError } from '../../domain/training-jobs/training-job.ts';
import { createTrainHandler, type TrainParts } from './train-handler.ts';

/** A worker that is being stopped, whose hand-back ends in this error. */
async function stopWhile(error: Error) {
  const failures: JobError[] = [];
  const parts = {
    datasets: {
      find: async () => ({ id: 'ds_1', name: 'a', sha256: '', tableKey: 'datasets/ds_1/table.parquet' }),
    },
    trainingJobs: {
      claim: async () => ({
        id: 'job_1',
        datasetId: 'ds_1',
        attempt: 1,
        specification: {},
        initializeFrom: null,
      }),
      heartbeat: async () => 'preparing',
      handBack: async () => {
        throw error;
      },
      fail: async (_lease: unknown, failure: JobError) => failures.push(failure) > 0,
    },
    checkpoints: { list: async () => [] },
    storage: { localPath: async (path: string) => ({ path, release: async () => undefined }) },
    notifications: { notify: async () => undefined, listen: async () => async () => undefined },
    work: { create: async () => ({ path: '/nowhere', remove: async () => undefined }) },
    log: pino({ level: 'silent' }),
    checkDatabase: async () => undefined,
    child: new URL('file:///nowhere.js'),
    heartbeatMs: 1000,
    maxAttempts: 3,
    pace: { observe: () => undefined },
  } as unknown as TrainParts;
  const outcome = await createTrainHandler(parts)('job_1', AbortSignal.abort());
  return { outcome, failures };
}

it('leaves a job to be recovered when it can not hand it back because the database is away', async () => {
  const { outcome, failures } = await stopWhile(new UnrollError('unavailable', 'The database is away.'));
  expect(outcome.status).toBe('failed');
  expect(failures).toEqual([]);
});

it('fails a job for what is not an outage', async () => {
  const { outcome, failures } = await stopWhile(new Error('broken'));
  expect(outcome.status).toBe('failed');
  expect(failures).toMatchObject([{ code: 'internal' }]);
});

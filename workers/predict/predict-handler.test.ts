import { pino } from 'pino';
import { expect, it } from 'vitest';
import type { BatchPredictionError } from '../../domain/batch-predictions/batch-prediction.ts';
import { UnrollError } from '../../domain/errors/unroll-error.ts';
import { createPredictHandler, type PredictParts } from './predict-handler.ts';

/** A worker whose parts do what is said, and else nothing. */
async function handle(changes: object, signal: AbortSignal = new AbortController().signal) {
  const failures: BatchPredictionError[] = [];
  const job = { id: 'bp_1', datasetId: 'ds_1', model: { id: 'mdl_1', name: 'a', version: 1 }, chunks: [] };
  const parts = {
    datasets: { find: async () => ({ id: 'ds_1', tableKey: 'a', rowCount: 1, columns: [] }) },
    models: { findVersion: async () => ({ card: {}, storageKey: 'm', name: 'a', version: 1 }) },
    storage: { localPath: async (path: string) => ({ path, release: async () => undefined }) },
    notifications: { notify: async () => undefined, listen: async () => async () => undefined },
    work: { create: async () => ({ path: '/nowhere', remove: async () => undefined }) },
    log: pino({ level: 'silent' }),
    checkDatabase: async () => undefined,
    child: new URL('file:///nowhere.js'),
    heartbeatMs: 1000,
    maxAttempts: 3,
    ...changes,
    batchPredictions: {
      claim: async () => job,
      heartbeat: async () => 'running',
      handBack: async () => 'queued',
      fail: async (_lease: unknown, error: BatchPredictionError) => failures.push(error) > 0,
      ...('batchPredictions' in changes && (changes.batchPredictions as object)),
    },
  } as unknown as PredictParts;
  return { outcome: await createPredictHandler(parts)('bp_1', signal), failures };
}

it('does nothing for a delivery that comes twice', async () => {
  const { outcome, failures } = await handle({ batchPredictions: { claim: async () => null } });
  expect([outcome, failures]).toEqual([{ status: 'done' }, []]);
});

it('hands back when the worker stops', async () => {
  const stopped = AbortSignal.abort();
  expect((await handle({}, stopped)).outcome).toMatchObject({ status: 'retry', reason: 'worker_stopped' });
});

it('says what is wrong when there is no room, or what it needs has gone', async () => {
  const full = { localPath: async () => Promise.reject(new UnrollError('storage_full', 'no room')) };
  expect((await handle({ storage: full })).failures).toMatchObject([{ code: 'storage_full' }]);
  const none = await handle({ datasets: { find: async () => null } });
  expect(none.failures).toMatchObject([{ code: 'dataset_unreadable' }]);
  const gone = await handle({ models: { findVersion: async () => null } });
  expect(gone.failures).toMatchObject([{ code: 'model_unreadable' }]);
});

it('leaves a job to be recovered when the database is away', async () => {
  const away = { find: async () => Promise.reject(new UnrollError('unavailable', 'The database is away.')) };
  const { outcome, failures } = await handle({ datasets: away });
  expect([outcome.status, failures]).toEqual(['failed', []]);
});

/**
 * Users, several workers that may die and come back, and housekeeping, all at once on a few jobs: whatever they do, in whatever order
 * their messages come, every job's log is a walk over the table of transitions without a gap, nobody who has lost a job changes it,
 * and every job can still be brought to an end.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { freshDatabase } from '../../test/support/backing-services.ts';
import { epochMetrics, finishedModel, queuedJob, readyDataset } from '../../test/support/records.ts';
import {
  isEnded,
  transitions,
  type TrainingJobEventType,
  type TrainingJobStatus,
} from '../../domain/training-jobs/training-job.ts';
import { newId } from '../ids.ts';
import { connectDatabase, type Database } from './database.ts';

let processes: Database[];
let datasetId: string;
beforeAll(async () => {
  const url = await freshDatabase();
  processes = [connectDatabase(url), connectDatabase(url), connectDatabase(url)];
  ({ id: datasetId } = await readyDataset(processes[0]!));
});
afterAll(() => Promise.all(processes.map((database) => database.close())));

/** As if a worker were silent that is heard of in an hour. */
const notHeardOf = -3_600_000;
const maxAttempts = 3;
const error = { code: 'internal', message: 'broken', hint: 'none' } as const;

const statusAfter: Partial<Record<TrainingJobEventType, TrainingJobStatus>> = {
  'training_job.queued': 'queued',
  'training_job.preparing': 'preparing',
  'training_job.running': 'running',
  'training_job.restarted': 'queued',
  'training_job.pausing': 'pausing',
  'training_job.paused': 'paused',
  'training_job.resumed': 'queued',
  'training_job.cancelling': 'cancelling',
  'training_job.cancelled': 'cancelled',
  'training_job.failed': 'failed',
  'training_job.succeeded': 'succeeded',
};

const userActions = ['cancel', 'pause', 'resume', 'prioritise', 'delete'] as const;
const workerActions = [
  'claim',
  'start',
  'epochs',
  'checkpoint',
  'heartbeat',
  'succeed',
  'fail',
  'cancelled',
  'paused',
  'hand back',
  'preempted',
  'child killed',
] as const;
const action = fc.record({
  job: fc.nat({ max: 1 }),
  /** 0 is housekeeping. Workers that claim under a new token still send messages under their old ones. */
  who: fc.oneof(
    fc.record({ kind: fc.constant('user' as const), what: fc.constantFrom(...userActions) }),
    fc.record({
      kind: fc.constant('worker' as const),
      what: fc.constantFrom(...workerActions),
      token: fc.constantFrom('a', 'b', 'c'),
      step: fc.integer({ min: 1, max: 6 }),
    }),
    fc.record({ kind: fc.constant('housekeeping' as const) }),
  ),
});
type Action = typeof action extends fc.Arbitrary<infer Value> ? Value : never;

async function perform(database: Database, jobId: string, { who }: Action): Promise<void> {
  const { trainingJobs: jobs, checkpoints } = database;
  if (who.kind === 'housekeeping') {
    await jobs.recoverLost(notHeardOf, maxAttempts);
    return;
  }
  if (who.kind === 'user') {
    const perUser: Record<(typeof userActions)[number], () => Promise<unknown>> = {
      cancel: () => jobs.requestCancel(jobId),
      pause: () => jobs.requestPause(jobId),
      resume: () => jobs.resume(jobId),
      prioritise: () => jobs.setPriority(jobId, 5),
      delete: () => jobs.delete(jobId),
    };
    await perUser[who.what]();
    return;
  }
  const { token, step } = who;
  const lease = { jobId, token };
  const id = newId('ckpt');
  const perWorker: Record<(typeof workerActions)[number], () => Promise<unknown>> = {
    claim: () => jobs.claim(jobId, token, `wrk_${token}`),
    start: () => jobs.start(lease),
    epochs: () =>
      jobs.recordEpochs(lease, [
        { metrics: epochMetrics(step), progress: 0.1 * step },
        { metrics: epochMetrics(step + 1), progress: 0.1 * step + 0.1 },
      ]),
    checkpoint: () =>
      checkpoints.record(lease, {
        id,
        epoch: step,
        step: step * 10,
        validationLoss: 1 / step,
        formatVersion: 1,
        storageKey: `checkpoints/${jobId}/${id}.bin`,
        bytes: 1,
        sha256: 'a',
        trainedSeconds: step,
      }),
    heartbeat: () => jobs.heartbeat(lease, { progress: 0.1 * step, epoch: step, step: step * 10 }),
    succeed: () => jobs.succeed(lease, finishedModel(jobId)),
    fail: () => jobs.fail(lease, error),
    cancelled: () => jobs.cancel(lease),
    paused: () => jobs.pause(lease),
    'hand back': () => jobs.handBack(lease, 'worker_stopped'),
    preempted: () => jobs.handBack(lease, 'preempted'),
    'child killed': () => jobs.loseAttempt(lease, maxAttempts, error),
  };
  await perWorker[who.what]();
}

/** That the log is a walk without gaps which ends where the row stands, and the row is of one piece. */
async function check(database: Database, jobId: string): Promise<TrainingJobStatus | null> {
  const job = await database.trainingJobs.find(jobId);
  const events = await database.trainingJobs.events(jobId, { afterSequence: 0, limit: 10_000 });
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
  if (job === null) {
    expect(events).toEqual([]);
    expect(await database.checkpoints.list(jobId)).toEqual([]);
    return null;
  }
  const statuses = events.flatMap(({ type }) => statusAfter[type] ?? []);
  statuses.slice(1).forEach((status, index) => expect(transitions[statuses[index]!]).toContain(status));
  expect(statuses[0]).toBe('queued');
  expect(statuses.at(-1)).toBe(job.status);

  const isFree = job.status === 'queued' || job.status === 'paused' || isEnded(job.status);
  expect([job.leaseToken, job.heartbeatAt, job.workerId].map((held) => held === null)).toEqual(
    Array.from({ length: 3 }, () => isFree),
  );
  expect(job.finishedAt !== null).toBe(isEnded(job.status));
  expect(job.modelVersion !== null).toBe(job.status === 'succeeded');
  expect(job.error !== null).toBe(job.status === 'failed');
  expect(statuses.filter((status) => status === 'preparing')).toHaveLength(job.attempt);
  expect(job.timesLost).toBeLessThanOrEqual(job.attempt);
  // An epoch's event comes once, whatever attempts repeated it.
  const epochs = events.flatMap(({ type, data }) => (type === 'training_job.epoch' ? [data['epoch']] : []));
  expect(new Set(epochs).size).toBe(epochs.length);
  expect((await database.trainingJobs.metrics(jobId)).map(({ epoch }) => epoch)).toEqual(
    [...epochs].sort((a, b) => Number(a) - Number(b)),
  );
  return job.status;
}

const asWorker = (what: (typeof workerActions)[number], token: 'a' | 'b' | 'c'): Action => ({
  job: 0,
  who: { kind: 'worker', what, token, step: 1 },
});

describe('a training job', () => {
  it('stays legal, whole and able to end, whatever users, workers and housekeeping do at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(action, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 10 }),
        async (rounds) => {
          const [database] = processes as [Database];
          const made = [
            await queuedJob(database, { datasetId, modelName: newId('evt') }),
            await queuedJob(database, { datasetId, modelName: newId('evt') }),
          ];
          const ids = made.map(({ id }) => id);
          for (const round of rounds) {
            // What is in one list happens at once, by different processes.
            await Promise.all(round.map((one, index) => perform(processes[index % 3]!, ids[one.job]!, one)));
            for (const id of ids) await check(database, id);
          }
          for (const id of ids) {
            // Messages of all who have ever had it change nothing once nobody has it.
            await database.trainingJobs.recoverLost(notHeardOf, 1000);
            const before = await database.trainingJobs.find(id);
            const late = workerActions.filter((what) => what !== 'claim');
            for (const token of ['a', 'b', 'c'] as const)
              await Promise.all(late.map((what) => perform(database, id, asWorker(what, token))));
            expect(await database.trainingJobs.find(id)).toEqual(before);
            // And it can be brought to its end.
            await database.trainingJobs.resume(id);
            if ((await database.trainingJobs.claim(id, 'last')) !== null) {
              const lease = { jobId: id, token: 'last' };
              expect(await database.trainingJobs.start(lease)).toBe(true);
              expect(await database.trainingJobs.succeed(lease, finishedModel(id))).not.toBeNull();
            }
            const status = await check(database, id);
            expect(status === null || isEnded(status)).toBe(true);
          }
        },
      ),
      { numRuns: 30 },
    );
  }, 300_000);

  it('fails after so many losses in a row, and not for losses between which it got on', async () => {
    const [{ trainingJobs }] = processes as [Database];
    const lose = async (id: string, checkpointAt: number | null) => {
      const lease = { jobId: id, token: 'a' } as const;
      await trainingJobs.claim(id, lease.token);
      await trainingJobs.start(lease);
      if (checkpointAt !== null)
        await perform(processes[0]!, id, {
          job: 0,
          who: { kind: 'worker', what: 'checkpoint', token: lease.token, step: checkpointAt },
        });
      return trainingJobs.loseAttempt(lease, maxAttempts, error);
    };
    const { id } = await queuedJob(processes[0]!, { datasetId });
    for (const step of [1, 2, 3, 4, 5]) expect(await lose(id, step)).toBe('queued');
    expect(await lose(id, null)).toBe('queued');
    expect(await lose(id, null)).toBe('failed');
    const stuck = await queuedJob(processes[0]!, { datasetId });
    expect(await lose(stuck.id, null)).toBe('queued');
    expect(await lose(stuck.id, null)).toBe('queued');
    expect(await lose(stuck.id, null)).toBe('failed');
  });
});

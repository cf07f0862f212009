/** Many writers at once against real PostgreSQL: of those who want the same thing one gets it, and the log says so once. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import fc from 'fast-check';
import { freshDatabase } from '../../test/support/backing-services.ts';
import { epochMetrics, finishedModel, queuedJob, readyDataset } from '../../test/support/records.ts';
import {
  isEnded,
  transitions,
  type TrainingJobEventType,
  type TrainingJobStatus,
} from '../../domain/training-jobs/training-job.ts';
import { connectDatabase, type Database } from './database.ts';

let database: Database;
let other: Database;
let datasetId: string;
beforeAll(async () => {
  const url = await freshDatabase();
  // Two pools, as two processes have.
  [database, other] = [connectDatabase(url), connectDatabase(url)];
  ({ id: datasetId } = await readyDataset(database));
});
afterAll(() => Promise.all([database.close(), other.close()]));
// Recovery looks at every job: none of the last test's is left to it.
beforeEach(async () => {
  await database.trainingJobs.recoverLost(notHeardOf, 1);
});

const error = { code: 'internal', message: 'broken', hint: 'none' } as const;
/** As if a worker were silent that is heard of in an hour. */
const notHeardOf = -3_600_000;

async function claimedJob(token: string, modelName?: string) {
  const { id } = await queuedJob(database, { datasetId, ...(modelName !== undefined && { modelName }) });
  await database.trainingJobs.claim(id, token);
  return { jobId: id, token };
}

async function runningJob(token: string, modelName?: string) {
  const lease = await claimedJob(token, modelName);
  await database.trainingJobs.start(lease);
  return lease;
}

/** The statuses that the log tells of; throws where they break the table of transitions, or a sequence is missing. */
async function history(jobId: string): Promise<TrainingJobStatus[]> {
  const events = await database.trainingJobs.events(jobId, { afterSequence: 0, limit: 10_000 });
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
  const statuses = events.flatMap(({ type }) => statusAfter[type] ?? []);
  statuses.slice(1).forEach((status, index) => expect(transitions[statuses[index]!]).toContain(status));
  const job = await database.trainingJobs.find(jobId);
  expect(statuses.at(-1)).toBe(job?.status);
  return statuses;
}

const statusAfter: Record<TrainingJobEventType, TrainingJobStatus | null> = {
  'training_job.queued': 'queued',
  'training_job.preparing': 'preparing',
  'training_job.running': 'running',
  'training_job.epoch': null,
  'training_job.checkpoint_failed': null,
  'training_job.checkpoint_damaged': null,
  'training_job.restarted': 'queued',
  'training_job.pausing': 'pausing',
  'training_job.paused': 'paused',
  'training_job.resumed': 'queued',
  'training_job.cancelling': 'cancelling',
  'training_job.cancelled': 'cancelled',
  'training_job.failed': 'failed',
  'training_job.succeeded': 'succeeded',
};

describe('races', () => {
  it('twenty claims have one winner', async () => {
    const { id } = await queuedJob(database, { datasetId });
    const claims = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? database : other).trainingJobs.claim(id, `token ${index}`),
      ),
    );
    const winners = claims.filter((claim) => claim !== null);
    expect(winners).toHaveLength(1);
    expect((await database.trainingJobs.find(id))?.leaseToken).toBe(winners[0]?.leaseToken);
    expect(await history(id)).toEqual(['queued', 'preparing']);
  });

  it('a claim and a cancellation: either it never starts, or its worker is told', async () => {
    for (let round = 0; round < 20; round++) {
      const { id } = await queuedJob(database, { datasetId });
      const [claim, cancel] = await Promise.all([
        database.trainingJobs.claim(id, 'token'),
        other.trainingJobs.requestCancel(id),
      ]);
      expect(cancel?.changed).toBe(true);
      expect(await history(id)).toEqual(
        claim ? ['queued', 'preparing', 'cancelling'] : ['queued', 'cancelled'],
      );
    }
  });

  it('a success, a failure, a cancellation and a recovery: one end, and a version only of a success', async () => {
    for (let round = 0; round < 20; round++) {
      const name = `contested-${round}`;
      const lease = await runningJob('token', name);
      const [version, failed, , recovered] = await Promise.all([
        database.trainingJobs.succeed(lease, finishedModel(lease.jobId)),
        other.trainingJobs.fail(lease, error),
        database.trainingJobs.requestCancel(lease.jobId),
        other.trainingJobs.recoverLost(notHeardOf, 1),
      ]);
      const statuses = await history(lease.jobId);
      const end = statuses.at(-1)!;
      expect(isEnded(end)).toBe(true);
      expect(version !== null).toBe(end === 'succeeded');
      expect([version !== null, failed, recovered.length === 1].filter(Boolean)).toHaveLength(1);
      expect((await database.models.find(name)) !== null).toBe(end === 'succeeded');
    }
  });

  it('jobs that end at once for the same name get versions without a gap', async () => {
    const leases = await Promise.all(
      Array.from({ length: 12 }, (_, index) => runningJob(`token ${index}`, 'shared')),
    );
    const versions = await Promise.all(
      leases.map((lease, index) =>
        (index % 2 === 0 ? database : other).trainingJobs.succeed(lease, finishedModel(lease.jobId)),
      ),
    );
    const numbers = versions.map((version) => version?.version ?? 0).sort((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
    expect(await database.models.find('shared')).toMatchObject({ latestVersion: 12 });
    expect((await database.models.list({ limit: 100, name: 'shared' })).data).toHaveLength(1);
  });

  it('a success that can not be written leaves the job as it was', async () => {
    const lease = await runningJob('token', 'taken-back');
    const model = finishedModel(lease.jobId);
    // PostgreSQL refuses the version's row, the last of the transaction.
    await expect(database.trainingJobs.succeed(lease, { ...model, sha256: '\0' })).rejects.toThrow();
    expect(await database.trainingJobs.find(lease.jobId)).toMatchObject({
      status: 'running',
      leaseToken: 'token',
    });
    expect(await database.models.find('taken-back')).toBeNull();
    expect(await history(lease.jobId)).toEqual(['queued', 'preparing', 'running']);
    expect(await database.trainingJobs.succeed(lease, model)).toMatchObject({ version: 1 });
  });

  it('events written at once have no gap and no double', async () => {
    const lease = await runningJob('token');
    await Promise.all(
      Array.from({ length: 15 }, (_, index) =>
        (index % 2 === 0 ? database : other).trainingJobs.recordEpochs(
          lease,
          // Each wants some that others want too.
          [index, index + 1, index + 2].map((epoch) => ({
            metrics: epochMetrics(1 + (epoch % 10)),
            progress: 0.5,
          })),
        ),
      ),
    );
    expect(await history(lease.jobId)).toEqual(['queued', 'preparing', 'running']);
    expect(await database.trainingJobs.events(lease.jobId, { afterSequence: 0, limit: 99 })).toHaveLength(
      3 + 10,
    );
    expect(await database.trainingJobs.metrics(lease.jobId)).toHaveLength(10);
  });
});

describe('a worker that lost its job', () => {
  it('can write nothing any more', async () => {
    const jobs = database.trainingJobs;
    const stale = await runningJob('stale');
    expect(await jobs.recoverLost(notHeardOf, 3)).toMatchObject([{ id: stale.jobId, status: 'queued' }]);
    await jobs.claim(stale.jobId, 'new');
    const before = await jobs.find(stale.jobId);
    expect(await jobs.start(stale)).toBe(false);
    expect(await jobs.heartbeat(stale, { progress: 1, epoch: 9, step: 9 })).toBeNull();
    expect(await jobs.recordEpochs(stale, [{ metrics: epochMetrics(1), progress: 0.5 }])).toBe(false);
    expect(await jobs.succeed(stale, finishedModel(stale.jobId))).toBeNull();
    expect(await jobs.fail(stale, error)).toBe(false);
    expect(await jobs.cancel(stale)).toBe(false);
    expect(await jobs.pause(stale)).toBe(false);
    expect(await jobs.handBack(stale, 'worker_stopped')).toBeNull();
    expect(await jobs.find(stale.jobId)).toEqual(before);
    expect(await jobs.metrics(stale.jobId)).toEqual([]);
    const lease = { jobId: stale.jobId, token: 'new' };
    expect(await jobs.start(lease)).toBe(true);
    expect(await jobs.succeed(lease, finishedModel(stale.jobId))).not.toBeNull();
    expect(await jobs.fail(lease, error)).toBe(false);
  });
});

describe('recovery', () => {
  it('gives a job back as often as it may be tried, and ends it then', async () => {
    const jobs = database.trainingJobs;
    const { id } = await queuedJob(database, { datasetId });
    for (const attempt of [1, 2, 3]) {
      await jobs.claim(id, `token ${attempt}`);
      await jobs.start({ jobId: id, token: `token ${attempt}` });
      await jobs.recordEpochs({ jobId: id, token: `token ${attempt}` }, [
        { metrics: epochMetrics(1), progress: 0.5 },
      ]);
      const [recovered] = await jobs.recoverLost(notHeardOf, 3);
      expect(recovered).toMatchObject({
        id,
        attempt,
        leaseToken: null,
        status: attempt < 3 ? 'queued' : 'failed',
      });
    }
    expect(await jobs.find(id)).toMatchObject({ status: 'failed', error: { code: 'worker_lost' } });
    expect(await jobs.recoverLost(notHeardOf, 3)).toEqual([]);
    await history(id);
  });

  it('does not count what was handed back', async () => {
    const jobs = database.trainingJobs;
    const { id } = await queuedJob(database, { datasetId });
    for (const token of ['one', 'two', 'three']) {
      await jobs.claim(id, token);
      await jobs.handBack({ jobId: id, token }, 'worker_stopped');
    }
    await jobs.claim(id, 'four');
    expect(await jobs.recoverLost(notHeardOf, 2)).toMatchObject([{ status: 'queued', attempt: 4 }]);
  });

  it('pauses what was to be paused, and leaves what is paused', async () => {
    const jobs = database.trainingJobs;
    const { jobId } = await runningJob('token');
    await jobs.requestPause(jobId);
    expect(await jobs.recoverLost(notHeardOf, 1)).toMatchObject([{ id: jobId, status: 'paused' }]);
    expect(await jobs.recoverLost(notHeardOf, 1)).toEqual([]);
    expect(await history(jobId)).toEqual(['queued', 'preparing', 'running', 'pausing', 'paused']);
  });

  it('cancels what was to be cancelled, and leaves the living alone', async () => {
    const silentForMs = 500;
    const jobs = database.trainingJobs;
    const cancelling = await claimedJob('token');
    await jobs.requestCancel(cancelling.jobId);
    const living = await claimedJob('token');
    expect(await jobs.recoverLost(60_000, 3)).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 2 * silentForMs));
    await jobs.heartbeat(living);
    const recovered = await jobs.recoverLost(silentForMs, 3);
    expect(recovered.map(({ id, status }) => [id, status])).toEqual([[cancelling.jobId, 'cancelled']]);
    expect(await jobs.heartbeat(living)).toBe('preparing');
    await jobs.fail(living, error);
  });

  it('goes by the clock of the database, whatever that of a worker says', async () => {
    const jobs = database.trainingJobs;
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    for (const hours of [-24, 24]) {
      vi.setSystemTime(Date.now() + hours * 3_600_000);
      const lease = await runningJob(`${hours} h off`);
      await jobs.heartbeat(lease);
      expect(await jobs.recoverLost(60_000, 3)).toEqual([]);
      expect(await jobs.recoverLost(notHeardOf, 3)).toMatchObject([{ id: lease.jobId, status: 'queued' }]);
      await jobs.requestCancel(lease.jobId);
    }
  });

  it('by many processes at once recovers each job once', async () => {
    const leases = await Promise.all(Array.from({ length: 6 }, () => runningJob('token')));
    const recoveries = await Promise.all(
      Array.from({ length: 5 }, (_, index) =>
        (index % 2 === 0 ? database : other).trainingJobs.recoverLost(notHeardOf, 3),
      ),
    );
    const ids = recoveries.flat().map(({ id }) => id);
    expect(ids.sort()).toEqual(leases.map(({ jobId }) => jobId).sort());
    for (const { jobId } of leases)
      expect(await history(jobId)).toEqual(['queued', 'preparing', 'running', 'queued']);
  });
});

describe('any interleaving', () => {
  const actions = [
    'claim',
    'start',
    'epoch',
    'succeed',
    'fail',
    'cancel',
    'pause',
    'hand back',
    'ask to cancel',
    'ask to pause',
    'resume',
    'recover',
  ] as const;
  const step = fc.record({
    action: fc.constantFrom(...actions),
    token: fc.constantFrom('a', 'b'),
    epoch: fc.integer({ min: 1, max: 3 }),
  });

  it('keeps to the table of transitions, with a log without gaps that agrees with the row', async () => {
    await fc.assert(
      // Each inner list happens at once.
      fc.asyncProperty(
        fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 8 }),
        async (rounds) => {
          const { id: jobId } = await queuedJob(database, { datasetId, modelName: 'any' });
          for (const round of rounds)
            await Promise.all(
              round.map(async ({ action, token, epoch }, index) => {
                const jobs = (index % 2 === 0 ? database : other).trainingJobs;
                const lease = { jobId, token };
                const perform: Record<(typeof actions)[number], () => Promise<unknown>> = {
                  claim: () => jobs.claim(jobId, token),
                  start: () => jobs.start(lease),
                  epoch: () => jobs.recordEpochs(lease, [{ metrics: epochMetrics(epoch), progress: 0.5 }]),
                  succeed: () => jobs.succeed(lease, finishedModel(jobId)),
                  fail: () => jobs.fail(lease, error),
                  cancel: () => jobs.cancel(lease),
                  'hand back': () => jobs.handBack(lease, 'worker_stopped'),
                  pause: () => jobs.pause(lease),
                  'ask to cancel': () => jobs.requestCancel(jobId),
                  'ask to pause': () => jobs.requestPause(jobId),
                  resume: () => jobs.resume(jobId),
                  recover: () => jobs.recoverLost(notHeardOf, 2),
                };
                await perform[action]();
              }),
            );
          await history(jobId);
          const job = (await database.trainingJobs.find(jobId))!;
          expect(job.modelVersion !== null).toBe(job.status === 'succeeded');
          expect(job.error !== null).toBe(job.status === 'failed');
          expect(job.finishedAt !== null).toBe(isEnded(job.status));
          const isFree = job.status === 'queued' || job.status === 'paused' || isEnded(job.status);
          expect(job.leaseToken === null).toBe(isFree);
          expect(job.heartbeatAt === null).toBe(isFree);
          await database.trainingJobs.requestCancel(jobId);
          await database.trainingJobs.recoverLost(notHeardOf, 1);
        },
      ),
      { numRuns: 120 },
    );
  }, 60_000);
});

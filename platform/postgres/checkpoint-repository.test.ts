import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkpointKey } from '../../domain/training-jobs/training-checkpoint.ts';
import type { Lease } from '../../domain/ports/training-job-repository.ts';
import { freshDatabase } from '../../test/support/backing-services.ts';
import { queuedJob } from '../../test/support/records.ts';
import { newId } from '../ids.ts';
import { connectDatabase, type Database } from './database.ts';

let database: Database;
beforeAll(async () => {
  database = connectDatabase(await freshDatabase());
});
afterAll(() => database.close());

async function claimedJob(): Promise<Lease> {
  const { id } = await queuedJob(database);
  await database.trainingJobs.claim(id, `token of ${id}`);
  return { jobId: id, token: `token of ${id}` };
}

/** @param progress - steps, and the best loss so far; an epoch has 10 steps */
const checkpoint = (lease: Lease, step: number, validationLoss: number | null = null) => {
  const id = newId('ckpt');
  return {
    id,
    epoch: Math.floor(step / 10),
    step,
    validationLoss,
    formatVersion: 1,
    storageKey: checkpointKey(lease.jobId, id),
    bytes: 5_000_000_000,
    sha256: 'c'.repeat(64),
    trainedSeconds: step / 100,
  };
};

const eventsOf = async (jobId: string) =>
  (await database.trainingJobs.events(jobId, { afterSequence: 0, limit: 100 })).map(
    ({ sequence, type, level, data }) => ({ sequence, type, level, data }),
  );

describe('checkpoints', () => {
  it('are listed newest first, and say how long their job has trained', async () => {
    const lease = await claimedJob();
    const [first, second] = [checkpoint(lease, 5), checkpoint(lease, 12, 0.5)];
    expect(await database.checkpoints.record(lease, first)).toEqual({ recorded: true, dropped: [] });
    expect(await database.checkpoints.record(lease, second)).toEqual({ recorded: true, dropped: [] });

    const { trainedSeconds, ...row } = second;
    const [newest, oldest] = await database.checkpoints.list(lease.jobId);
    expect(newest).toEqual({
      ...row,
      jobId: lease.jobId,
      isBest: true,
      createdAt: expect.any(Date) as Date,
    });
    expect(oldest).toMatchObject({ id: first.id, isBest: false });
    expect(await database.checkpoints.latest(lease.jobId)).toEqual(newest);
    expect(await database.checkpoints.find(lease.jobId, first.id)).toEqual(oldest);
    expect(await database.checkpoints.find('job_another', first.id)).toBeNull();
    expect(await database.checkpoints.usesStorageKey(first.storageKey)).toBe(true);
    expect(await database.trainingJobs.find(lease.jobId)).toMatchObject({ trainedSeconds });
  });

  it('are dropped but for the last two and the first with the best weights', async () => {
    const lease = await claimedJob();
    const all = [
      checkpoint(lease, 4),
      checkpoint(lease, 10, 0.5),
      checkpoint(lease, 20, 0.3),
      checkpoint(lease, 30, 0.3),
      checkpoint(lease, 40, 0.3),
      checkpoint(lease, 50, 0.2),
    ];
    const dropped: string[][] = [];
    const names = new Map(all.map(({ storageKey, step }) => [storageKey, `step ${step}`]));
    for (const one of all)
      dropped.push(
        (await database.checkpoints.record(lease, one)).dropped.map((key) => names.get(key) ?? key),
      );
    expect(dropped).toEqual([[], [], ['step 4'], ['step 10'], [], ['step 30', 'step 20']]);
    const left = await database.checkpoints.list(lease.jobId);
    expect(left.map(({ step, isBest }) => ({ step, isBest }))).toEqual([
      { step: 50, isBest: true },
      { step: 40, isBest: false },
    ]);
    expect(await database.checkpoints.usesStorageKey(all[0]!.storageKey)).toBe(false);
  });

  it('are ordered by what was trained, whatever the clock of their worker said', async () => {
    const lease = await claimedJob();
    const early = checkpoint(lease, 20);
    const late = checkpoint(lease, 10);
    await database.checkpoints.record(lease, early);
    await database.checkpoints.record(lease, late);
    expect(await database.checkpoints.latest(lease.jobId)).toMatchObject({ step: 20 });
  });

  it('are recorded once, however often the write is tried', async () => {
    const lease = await claimedJob();
    const one = checkpoint(lease, 10, 1);
    for (let attempt = 0; attempt < 3; attempt++)
      expect(await database.checkpoints.record(lease, one)).toEqual({ recorded: true, dropped: [] });
    expect(await database.checkpoints.list(lease.jobId)).toHaveLength(1);
  });

  it('are none of a worker that has lost the job', async () => {
    const lease = await claimedJob();
    const kept = checkpoint(lease, 10);
    await database.checkpoints.record(lease, kept);
    const late: Lease = { ...lease, token: 'an earlier token' };
    expect(await database.checkpoints.record(late, checkpoint(lease, 20))).toEqual({
      recorded: false,
      dropped: [],
    });
    expect(await database.checkpoints.noteFailed(late, { code: 'storage_full', message: '' })).toBe(false);
    expect(await database.checkpoints.discard(late, kept.id, 'damaged')).toBeNull();
    expect(await database.checkpoints.list(lease.jobId)).toHaveLength(1);
    expect(await eventsOf(lease.jobId)).toHaveLength(2);
  });

  it('that are discarded leave a warning, and the mark of the best goes to the next best', async () => {
    const lease = await claimedJob();
    const [first, second] = [checkpoint(lease, 10, 0.5), checkpoint(lease, 20, 0.4)];
    await database.checkpoints.record(lease, first);
    await database.checkpoints.record(lease, second);
    expect(await database.checkpoints.discard(lease, second.id, 'another checksum')).toBe(second.storageKey);
    expect(await database.checkpoints.discard(lease, second.id, 'another checksum')).toBeNull();
    expect(await database.checkpoints.latest(lease.jobId)).toMatchObject({ id: first.id, isBest: true });
    expect((await eventsOf(lease.jobId)).slice(2)).toEqual([
      {
        sequence: 3,
        type: 'training_job.checkpoint_damaged',
        level: 'warning',
        data: { checkpoint: second.id, epoch: 2, step: 20, reason: 'another checksum' },
      },
    ]);
  });

  it('that could not be written leave a warning', async () => {
    const lease = await claimedJob();
    const error = { code: 'storage_full', message: 'There is no room left.' };
    expect(await database.checkpoints.noteFailed(lease, error)).toBe(true);
    expect((await eventsOf(lease.jobId)).slice(2)).toEqual([
      { sequence: 3, type: 'training_job.checkpoint_failed', level: 'warning', data: error },
    ]);
  });

  it('go with their job', async () => {
    const lease = await claimedJob();
    await database.checkpoints.record(lease, checkpoint(lease, 10));
    await database.trainingJobs.requestCancel(lease.jobId);
    await database.trainingJobs.cancel(lease);
    expect(await database.checkpoints.list(lease.jobId)).toHaveLength(1);
    expect(await database.trainingJobs.delete(lease.jobId)).toBe('deleted');
    expect(await database.checkpoints.list(lease.jobId)).toEqual([]);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRealParts, type RealParts } from '../../test/support/real-parts.ts';
import { queuedJob, readyDataset } from '../../test/support/records.ts';
import { recoverLostJobs } from '../training-jobs/recover-lost-jobs.ts';
import { redeliverQueued } from './redeliver-queued.ts';

let parts: RealParts;
beforeAll(async () => {
  parts = await openRealParts();
});
afterAll(() => parts.close());

const inAnHour = (): Date => new Date(Date.now() + 3_600_000);

describe('recoverLostJobs', () => {
  it('delivers again what waits again, and wakes who watches what ended', async () => {
    const [lost, cancelled] = [await queuedJob(parts), await queuedJob(parts)];
    for (const { id } of [lost, cancelled]) await parts.trainingJobs.claim(id, 'token');
    await parts.trainingJobs.requestCancel(cancelled.id);
    let calls = 0;
    for (const { id } of [lost, cancelled])
      await parts.notifications.listen(`job-events:${id}`, () => calls++);
    const recovered = await recoverLostJobs(parts, { lostAfterMs: -3_600_000, maxAttempts: 3 });
    expect(recovered.map(({ id, status }) => [id, status])).toEqual([
      [lost.id, 'queued'],
      [cancelled.id, 'cancelled'],
    ]);
    await expect.poll(() => calls).toBe(2);
    const ids = parts.delivered('train');
    await expect.poll(() => ids).toEqual([lost.id]);
    expect(await recoverLostJobs(parts, { lostAfterMs: -3_600_000, maxAttempts: 3 })).toEqual([]);
    await parts.trainingJobs.requestCancel(lost.id);
  });
});

describe('redeliverQueued', () => {
  it('delivers what waits in the tables, once, however often it is asked', async () => {
    const stale = await readyDataset(parts, { validated: false });
    const waiting = [await queuedJob(parts), await queuedJob(parts)];
    for (let times = 0; times < 3; times++) await redeliverQueued(parts, { datasetsStaleBefore: inAnHour() });
    const [datasets, jobs] = [parts.delivered('ingest'), parts.delivered('train')];
    await expect.poll(() => datasets).toEqual([stale.id]);
    await expect.poll(() => jobs).toEqual(waiting.map(({ id }) => id));
  });
});

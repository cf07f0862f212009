import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRealParts, type RealParts } from '../../test/support/real-parts.ts';
import { finishedModel, queuedJob } from '../../test/support/records.ts';
import { requestCancel } from './request-cancel.ts';

let parts: RealParts;
beforeAll(async () => {
  parts = await openRealParts();
});
afterAll(() => parts.close());

describe('requestCancel', () => {
  it('ends a job that waits, takes its delivery back, and wakes who watches it', async () => {
    const { id } = await queuedJob(parts);
    await parts.queue.deliver('train', id);
    let calls = 0;
    await parts.notifications.listen(`job-events:${id}`, () => calls++);
    expect(await requestCancel(parts, id)).toMatchObject({ status: 'cancelled' });
    expect(await requestCancel(parts, id)).toMatchObject({ status: 'cancelled' });
    await expect.poll(() => calls).toBe(1);
    const other = await queuedJob(parts);
    await parts.queue.deliver('train', other.id);
    const ids = parts.delivered('train');
    await expect.poll(() => ids).toEqual([other.id]);
  });

  it('tells the worker that has the job, each time it is asked', async () => {
    const { id } = await queuedJob(parts);
    await parts.trainingJobs.claim(id, 'token');
    let calls = 0;
    await parts.notifications.listen(`job-control:${id}`, () => calls++);
    expect(await requestCancel(parts, id)).toMatchObject({ status: 'cancelling' });
    await expect.poll(() => calls).toBe(1);
    expect(await requestCancel(parts, id)).toMatchObject({ status: 'cancelling' });
    await expect.poll(() => calls).toBe(2);
  });

  it('refuses for a job that ended otherwise, or is not there', async () => {
    const { id } = await queuedJob(parts);
    const lease = { jobId: id, token: 'token' };
    await parts.trainingJobs.claim(id, lease.token);
    await parts.trainingJobs.start(lease);
    await parts.trainingJobs.succeed(lease, finishedModel(id));
    await expect(requestCancel(parts, id)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('already succeeded') as string,
    });
    await expect(requestCancel(parts, 'job_none')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('cancels without Redis too', async () => {
    const { id } = await queuedJob(parts);
    expect(await requestCancel({ ...parts, queue: parts.brokenQueue }, id)).toMatchObject({
      status: 'cancelled',
    });
    expect(parts.reports).toContain(`The cancellation of ${id} will be noticed late`);
  });
});

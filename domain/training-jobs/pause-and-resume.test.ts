import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRealParts, type RealParts } from '../../test/support/real-parts.ts';
import { finishedModel, queuedJob } from '../../test/support/records.ts';
import { requestPause } from './request-pause.ts';
import { resumeTrainingJob } from './resume-training-job.ts';

let parts: RealParts;
beforeAll(async () => {
  parts = await openRealParts();
});
afterAll(() => parts.close());

const running = async () => {
  const { id } = await queuedJob(parts);
  const lease = { jobId: id, token: 'token' };
  await parts.trainingJobs.claim(id, lease.token);
  await parts.trainingJobs.start(lease);
  return lease;
};

describe('requestPause', () => {
  it('pauses a job that waits, takes its delivery back, and wakes who watches it', async () => {
    const { id } = await queuedJob(parts);
    await parts.queue.deliver('train', id);
    let calls = 0;
    await parts.notifications.listen(`job-events:${id}`, () => calls++);
    expect(await requestPause(parts, id)).toMatchObject({ status: 'paused' });
    expect(await requestPause(parts, id)).toMatchObject({ status: 'paused' });
    await expect.poll(() => calls).toBe(1);
    const other = await queuedJob(parts);
    await parts.queue.deliver('train', other.id);
    const ids = parts.delivered('train');
    await expect.poll(() => ids).toEqual([other.id]);
  });

  it('tells the worker that has the job, each time it is asked', async () => {
    const { jobId } = await running();
    let calls = 0;
    await parts.notifications.listen(`job-control:${jobId}`, () => calls++);
    expect(await requestPause(parts, jobId)).toMatchObject({ status: 'pausing' });
    await expect.poll(() => calls).toBe(1);
    expect(await requestPause(parts, jobId)).toMatchObject({ status: 'pausing' });
    await expect.poll(() => calls).toBe(2);
  });

  it('refuses for a job that is being cancelled or has ended, or is not there', async () => {
    const lease = await running();
    await parts.trainingJobs.requestCancel(lease.jobId);
    const refused = (status: string) => ({
      code: 'conflict',
      message: expect.stringContaining(`got one that is ${status}`) as string,
    });
    await expect(requestPause(parts, lease.jobId)).rejects.toMatchObject(refused('cancelling'));
    await parts.trainingJobs.succeed(lease, finishedModel(lease.jobId));
    await expect(requestPause(parts, lease.jobId)).rejects.toMatchObject(refused('succeeded'));
    await expect(requestPause(parts, 'job_none')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('pauses without Redis too', async () => {
    const { id } = await queuedJob(parts);
    expect(await requestPause({ ...parts, queue: parts.brokenQueue }, id)).toMatchObject({
      status: 'paused',
    });
    expect(parts.reports).toContain(`The pause of ${id} will be noticed late`);
  });
});

describe('resumeTrainingJob', () => {
  it('delivers the job again, and again when asked again while it waits', async () => {
    const { id } = await queuedJob(parts);
    await requestPause(parts, id);
    expect(await resumeTrainingJob(parts, id)).toMatchObject({ status: 'queued' });
    const ids = parts.delivered('train');
    await expect.poll(() => ids).toContain(id);
    expect(await resumeTrainingJob(parts, id)).toMatchObject({ status: 'queued' });
    await expect.poll(() => ids.filter((delivered) => delivered === id)).toHaveLength(2);
    await parts.trainingJobs.claim(id, 'token');
    expect(await resumeTrainingJob(parts, id)).toMatchObject({ status: 'preparing' });
  });

  it('refuses for a job that is not paused, or is not there', async () => {
    const waiting = await queuedJob(parts);
    await expect(resumeTrainingJob(parts, waiting.id)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('got one that is queued') as string,
    });
    const lease = await running();
    await requestPause(parts, lease.jobId);
    await expect(resumeTrainingJob(parts, lease.jobId)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('wait until it is paused') as string,
    });
    await expect(resumeTrainingJob(parts, 'job_none')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('resumes without Redis too', async () => {
    const { id } = await queuedJob(parts);
    await requestPause(parts, id);
    expect(await resumeTrainingJob({ ...parts, queue: parts.brokenQueue }, id)).toMatchObject({
      status: 'queued',
    });
    expect(parts.reports).toContain(`Training job ${id} is not delivered yet`);
  });
});

import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { freshDatabase } from '../../test/support/backing-services.ts';
import { queuedJob } from '../../test/support/records.ts';
import { connectDatabase, type Database } from './database.ts';

let database: Database;
beforeAll(async () => {
  database = connectDatabase(await freshDatabase());
});
afterAll(() => database.close());
afterEach(() => void vi.useRealTimers());

it.each([-5, 5])(
  'the times of a job are the database’s, also when the worker is %i hours off',
  async (hours) => {
    const { id } = await queuedJob(database);
    const cancelled = await queuedJob(database);
    const lease = { jobId: id, token: `token of ${id}` };
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + hours * 3_600_000 });
    await database.trainingJobs.claim(id, lease.token);
    await database.trainingJobs.start(lease);
    await database.trainingJobs.fail(lease, { code: 'internal', message: 'x', hint: 'y' });
    await database.trainingJobs.requestCancel(cancelled.id);
    vi.useRealTimers();

    const job = await database.trainingJobs.find(id);
    const other = await database.trainingJobs.find(cancelled.id);
    const times = [job?.createdAt, job?.startedAt, job?.finishedAt].map((time) => time!.getTime());
    expect(times).toEqual([...times].sort((a, b) => a - b));
    for (const time of [...times, other!.finishedAt!.getTime()])
      expect(Math.abs(time - Date.now())).toBeLessThan(3_600_000);
  },
);

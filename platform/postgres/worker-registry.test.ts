import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshDatabase } from '../../test/support/backing-services.ts';
import { queuedJob } from '../../test/support/records.ts';
import { connectDatabase, type Database } from './database.ts';

let database: Database;
beforeAll(async () => {
  database = connectDatabase(await freshDatabase());
});
afterAll(() => database.close());

const worker = { id: 'wrk_1', host: 'here', threads: 2, memoryBytes: 5e9, concurrency: 2 };
const alive = async () => (await database.trainingJobs.queueState(60_000)).workers;

it('reckons with workers that are heard of, at the pace they were seen to have', async () => {
  const { workers } = database;
  expect(await workers.beat(worker)).toEqual({ pace: null });
  await workers.setPace(worker.id, 1e9);
  expect(await workers.beat(worker)).toEqual({ pace: 1e9 });
  expect(await alive()).toEqual([{ id: 'wrk_1', memoryBytes: 5e9, concurrency: 2, pace: 1e9 }]);
  expect((await database.trainingJobs.queueState(-60_000)).workers).toEqual([]);

  await workers.leave(worker.id);
  expect(await alive()).toEqual([]);
  expect(await workers.beat({ ...worker, id: 'wrk_2' })).toEqual({ pace: 1e9 });
  expect(await workers.removeSilent(60_000)).toBe(1);
  expect(await alive()).toMatchObject([{ id: 'wrk_2' }]);
  // Whose row has gone while it was away is back with its next beat.
  expect(await workers.beat(worker)).toEqual({ pace: 1e9 });
});

it('tells what waits and what runs, with all that decides whose turn it is', async () => {
  const { trainingJobs } = database;
  const { id } = await queuedJob(database);
  await trainingJobs.setPriority(id, 7);
  const waiting = await trainingJobs.queueState(1000);
  expect(waiting.waiting).toMatchObject([{ id, priority: 7, progress: 0, maxSeconds: null }]);
  await trainingJobs.claim(id, 'token', 'wrk_1');
  const lease = { jobId: id, token: 'token' };
  await trainingJobs.start(lease);
  await trainingJobs.heartbeat(lease, { progress: 0.5, epoch: 1, step: 3 });
  const { now, running } = await trainingJobs.queueState(1000);
  expect(running).toMatchObject([{ id, workerId: 'wrk_1', stays: true, progress: 0.5 }]);
  expect(running[0]?.claimedAt?.getTime()).toBeLessThanOrEqual(now.getTime());
  expect(running[0]?.finishAt).toBeInstanceOf(Date);
  const { queuedAt } = (await trainingJobs.find(id))!;
  await trainingJobs.handBack(lease, 'worker_stopped');
  expect((await trainingJobs.find(id))!.queuedAt).toEqual(queuedAt);
  await trainingJobs.claim(id, 'token', 'wrk_1');
  await trainingJobs.handBack(lease, 'preempted');
  expect((await trainingJobs.find(id))!.queuedAt.getTime()).toBeGreaterThan(queuedAt.getTime());
});

/** What comes late, or at a wrong time: workers whose clock is wrong, that were frozen, and messages about jobs that have ended. */
import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import type { TrainingJob } from '../../domain/training-jobs/training-job.ts';
import { freshDatabase, freshRedis } from '../support/backing-services.ts';
import { atWork, childrenOf, ended, isAlive, smallCsv, startRig, until, type Rig } from './rig.ts';

// Nothing here is timed, but a busy machine takes its time.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

let rig: Rig;
let datasetId: string;

beforeAll(async () => {
  rig = await startRig({ databaseUrl: await freshDatabase(), redisUrl: await freshRedis() });
  const worker = rig.startWorker();
  datasetId = (await rig.ingested((await rig.upload(smallCsv())).id)).id;
  await worker.end('SIGTERM');
});
afterEach(async ({ task }) => {
  const log = await rig.endWorkers();
  if (task.result?.state === 'fail') process.stdout.write(log);
});
afterAll(async () => {
  expect(await rig.end()).toEqual([]);
});

const hours = 3_600_000;
const withClock = (shiftMs: number): Record<string, string> => ({
  NODE_OPTIONS: `--import=${new URL('./shifted-clock.mjs', import.meta.url).href}`,
  CLOCK_SHIFT_MS: String(shiftMs),
  CHECKPOINT_SECONDS: '0.2',
});

/** All that a late writer could spoil. */
async function remainsOf(id: string): Promise<unknown> {
  const { trainingJobs, models, checkpoints } = rig.database;
  const job = (await trainingJobs.find(id))!;
  const versions = job.modelVersion
    ? await models.listVersions(job.modelVersion.modelId, { limit: 100 })
    : { data: [] };
  const files: string[] = [];
  for await (const { key } of rig.storage.list('models/')) files.push(key);
  return {
    job: { ...job, updatedAt: null },
    events: await trainingJobs.events(id, { afterSequence: 0, limit: 10_000 }),
    metrics: await trainingJobs.metrics(id),
    checkpoints: await checkpoints.list(id),
    versions: versions.data,
    files: files.sort(),
  };
}

async function modelOf(job: TrainingJob): Promise<Buffer> {
  expect(job).toMatchObject({ status: 'succeeded' });
  const { modelId, version } = job.modelVersion!;
  const { storageKey } = (await rig.database.models.findVersion({ nameOrId: modelId, version }))!;
  const { path } = await rig.storage.localPath(storageKey);
  return readFile(path);
}

it('workers whose clocks are wrong by hours take, finish, lose and recover jobs as others do', async () => {
  const ahead = rig.startWorker(withClock(5 * hours));
  const { id } = await rig.createJob(datasetId, { max_seconds: 4 });
  await rig.jobWhen(id, atWork);
  // It must not take a living worker for dead, whatever its own clock says.
  const behind = rig.startWorker(withClock(-3 * hours));
  const other = await rig.createJob(datasetId, { epochs: 20 });
  expect(await rig.jobWhen(other.id, ended)).toMatchObject({ status: 'succeeded', attempt: 1 });
  expect(await rig.jobWhen(id, ended)).toMatchObject({ status: 'succeeded', attempt: 1 });

  // And it must notice one that is.
  await behind.end('SIGTERM');
  const lost = await rig.createJob(datasetId, { max_seconds: 3 });
  await rig.jobWhen(lost.id, atWork);
  rig.startWorker(withClock(-3 * hours));
  await ahead.end('SIGKILL');
  expect(await rig.jobWhen(lost.id, ended)).toMatchObject({ status: 'succeeded', attempt: 2 });

  // What one hands back waits no longer for the others.
  const handedBack = await rig.createJob(datasetId, { max_seconds: 3 });
  await rig.jobWhen(handedBack.id, atWork);
  await rig.endWorkers();
  rig.startWorker();
  expect(await rig.jobWhen(handedBack.id, ended)).toMatchObject({ status: 'succeeded' });
});

it('a worker that slept until its job had ended elsewhere changes nothing when it wakes', async () => {
  const quick = { CHECKPOINT_SECONDS: '0.2' };
  const sleeper = rig.startWorker(quick);
  const quiet = await rig.createJob(datasetId, { epochs: 400 });
  const expected = await modelOf(await rig.jobWhen(quiet.id, ended));

  const { id } = await rig.createJob(datasetId, { epochs: 400 });
  await rig.jobWhen(id, atWork);
  process.kill(sleeper.pid, 'SIGSTOP');
  const orphans = childrenOf(sleeper.pid);
  rig.startWorker(quick);
  const job = await rig.jobWhen(id, ended);
  expect(job).toMatchObject({ status: 'succeeded', attempt: 2 });
  expect((await modelOf(job)).equals(expected)).toBe(true);

  const before = await remainsOf(id);
  process.kill(sleeper.pid, 'SIGCONT');
  await until(() => sleeper.log().includes('another worker has the job'));
  await until(() => !orphans.some(isAlive));
  const next = await rig.createJob(datasetId, { epochs: 1 });
  await rig.jobWhen(next.id, ended);
  const files = (await remainsOf(next.id)) as { files: string[] };
  const own = (await rig.database.models.listVersions(job.modelVersion!.modelId, { limit: 100 })).data;
  expect(files.files).toHaveLength(2 * own.length);
  expect({ ...((await remainsOf(id)) as object), versions: null, files: null }).toEqual({
    ...(before as object),
    versions: null,
    files: null,
  });
});

it('what is said of a job that has ended changes nothing', async () => {
  rig.startWorker();
  const succeeded = await rig.createJob(datasetId, { epochs: 2 });
  await rig.jobWhen(succeeded.id, ended);
  const cancelled = await rig.createJob(datasetId, { max_seconds: 60 });
  await rig.cancel(cancelled.id);
  await rig.jobWhen(cancelled.id, ended);
  const ids = [succeeded.id, cancelled.id];
  const before = await Promise.all(ids.map(remainsOf));
  for (const id of ids) {
    await rig.queue.deliver('train', id);
    await rig.notifications.notify(`job-control:${id}`);
    const late = { jobId: id, token: 'of an attempt that is over' };
    const { trainingJobs } = rig.database;
    expect(await trainingJobs.heartbeat(late)).toBeNull();
    expect(await trainingJobs.fail(late, { code: 'internal', message: 'late', hint: 'none' })).toBe(false);
    expect(await trainingJobs.cancel(late)).toBe(false);
    expect(await trainingJobs.pause(late)).toBe(false);
  }
  await rig.queue.deliver('train', 'job_of_nobody');
  await until(async () => (await rig.database.trainingJobs.queuedIds()).length === 0);
  expect(await Promise.all(ids.map(remainsOf))).toEqual(before);
});

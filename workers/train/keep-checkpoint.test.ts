import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CheckpointRepository } from '../../domain/ports/checkpoint-repository.ts';
import { connectDatabase, type Database } from '../../platform/postgres/database.ts';
import { openFileStorage } from '../../platform/storage/file-storage.ts';
import { freshDatabase } from '../../test/support/backing-services.ts';
import { queuedJob } from '../../test/support/records.ts';
import { checkpointKeeper } from './keep-checkpoint.ts';

let database: Database;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'unroll-keep-'));
  database = connectDatabase(await freshDatabase());
});
afterAll(async () => {
  await database.close();
  await rm(directory, { recursive: true, force: true });
});

/** One checkpoint of a claimed job; `record` takes the place of the repository's. */
async function keepOne(
  record: (lease: { jobId: string; token: string }) => CheckpointRepository['record'],
): Promise<{ kept: boolean; rows: number; files: string[] }> {
  const { id: jobId } = await queuedJob(database);
  const lease = { jobId, token: `token of ${jobId}` };
  await database.trainingJobs.claim(jobId, lease.token);
  const storage = openFileStorage(join(directory, 'objects'));
  const path = join(directory, 'written');
  await writeFile(path, 'a checkpoint');
  const keeper = checkpointKeeper(
    {
      checkpoints: { ...database.checkpoints, record: record(lease) },
      storage,
      write: (step) => step().catch(() => step()),
      log: { warn: () => undefined },
      tell: () => undefined,
    },
    lease,
  );
  const kept = await keeper.keep({
    path,
    formatVersion: 1,
    epoch: 1,
    step: 10,
    validationLoss: null,
    trainedSeconds: 1,
  });
  const files: string[] = [];
  for await (const { key } of storage.list(`checkpoints/${jobId}/`)) files.push(key);
  return { kept, rows: (await database.checkpoints.list(jobId)).length, files };
}

it('leaves no file of a job that is another worker’s', async () => {
  const lost = await keepOne((lease) => async (_, checkpoint) => {
    await database.trainingJobs.handBack(lease, 'worker_stopped');
    return database.checkpoints.record(lease, checkpoint);
  });
  expect(lost).toEqual({ kept: false, rows: 0, files: [] });
});

it('leaves the file of a row that was written although the answer never came, and the job was lost meanwhile', async () => {
  let tries = 0;
  const kept = await keepOne((lease) => async (_, checkpoint) => {
    const answer = await database.checkpoints.record(lease, checkpoint);
    if (++tries > 1) return answer;
    await database.trainingJobs.handBack(lease, 'worker_stopped');
    throw new Error('Connection terminated');
  });
  expect(kept).toMatchObject({ kept: false, rows: 1, files: [expect.any(String)] });
});

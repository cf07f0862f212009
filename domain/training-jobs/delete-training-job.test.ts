import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRealParts, type RealParts } from '../../test/support/real-parts.ts';
import { queuedJob } from '../../test/support/records.ts';
import { deleteTrainingJob } from './delete-training-job.ts';
import { checkpointKey } from './training-checkpoint.ts';

let parts: RealParts;
beforeAll(async () => {
  parts = await openRealParts();
});
afterAll(() => parts.close());

describe('deleteTrainingJob', () => {
  it('removes the files of its checkpoints, but only when it has ended', async () => {
    const { id } = await queuedJob(parts);
    await parts.trainingJobs.claim(id, 'token');
    const storageKey = checkpointKey(id, 'ckpt_1');
    const stored = await parts.storage.put(storageKey, Readable.from([Buffer.from('numbers')]));
    const lease = { jobId: id, token: 'token' };
    await parts.checkpoints.record(lease, {
      id: 'ckpt_1',
      epoch: 1,
      step: 10,
      validationLoss: null,
      formatVersion: 1,
      storageKey,
      ...stored,
      trainedSeconds: 1,
    });

    await expect(deleteTrainingJob(parts, id)).rejects.toMatchObject({
      code: 'conflict',
      message: 'expected a training job that has ended, got one that is preparing',
    });
    expect(await parts.storage.stat(storageKey)).toEqual({ bytes: stored.bytes });

    await parts.trainingJobs.fail(lease, { code: 'internal', message: '', hint: '' });
    await deleteTrainingJob(parts, id);
    expect(await parts.storage.stat(storageKey)).toBeNull();
    await expect(deleteTrainingJob(parts, id)).rejects.toMatchObject({ code: 'not_found' });
  });
});

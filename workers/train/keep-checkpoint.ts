/**
 * What the worker does with the checkpoints of its child: the file goes to storage, then the row is written, then what is no
 * longer needed is removed. A crash in between leaves a file without a row, which housekeeping removes; never a row without
 * its file. Training goes on whatever becomes of them.
 */
import { rm } from 'node:fs/promises';
import type { CheckpointRepository } from '../../domain/ports/checkpoint-repository.ts';
import type { ObjectStorage } from '../../domain/ports/object-storage.ts';
import type { Lease } from '../../domain/ports/training-job-repository.ts';
import { checkpointKey } from '../../domain/training-jobs/training-checkpoint.ts';
import type { JobError, JobErrorCode } from '../../domain/training-jobs/training-job.ts';
import { newId } from '../../platform/ids.ts';
import { errorFromException } from './job-errors.ts';
import type { DamagedCheckpoint, TrainOrder, WrittenCheckpoint } from './protocol.ts';

interface Parts {
  readonly checkpoints: CheckpointRepository;
  readonly storage: Pick<ObjectStorage, 'localPath' | 'putFile' | 'delete'>;
  /** Tries a write again over outages. */
  readonly write: <Result>(step: () => Promise<Result>) => Promise<Result>;
  readonly log: { warn(details: object, message: string): void };
  /** The log of the job has something new. */
  readonly tell: () => void;
}

export interface CheckpointKeeper {
  /** Where the job may go on, newest first. `release` when they have been read. */
  candidates(): Promise<{
    resumeFrom: TrainOrder['checkpoints']['resumeFrom'];
    release: () => Promise<void>;
  }>;
  /** False when the lease is lost. */
  keep(written: WrittenCheckpoint): Promise<boolean>;
  failed(error: JobError): Promise<void>;
  damaged(damaged: DamagedCheckpoint): Promise<void>;
}

const someFailure = 'A checkpoint could not be written. Training goes on; another one is tried later.';
const failures: Partial<Record<JobErrorCode, string>> = {
  storage_full:
    'There was no room left for a checkpoint. Training goes on; another one is tried later. Make space in DATA_DIR.',
};

export function checkpointKeeper(parts: Parts, lease: Lease): CheckpointKeeper {
  const { checkpoints, storage, write, log } = parts;
  /** One warning for failures in a row. */
  let isFailing = false;

  const remove = async (key: string): Promise<void> => {
    await storage
      .delete(key)
      .catch((err: unknown) => log.warn({ err, key }, 'a checkpoint is left without a row'));
  };

  const failed = async ({ code }: Pick<JobError, 'code'>, cause?: unknown): Promise<void> => {
    log.warn({ code, err: cause }, 'a checkpoint could not be written');
    if (isFailing) return;
    isFailing = true;
    await write(() => checkpoints.noteFailed(lease, { code, message: failures[code] ?? someFailure }))
      .then(parts.tell)
      .catch((err: unknown) => log.warn({ err }, 'nor could that be written down'));
  };

  const damaged = async ({ id, reason }: DamagedCheckpoint): Promise<void> => {
    log.warn({ checkpoint: id, reason }, 'a checkpoint can not be used');
    const key = await write(() => checkpoints.discard(lease, id, reason));
    if (key === null) return;
    parts.tell();
    await remove(key);
  };

  return {
    async candidates() {
      const resumeFrom: { id: string; path: string }[] = [];
      const releases: (() => Promise<void>)[] = [];
      for (const { id, storageKey } of await write(() => checkpoints.list(lease.jobId))) {
        try {
          const { path, release } = await storage.localPath(storageKey);
          releases.push(release);
          resumeFrom.push({ id, path });
        } catch (error) {
          await damaged({ id, reason: error instanceof Error ? error.message : String(error) });
        }
      }
      return {
        resumeFrom,
        release: async () => {
          await Promise.all(releases.map((release) => release()));
        },
      };
    },

    async keep({ path, formatVersion, epoch, step, validationLoss, trainedSeconds }) {
      const id = newId('ckpt');
      const storageKey = checkpointKey(lease.jobId, id);
      try {
        const stored = await storage.putFile(storageKey, path);
        const known = { formatVersion, epoch, step, validationLoss, trainedSeconds };
        const { recorded, dropped } = await write(() =>
          checkpoints.record(lease, { id, storageKey, ...stored, ...known }),
        );
        isFailing = false;
        // An earlier try may have gone through although its answer never came, and the lease been lost since.
        const isNamed = recorded || (await write(() => checkpoints.usesStorageKey(storageKey)));
        await Promise.all((isNamed ? dropped : [storageKey]).map(remove));
        return recorded;
      } catch (error) {
        // What may be in the storage stays there: its row may have been written although the answer never came.
        await rm(path, { force: true });
        await failed(errorFromException(error), error);
        return true;
      }
    },

    failed,
    damaged,
  };
}

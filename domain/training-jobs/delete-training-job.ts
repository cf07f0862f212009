/** Removes an ended job: the rows first, so that nobody finds a checkpoint without its file, then the files. */
import { UnrollError } from '../errors/unroll-error.ts';
import type { CheckpointRepository } from '../ports/checkpoint-repository.ts';
import type { ObjectStorage } from '../ports/object-storage.ts';
import type { Report } from '../ports/report.ts';
import type { TrainingJobRepository } from '../ports/training-job-repository.ts';

interface Ports {
  readonly trainingJobs: Pick<TrainingJobRepository, 'delete' | 'find'>;
  readonly checkpoints: Pick<CheckpointRepository, 'list'>;
  readonly storage: Pick<ObjectStorage, 'delete'>;
  readonly report: Report;
}

/** Throws `not_found`, or `conflict` when it has not ended. Model versions stay. */
export async function deleteTrainingJob(ports: Ports, id: string): Promise<void> {
  const checkpoints = await ports.checkpoints.list(id);
  const outcome = await ports.trainingJobs.delete(id);
  if (outcome === 'not_ended') {
    const job = await ports.trainingJobs.find(id);
    throw new UnrollError(
      'conflict',
      `expected a training job that has ended, got one that is ${job?.status ?? 'gone'}`,
    );
  }
  if (outcome === 'not_found') throw new UnrollError('not_found', `There is no training job ${id}`);
  for (const { storageKey } of checkpoints)
    await ports.storage
      .delete(storageKey)
      .catch((error: unknown) => ports.report(`${storageKey} is left without a row`, error));
}

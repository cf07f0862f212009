/** The end of a successful attempt: the file goes to storage, then the job's end and the model version into the database. */
import type { Dataset } from '../../domain/datasets/dataset.ts';
import { readCard, type ModelCard } from '../../domain/models/model.ts';
import { decodingFiles, decodingKeyOf, weightsKeyOf } from '../../domain/models/version-files.ts';
import type { ModelRepository } from '../../domain/ports/model-repository.ts';
import type { ObjectStorage, StoredObject } from '../../domain/ports/object-storage.ts';
import type { Lease, TrainingJobRepository } from '../../domain/ports/training-job-repository.ts';
import type { FirstWeights } from '../../domain/training-jobs/initialize-from.ts';
import type { TrainingJob } from '../../domain/training-jobs/training-job.ts';
import type { TrainedModel } from './protocol.ts';

interface Parts {
  readonly storage: Pick<ObjectStorage, 'putFile' | 'delete'>;
  readonly trainingJobs: Pick<TrainingJobRepository, 'succeed'>;
  readonly models: Pick<ModelRepository, 'usesStorageKey'>;
  /** Tries a write again over outages. */
  readonly write: <Result>(step: () => Promise<Result>) => Promise<Result>;
}

interface Finished {
  readonly job: TrainingJob;
  readonly lease: Lease;
  readonly dataset: Dataset;
  readonly trained: TrainedModel;
  readonly modelPath: string;
  /** For those who train on from it. */
  readonly weightsPath: string;
  readonly unrollVersion: string;
}

/**
 * False when the lease was lost: then the files are removed again. Each attempt has keys of its own, so that a late one
 * can't touch the files of another; what a crash leaves here is swept up by housekeeping.
 */
export async function publishModel(parts: Parts, finished: Finished): Promise<boolean> {
  const { job, lease } = finished;
  const storageKey = `models/${job.id}-${lease.token}/model.onnx`;
  const others = [
    { key: weightsKeyOf(storageKey), path: finished.weightsPath },
    ...('decoding' in finished.trained ? decodingFiles : []).map((file) => ({
      key: decodingKeyOf(storageKey, file),
      path: decodingKeyOf(finished.modelPath, file),
    })),
  ];
  const remove = (): Promise<unknown> =>
    Promise.all([storageKey, ...others.map(({ key }) => key)].map((key) => parts.storage.delete(key)));
  const stored = await storeAll().catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  const model = { storageKey, ...stored, card: modelCard(finished, stored) };
  const version = await parts.write(() => parts.trainingJobs.succeed(lease, model));
  if (version !== null) return true;
  // An earlier try may have gone through although its answer never came.
  if (await parts.write(() => parts.models.usesStorageKey(storageKey))) return true;
  await remove();
  return false;

  async function storeAll(): Promise<StoredObject> {
    for (const { key, path } of others) await parts.storage.putFile(key, path);
    return parts.storage.putFile(storageKey, finished.modelPath);
  }
}

const nameOf = (first: FirstWeights): string =>
  'model' in first ? first.model : `${first.checkpoint ?? 'a checkpoint'} of ${first.job}`;

function modelCard({ job, dataset, trained, unrollVersion }: Finished, stored: StoredObject): ModelCard {
  const { opset, ...known } = trained;
  const card: object = {
    specification: job.specification,
    dataset: {
      id: dataset.id,
      name: dataset.name,
      sha256: dataset.sha256,
      row_count: dataset.rowCount ?? 0,
    },
    ...known,
    file: { ...stored, opset },
    lineage: {
      job_id: job.id,
      ...(job.initializeFrom !== null && { initialized_from: nameOf(job.initializeFrom) }),
      unroll_version: unrollVersion,
      created_at: new Date().toISOString(),
    },
  };
  return readCard(card);
}

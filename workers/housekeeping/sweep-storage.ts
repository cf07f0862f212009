/**
 * Removes objects that no row names: what a crash left between the writing of a file and the writing of its row, or
 * between the removal of a row and that of its files. Only old ones: a young one may be about to get its row.
 */
import { modelKeyOf } from '../../domain/models/version-files.ts';
import type { BatchPredictionRepository } from '../../domain/ports/batch-prediction-repository.ts';
import type { CheckpointRepository } from '../../domain/ports/checkpoint-repository.ts';
import type { DatasetRepository } from '../../domain/ports/dataset-repository.ts';
import type { ModelRepository } from '../../domain/ports/model-repository.ts';
import type { ObjectStorage } from '../../domain/ports/object-storage.ts';

interface Ports {
  readonly datasets: Pick<DatasetRepository, 'find'>;
  readonly models: Pick<ModelRepository, 'usesStorageKey'>;
  readonly checkpoints: Pick<CheckpointRepository, 'usesStorageKey'>;
  readonly batchPredictions: Pick<BatchPredictionRepository, 'usesStorageKey'>;
  readonly storage: Pick<ObjectStorage, 'list' | 'delete'>;
}

/** The keys that were removed. */
export async function sweepStorage(ports: Ports, before: Date): Promise<readonly string[]> {
  const inUse: Record<
    'datasets/' | 'models/' | 'checkpoints/' | 'batch-predictions/',
    (key: string) => Promise<boolean>
  > = {
    'datasets/': async (key) => {
      const dataset = await ports.datasets.find(key.split('/')[1] ?? '');
      return dataset !== null && (key === dataset.sourceKey || key === dataset.tableKey);
    },
    'models/': (key) => ports.models.usesStorageKey(modelKeyOf(key) ?? key),
    'checkpoints/': (key) => ports.checkpoints.usesStorageKey(key),
    'batch-predictions/': (key) => ports.batchPredictions.usesStorageKey(key),
  };

  const removed: string[] = [];
  for (const [prefix, isUsed] of Object.entries(inUse)) {
    for await (const { key, modifiedAt } of ports.storage.list(prefix)) {
      if (modifiedAt >= before || (await isUsed(key))) continue;
      await ports.storage.delete(key);
      removed.push(key);
    }
  }
  return removed;
}

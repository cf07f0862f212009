/** Removes a dataset: the row first, so that nobody finds a dataset without its files, then the files. */
import { UnrollError } from '../errors/unroll-error.ts';
import type { DatasetRepository } from '../ports/dataset-repository.ts';
import type { ObjectStorage } from '../ports/object-storage.ts';
import type { DeliveryQueue } from '../ports/queue.ts';
import type { Report } from '../ports/report.ts';

interface Ports {
  readonly datasets: Pick<DatasetRepository, 'delete'>;
  readonly storage: Pick<ObjectStorage, 'delete'>;
  readonly queue: Pick<DeliveryQueue, 'withdraw'>;
  readonly report: Report;
}

/** Throws `not_found`, or `conflict` while a job that has not ended names the dataset. */
export async function deleteDataset(ports: Ports, id: string): Promise<void> {
  const answer = await ports.datasets.delete(id);
  if (answer === null) throw new UnrollError('not_found', `There is no dataset ${id}.`);
  if ('inUseBy' in answer)
    throw new UnrollError('conflict', `Dataset ${id} is needed by ${answer.inUseBy}, which has not ended.`);

  const { sourceKey, tableKey, status } = answer.deleted;
  if (status === 'validating')
    await ports.queue
      .withdraw('ingest', id)
      .catch((error: unknown) => ports.report(`The delivery of dataset ${id} is not withdrawn`, error));
  for (const key of tableKey === null ? [sourceKey] : [sourceKey, tableKey])
    await ports.storage
      .delete(key)
      .catch((error: unknown) => ports.report(`${key} is left without a row`, error));
}

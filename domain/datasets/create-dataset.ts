/** Takes an upload in: the bytes first, then the row, then its delivery to the ingest worker. */
import type { Readable } from 'node:stream';
import type { DatasetRepository } from '../ports/dataset-repository.ts';
import type { KeyClaim } from '../ports/idempotency-repository.ts';
import type { NewId } from '../ports/ids.ts';
import type { ObjectStorage } from '../ports/object-storage.ts';
import type { DeliveryQueue } from '../ports/queue.ts';
import type { Report } from '../ports/report.ts';
import type { Dataset } from './dataset.ts';

interface Ports {
  readonly datasets: Pick<DatasetRepository, 'create'>;
  readonly storage: Pick<ObjectStorage, 'put' | 'delete'>;
  readonly queue: Pick<DeliveryQueue, 'deliver'>;
  readonly newId: NewId;
  readonly report: Report;
}

interface Upload {
  readonly name: string;
  readonly description: string | null;
  readonly format: Dataset['format'];
  readonly reading?: Dataset['reading'];
  readonly onBadRows: Dataset['onBadRows'];
  readonly body: Readable;
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
  /** Of the request's Idempotency-Key. */
  readonly claim?: KeyClaim;
}

/** A failure before the row is there leaves nothing behind; a failed delivery is made up for by `redeliverQueued`. */
export async function createDataset(ports: Ports, upload: Upload): Promise<Dataset> {
  const id = ports.newId('ds');
  const sourceKey = `datasets/${id}/source`;
  const { body, maxBytes, signal, claim, ...row } = upload;
  const stored = await ports.storage.put(sourceKey, body, { maxBytes, ...(signal && { signal }) });
  let dataset: Dataset;
  try {
    dataset = await ports.datasets.create({ id, sourceKey, ...row, ...stored }, claim);
  } catch (error) {
    await ports.storage
      .delete(sourceKey)
      .catch((left: unknown) => ports.report(`The upload ${sourceKey} is left without a row`, left));
    throw error;
  }
  await ports.queue
    .deliver('ingest', id)
    .catch((error: unknown) => ports.report(`Dataset ${id} is not delivered yet`, error));
  return dataset;
}

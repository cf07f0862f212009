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
  await deliver(ports, id);
  return dataset;
}

const deliver = (ports: Pick<Ports, 'queue' | 'report'>, id: string): Promise<void> =>
  ports.queue
    .deliver('ingest', id)
    .catch((error: unknown) => ports.report(`Dataset ${id} is not delivered yet`, error));

interface FilePorts {
  readonly datasets: Pick<DatasetRepository, 'create' | 'find'>;
  readonly storage: Pick<ObjectStorage, 'putFile' | 'digest'>;
  readonly queue: Pick<DeliveryQueue, 'deliver'>;
  readonly report: Report;
}

type NewFile = Omit<Upload, 'body' | 'maxBytes' | 'signal' | 'claim'> & {
  /** Known before the file was whole: however often this is called with it, there is one dataset. */
  readonly id: string;
  /** Gives the path of the file, which is moved away. */
  readonly path: () => Promise<string>;
};

/** Takes in a file that is on this machine already. Can be called again where it broke off, also at the same time. */
export async function createDatasetOfFile(ports: FilePorts, { id, path, ...row }: NewFile): Promise<Dataset> {
  const known = await ports.datasets.find(id);
  if (known !== null) return known;
  const sourceKey = `datasets/${id}/source`;
  try {
    // It may have been moved there by a process that died before it could write the row.
    const stored =
      (await ports.storage.digest(sourceKey)) ?? (await ports.storage.putFile(sourceKey, await path()));
    const dataset = await ports.datasets.create({ id, sourceKey, reading: {}, ...row, ...stored });
    await deliver(ports, id);
    return dataset;
  } catch (error) {
    const made = await ports.datasets.find(id);
    if (made !== null) return made;
    throw error;
  }
}

/** The dataset that a job is to be made of. */
import { UnrollError } from '../errors/unroll-error.ts';
import type { DatasetRepository } from '../ports/dataset-repository.ts';
import type { Dataset, DatasetStatus } from './dataset.ts';

/** Throws `validation_failed` when there is none, or `conflict` when it is not ready. */
export async function findReadyDataset(
  datasets: Pick<DatasetRepository, 'find'>,
  id: string,
): Promise<Dataset> {
  const dataset = await datasets.find(id);
  if (dataset === null) throw unknownDataset(id);
  if (dataset.status !== 'ready') throw notReady(id, dataset.status);
  return dataset;
}

export const unknownDataset = (id: string): UnrollError =>
  new UnrollError('validation_failed', `There is no dataset ${id}.`, {
    errors: [{ pointer: '/dataset_id', message: `expected the id of a dataset, got ${id}` }],
  });

const whyNotReady: Record<Exclude<DatasetStatus, 'ready'>, string> = {
  validating: 'is still being validated: wait until its status is ready',
  rejected: 'was rejected: its `problems` say why',
};

const notReady = (id: string, status: Exclude<DatasetStatus, 'ready'>): UnrollError =>
  new UnrollError('conflict', `Dataset ${id} ${whyNotReady[status]}.`, {
    errors: [
      { pointer: '/dataset_id', message: `expected a dataset that is ready, got one that is ${status}` },
    ],
  });

/** Housekeeping: what waits in the tables is delivered again, in case its delivery was lost (Redis may forget). */
import type { DatasetRepository } from '../ports/dataset-repository.ts';
import type { BatchPredictionRepository } from '../ports/batch-prediction-repository.ts';
import type { DeliveryQueue } from '../ports/queue.ts';
import type { TrainingJobRepository } from '../ports/training-job-repository.ts';

interface Ports {
  readonly datasets: Pick<DatasetRepository, 'findStale'>;
  readonly trainingJobs: Pick<TrainingJobRepository, 'queuedIds'>;
  readonly batchPredictions: Pick<BatchPredictionRepository, 'queuedIds'>;
  readonly queue: Pick<DeliveryQueue, 'deliver'>;
}

/** Delivering what is already waiting does nothing, so this may run at any time, in any number of processes. */
export async function redeliverQueued(ports: Ports, limits: { datasetsStaleBefore: Date }): Promise<void> {
  for (const { id } of await ports.datasets.findStale(limits.datasetsStaleBefore))
    await ports.queue.deliver('ingest', id);
  for (const id of await ports.trainingJobs.queuedIds()) await ports.queue.deliver('train', id);
  for (const id of await ports.batchPredictions.queuedIds()) await ports.queue.deliver('predict', id);
}

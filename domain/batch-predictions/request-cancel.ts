/** Asks for the end of a batch prediction. */
import { cancelJob, type CancelPorts } from '../jobs/cancel-job.ts';
import type { BatchPredictionRepository } from '../ports/batch-prediction-repository.ts';
import type { BatchPrediction } from './batch-prediction.ts';

interface Ports extends CancelPorts {
  readonly batchPredictions: Pick<BatchPredictionRepository, 'requestCancel'>;
}

/** Asking twice is the same as asking once. Throws `not_found`, or `conflict` when the job ended otherwise. */
export const requestCancelBatchPrediction = (ports: Ports, id: string): Promise<BatchPrediction> =>
  cancelJob(ports.batchPredictions, 'predict', ports, id);

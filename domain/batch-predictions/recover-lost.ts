/** Housekeeping: batch predictions whose worker has not been heard of. */
import { recoverLost, type RecoveryLimits, type RecoveryPorts } from '../jobs/recover-lost.ts';
import type { BatchPredictionRepository } from '../ports/batch-prediction-repository.ts';
import type { BatchPrediction } from './batch-prediction.ts';

interface Ports extends RecoveryPorts {
  readonly batchPredictions: Pick<BatchPredictionRepository, 'recoverLost'>;
}

export const recoverLostBatchPredictions = (
  ports: Ports,
  limits: RecoveryLimits,
): Promise<readonly BatchPrediction[]> => recoverLost(ports.batchPredictions, 'predict', ports, limits);

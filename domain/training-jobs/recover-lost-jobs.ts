/** Housekeeping: training jobs whose worker has not been heard of. */
import { recoverLost, type RecoveryLimits, type RecoveryPorts } from '../jobs/recover-lost.ts';
import type { TrainingJobRepository } from '../ports/training-job-repository.ts';
import type { TrainingJob } from './training-job.ts';

interface Ports extends RecoveryPorts {
  readonly trainingJobs: Pick<TrainingJobRepository, 'recoverLost'>;
}

export const recoverLostJobs = (ports: Ports, limits: RecoveryLimits): Promise<readonly TrainingJob[]> =>
  recoverLost(ports.trainingJobs, 'train', ports, limits);

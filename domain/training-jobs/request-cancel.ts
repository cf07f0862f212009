/** Asks for the end of a training job. */
import { cancelJob, type CancelPorts } from '../jobs/cancel-job.ts';
import type { TrainingJobRepository } from '../ports/training-job-repository.ts';
import type { TrainingJob } from './training-job.ts';

interface Ports extends CancelPorts {
  readonly trainingJobs: Pick<TrainingJobRepository, 'requestCancel'>;
}

/** Asking twice is the same as asking once. Throws `not_found`, or `conflict` when the job ended otherwise. */
export const requestCancel = (ports: Ports, id: string): Promise<TrainingJob> =>
  cancelJob(ports.trainingJobs, 'train', ports, id);

/** What those who watch a training job are told between two events. */
import type { JobHead } from '../../../../domain/ports/job-log.ts';
import { estimatedFinish } from '../../../../domain/training-jobs/estimated-finish.ts';

/** Null unless it runs. */
export function trainingProgressText(head: JobHead): string | null {
  const { status, progress, epoch, step } = head;
  if (status !== 'running') return null;
  const estimate = estimatedFinish(head)?.toISOString() ?? null;
  const data = { status, progress, epoch, step, estimated_finish_at: estimate };
  return `event: training_job.progress\ndata: ${JSON.stringify(data)}\n\n`;
}

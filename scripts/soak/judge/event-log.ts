/** Whether a job's log can be true: numbered without a gap, legal by the table of transitions, each epoch told once. */
import {
  isEnded,
  transitions,
  type TrainingJobEventType,
  type TrainingJobStatus,
} from '../../../domain/training-jobs/training-job.ts';
import type { EventResource } from '../resources.ts';

/** The status that an event tells of; null: it tells of something that happened in a status. */
const statusAfter: Record<TrainingJobEventType, TrainingJobStatus | null> = {
  'training_job.queued': 'queued',
  'training_job.preparing': 'preparing',
  'training_job.running': 'running',
  'training_job.epoch': null,
  'training_job.checkpoint_failed': null,
  'training_job.checkpoint_damaged': null,
  'training_job.restarted': 'queued',
  'training_job.pausing': 'pausing',
  'training_job.paused': 'paused',
  'training_job.resumed': 'queued',
  'training_job.cancelling': 'cancelling',
  'training_job.cancelled': 'cancelled',
  'training_job.failed': 'failed',
  'training_job.succeeded': 'succeeded',
};

/** In which a worker may record epochs. */
const training: readonly TrainingJobStatus[] = ['running', 'pausing', 'cancelling'];

/** What is wrong with the log of a job that has ended in this status. */
export function flawsOf(
  events: readonly Pick<EventResource, 'sequence' | 'type' | 'data'>[],
  ended: TrainingJobStatus,
): string[] {
  const flaws: string[] = [];
  const at: { status: TrainingJobStatus | null; epoch: number } = { status: null, epoch: 0 };
  for (const [index, { sequence, type, data }] of events.entries()) {
    const here = `event ${sequence} (${type})`;
    const before = at.status ?? 'nothing';
    if (sequence !== index + 1) flaws.push(`${here} stands where ${index + 1} should`);
    if (!Object.hasOwn(statusAfter, type)) {
      flaws.push(`${here} is of no known type`);
      continue;
    }
    const next = statusAfter[type as TrainingJobEventType];
    if (next !== null) {
      const legal = at.status === null ? next === 'queued' : transitions[at.status].includes(next);
      if (!legal) flaws.push(`${here} comes after ${before}`);
      at.status = next;
    } else if (type === 'training_job.epoch') {
      if (at.status === null || !training.includes(at.status)) flaws.push(`${here} comes while ${before}`);
      if (data.epoch !== at.epoch + 1)
        flaws.push(`${here} is of epoch ${String(data.epoch)} after ${at.epoch}`);
      at.epoch = Number(data.epoch);
    }
  }
  if (at.status !== ended) flaws.push(`the log ends ${at.status ?? 'empty'}, the job ${ended}`);
  if (at.status !== null && !isEnded(at.status)) flaws.push(`the log ends ${at.status}, which is no end`);
  return flaws;
}

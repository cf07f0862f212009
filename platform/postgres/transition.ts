/**
 * The one way in which a training job changes its status: one conditional UPDATE that names the states it may come from
 * (and, for a worker, the lease), counts the job's events up, and answers the row; its event goes in with the sequence it
 * got. Both in the caller's transaction, so there is neither a change without its event nor a gap between events.
 */
import {
  predecessors,
  type TrainingJobEvent,
  type TrainingJobStatus,
} from '../../domain/training-jobs/training-job.ts';
import { trainingJobMessage } from '../../domain/webhooks/messages.ts';
import { newId } from '../ids.ts';
import type * as Tables from './generated/client.ts';
import type { Connection, Prisma } from './prisma.ts';
import { asJson, toTrainingJob } from './rows.ts';
import { announce } from './webhook-outbox.ts';

export type NewEvent = Pick<TrainingJobEvent, 'type' | 'data'> & {
  readonly level?: TrainingJobEvent['level'];
};

interface Transition {
  /** Beside the states: the job's id, and what else must hold. */
  readonly where: Prisma.TrainingJobWhereInput & { readonly id: string };
  readonly to: TrainingJobStatus;
  /** Of the states that may come before `to`, only these; by default all. */
  readonly from?: readonly TrainingJobStatus[];
  readonly data?: Prisma.TrainingJobUncheckedUpdateManyInput;
  /** What the log says; and the place for what else belongs to the change, in the same transaction. */
  readonly event: (row: Tables.TrainingJob) => NewEvent | Promise<NewEvent>;
}

/** The row after, or null when the conditions did not hold. */
export async function transition(
  connection: Connection,
  { where, to, from, data, event }: Transition,
): Promise<Tables.TrainingJob | null> {
  const [row] = await connection.trainingJob.updateManyAndReturn({
    where: {
      ...where,
      status: { in: predecessors(to).filter((status) => from?.includes(status) !== false) },
    },
    data: { ...data, status: to, lastSequence: { increment: 1 } },
  });
  if (row === undefined) return null;
  await writeEvents(connection, row.id, row.lastSequence, [await event(row)]);
  if (trainingJobMessage(toTrainingJob(row)) !== null) {
    // As the row is now: what belongs to the event may have changed it too.
    const job = await connection.trainingJob.findUniqueOrThrow({ where: { id: row.id } });
    await announce(connection, trainingJobMessage(toTrainingJob(job)));
  }
  return row;
}

/** Holds the row until the end of the transaction, for a choice between several transitions. */
export async function lockJob(connection: Connection, id: string): Promise<void> {
  await connection.$queryRaw`SELECT id FROM training_jobs WHERE id = ${id} FOR UPDATE`;
}

/** `firstSequence` is the first event's; the others follow it. */
export async function writeEvents(
  connection: Connection,
  jobId: string,
  firstSequence: number,
  events: readonly NewEvent[],
): Promise<void> {
  await connection.trainingJobEvent.createMany({
    data: events.map(({ type, data, level = 'info' }, index) => ({
      id: newId('evt'),
      jobId,
      sequence: firstSequence + index,
      type,
      level,
      data: asJson(data),
    })),
  });
}

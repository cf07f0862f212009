/**
 * The one way in which a job changes its status: one conditional UPDATE that names the states it may come from (and, for
 * a worker, the lease), counts the job's events up, and answers the row; its event goes in with the sequence it got. Both
 * in the caller's transaction, so there is neither a change without its event nor a gap between events.
 */
import type { JobEvent } from '../../domain/jobs/job-event.ts';
import type { NewMessage } from '../../domain/webhooks/messages.ts';
import { newId } from '../ids.ts';
import { Prisma, type Connection } from './prisma.ts';
import { asJson } from './rows.ts';
import { announce } from './webhook-outbox.ts';

/** What all rows of jobs have. */
export interface JobRow<Status extends string> {
  readonly id: string;
  readonly status: Status;
  readonly lastSequence: number;
}

export type NewEvent<Type extends string> = Pick<JobEvent<Type>, 'type' | 'data'> & {
  readonly level?: JobEvent['level'];
};

/** What must hold of a row, beside its states. */
export interface JobCondition {
  readonly id: string;
  readonly leaseToken?: string;
  readonly heartbeatAt?: { lt: Date };
  readonly timesLost?: { lt: number };
}

/** What may change of the row of any job, beside its status. */
export interface JobChange {
  leaseToken?: string | null;
  heartbeatAt?: Date | null;
  finishedAt?: Date;
  progress?: number;
  attempt?: { increment: number };
  timesLost?: { increment: number };
  error?: Prisma.InputJsonValue;
}

type EventRow = Prisma.TrainingJobEventCreateManyInput & Prisma.BatchPredictionEventCreateManyInput;

/** A kind of job, as its tables are. `Change`: what else may change of its rows. */
export interface JobTable<
  Row extends JobRow<Status>,
  Status extends string,
  Change extends JobChange,
  Type extends string,
> {
  readonly name: 'training_jobs' | 'batch_predictions';
  /** The states from which one can be reached. */
  readonly predecessors: (status: Status) => readonly Status[];
  readonly update: (
    connection: Connection,
    where: JobCondition & { status: { in: Status[] } },
    data: (Change | JobChange) & { status: Status; lastSequence: { increment: number } },
  ) => PromiseLike<readonly Row[]>;
  readonly find: (connection: Connection, id: string) => PromiseLike<Row | null>;
  readonly writeEvents: (connection: Connection, rows: EventRow[]) => PromiseLike<unknown>;
  /** Null for a state that nobody is told of. */
  readonly message: (row: Row) => NewMessage | null;
  /** Of what happens to every kind of job. */
  readonly eventTypes: Readonly<Record<'cancelling' | 'cancelled' | 'failed', Type>>;
}

export interface Transition<Row, Status, Change, Type extends string> {
  readonly where: JobCondition;
  readonly to: Status;
  /** Of the states that may come before `to`, only these; by default all. */
  readonly from?: readonly Status[];
  readonly data?: Change | JobChange;
  /** What the log says; and the place for what else belongs to the change, in the same transaction. */
  readonly event: (row: Row) => NewEvent<Type> | Promise<NewEvent<Type>>;
}

/** The row after, or null when the conditions did not hold. */
export async function transition<
  Row extends JobRow<Status>,
  Status extends string,
  Change extends JobChange,
  Type extends string,
>(
  table: JobTable<Row, Status, Change, Type>,
  connection: Connection,
  { where, to, from, data, event }: Transition<Row, Status, Change, Type>,
): Promise<Row | null> {
  const states = table.predecessors(to).filter((status) => from?.includes(status) !== false);
  const [row] = await table.update(
    connection,
    { ...where, status: { in: states } },
    { ...data, status: to, lastSequence: { increment: 1 } },
  );
  if (row === undefined) return null;
  await writeEvents(table, connection, row.id, row.lastSequence, [await event(row)]);
  if (table.message(row) !== null) {
    // As the row is now: what belongs to the event may have changed it too.
    const now = await table.find(connection, row.id);
    await announce(connection, table.message(now ?? row));
  }
  return row;
}

/** Holds the row until the end of the transaction, for a choice between several transitions. */
export async function lockJob(
  { name }: { readonly name: 'training_jobs' | 'batch_predictions' },
  connection: Connection,
  id: string,
): Promise<void> {
  await connection.$queryRaw`SELECT id FROM ${Prisma.raw(name)} WHERE id = ${id} FOR UPDATE`;
}

/** `firstSequence` is the first event's; the others follow it. */
export async function writeEvents<Type extends string>(
  table: {
    readonly writeEvents: (connection: Connection, rows: EventRow[]) => PromiseLike<unknown>;
  },
  connection: Connection,
  jobId: string,
  firstSequence: number,
  events: readonly NewEvent<Type>[],
): Promise<void> {
  await table.writeEvents(
    connection,
    events.map(({ type, data, level = 'info' }, index) => ({
      id: newId('evt'),
      jobId,
      sequence: firstSequence + index,
      type,
      level,
      data: asJson(data),
    })),
  );
}

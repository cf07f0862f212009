/**
 * What is the same of every job that workers do under a lease: keeping the lease, ending the job, giving it back, and
 * what becomes of it when its worker is lost. A write that names a lease which is no longer the row's changes nothing.
 */
import type { Lease } from '../../domain/ports/training-job-repository.ts';
import { isStorable } from './pages.ts';
import { Prisma, type Connection, type PrismaClient } from './prisma.ts';
import { databaseTime } from './queue-state.ts';
import { asJson } from './rows.ts';
import {
  lockJob,
  transition,
  type JobChange,
  type JobCondition,
  type JobRow,
  type JobTable,
  type NewEvent,
  type Transition,
} from './transition.ts';

export const held = ({ jobId, token }: Lease) => ({ id: jobId, leaseToken: token });

/** What jobs of every kind can be. */
type CommonStatus = 'queued' | 'cancelling' | 'cancelled' | 'failed';

/** Why a job waits again. */
type RestartReason = 'worker_stopped' | 'preempted' | 'worker_lost';

export interface LeasedJobTable<
  Row extends JobRow<Status>,
  Status extends string,
  Change extends JobChange,
  Type extends string,
  Job,
  Failure extends object,
> extends JobTable<Row, Status, Change, Type> {
  /** A worker is at it; given back, it waits again. */
  readonly working: readonly Status[];
  /** Where else a job can be that a worker has, and what it is when the worker is done with it. */
  readonly resting: readonly {
    readonly from: Status;
    readonly to: Status;
    readonly event: (connection: Connection) => (row: Row) => Promise<NewEvent<Type>>;
  }[];
  /** Of a job that no worker has. How far it got stays in the row. */
  readonly free: Change;
  readonly restarted: (
    connection: Connection,
    reason: RestartReason,
  ) => (row: Row) => NewEvent<Type> | Promise<NewEvent<Type>>;
  /** Why a job failed whose worker was lost so many times. */
  readonly workerLost: (attempts: number) => Failure;
  /** The oldest first. */
  readonly ids: (
    connection: Connection,
    where: { status: { in: Status[] }; heartbeatAt?: { lt: Date } },
  ) => PromiseLike<readonly { id: string }[]>;
  readonly toJob: (row: Row) => Job;
}

export interface LeasedWork<Status, Change, Job, Failure> {
  /** At once where no worker has it. The job, and whether this call changed it; null when there is none. */
  requestCancel(id: string): Promise<{ readonly job: Job; readonly changed: boolean } | null>;
  queuedIds(): Promise<readonly string[]>;
  /** `reached`: assignments to other columns, each with its comma. */
  heartbeat(lease: Lease, reached?: Prisma.Sql): Promise<Status | null>;
  fail(lease: Lease, error: Failure): Promise<boolean>;
  cancel(lease: Lease): Promise<boolean>;
  /** `queued`: what else changes of a job that waits again. */
  handBack(
    lease: Lease,
    reason: Exclude<RestartReason, 'worker_lost'>,
    queued?: (connection: Connection) => Promise<Change>,
  ): Promise<Status | null>;
  loseAttempt(lease: Lease, maxAttempts: number, error: Failure): Promise<Status | null>;
  recoverLost(silentForMs: number, maxAttempts: number): Promise<readonly Job[]>;
}

/** By the database's clock, as all times of a row: a worker's own may be wrong. */
export const ending = async <Change extends JobChange>(
  { free }: { readonly free: Change },
  connection: Connection,
): Promise<Change & { finishedAt: Date }> => ({ ...free, finishedAt: await databaseTime(connection) });

export function leasedWork<
  Own extends string,
  Row extends JobRow<Own | CommonStatus>,
  Change extends JobChange,
  Type extends string,
  Job,
  Failure extends object,
>(
  prisma: PrismaClient,
  table: LeasedJobTable<Row, Own | CommonStatus, Change, Type, Job, Failure>,
): LeasedWork<Own | CommonStatus, Change, Job, Failure> {
  type Status = Own | CommonStatus;
  const { eventTypes, free } = table;
  const withWorker: Status[] = [...table.working, ...table.resting.map(({ from }) => from), 'cancelling'];
  const move = (connection: Connection, change: Transition<Row, Status, Change, Type>): Promise<Row | null> =>
    transition(table, connection, change);
  const cancelled = async (connection: Connection, where: JobCondition): Promise<Row | null> =>
    move(connection, {
      where,
      to: 'cancelled',
      from: ['cancelling'],
      data: await ending(table, connection),
      event: () => ({ type: eventTypes.cancelled, data: {} }),
    });
  const failed = (
    connection: Connection,
    where: JobCondition,
    error: Failure,
    data: Change,
  ): Promise<Row | null> =>
    move(connection, {
      where,
      to: 'failed',
      data: { ...data, error: asJson(error) },
      event: () => ({ type: eventTypes.failed, level: 'error', data: { error } }),
    });

  /** Takes the job from its worker: what was asked for is done, and what was worked on waits again. */
  const release = async (
    connection: Connection,
    where: JobCondition,
    o: { reason: RestartReason; left: Change; queuedWhere?: Partial<JobCondition>; queued?: Change },
  ): Promise<Row | null> => {
    await lockJob(table, connection, where.id);
    const ended = await cancelled(connection, where);
    if (ended !== null) return ended;
    for (const { from, to, event } of table.resting) {
      const rested = await move(connection, {
        where,
        to,
        from: [from],
        data: o.left,
        event: event(connection),
      });
      if (rested !== null) return rested;
    }
    return move(connection, {
      where: { ...where, ...o.queuedWhere },
      to: 'queued',
      from: table.working,
      data: { ...o.left, ...o.queued },
      event: table.restarted(connection, o.reason),
    });
  };
  const recover = async (
    connection: Connection,
    where: JobCondition,
    maxAttempts: number,
    error: Failure,
  ): Promise<Row | null> => {
    const timesLost = { increment: 1 };
    return (
      (await release(connection, where, {
        reason: 'worker_lost',
        left: { ...free, timesLost },
        queuedWhere: { timesLost: { lt: maxAttempts - 1 } },
      })) ?? (await failed(connection, where, error, { ...(await ending(table, connection)), timesLost }))
    );
  };

  return {
    requestCancel: async (id) => {
      if (!isStorable(id)) return null;
      return prisma.$transaction(async (transaction) => {
        await lockJob(table, transaction, id);
        const changed =
          (await move(transaction, {
            where: { id },
            to: 'cancelled',
            from: table.predecessors('cancelled').filter((status) => status !== 'cancelling'),
            data: { finishedAt: await databaseTime(transaction) },
            event: () => ({ type: eventTypes.cancelled, data: {} }),
          })) ??
          (await move(transaction, {
            where: { id },
            to: 'cancelling',
            event: () => ({ type: eventTypes.cancelling, data: {} }),
          }));
        const row = changed ?? (await table.find(transaction, id));
        return row && { job: table.toJob(row), changed: changed !== null };
      });
    },

    queuedIds: async () => (await table.ids(prisma, { status: { in: ['queued'] } })).map(({ id }) => id),

    heartbeat: async ({ jobId, token }, reached = Prisma.empty) => {
      const [row] = await prisma.$queryRaw<{ status: Status }[]>`
        UPDATE ${Prisma.raw(table.name)} SET ${reached} heartbeat_at = now(), updated_at = now()
        WHERE id = ${jobId} AND lease_token = ${token} AND status::text = ANY(${withWorker})
        RETURNING status::text`;
      return row?.status ?? null;
    },

    fail: async (lease, error) =>
      (await prisma.$transaction(async (transaction) =>
        failed(transaction, held(lease), error, await ending(table, transaction)),
      )) !== null,

    cancel: async (lease) =>
      (await prisma.$transaction((transaction) => cancelled(transaction, held(lease)))) !== null,

    handBack: async (lease, reason, queued) => {
      const row = await prisma.$transaction(async (transaction) =>
        release(transaction, held(lease), {
          reason,
          left: free,
          ...(queued && { queued: await queued(transaction) }),
        }),
      );
      return row?.status ?? null;
    },

    loseAttempt: async (lease, maxAttempts, error) => {
      const row = await prisma.$transaction((transaction) =>
        recover(transaction, held(lease), maxAttempts, error),
      );
      return row?.status ?? null;
    },

    recoverLost: async (silentForMs, maxAttempts) => {
      const heartbeatAt = { lt: await databaseTime(prisma, silentForMs) };
      const recovered: Job[] = [];
      // One transaction each: of processes that do this at once, each job is recovered by the first to come.
      for (const { id } of await table.ids(prisma, { status: { in: withWorker }, heartbeatAt })) {
        const row = await prisma.$transaction((transaction) =>
          recover(transaction, { id, heartbeatAt }, maxAttempts, table.workerLost(maxAttempts)),
        );
        if (row !== null) recovered.push(table.toJob(row));
      }
      return recovered;
    },
  };
}

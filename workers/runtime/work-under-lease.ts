/**
 * Takes one job from its queue and holds it while it is worked on, whatever its kind.
 *
 *   claimed → worked on → an end, by whoever works
 *                       → cancelled | lost (`interrupt`): nothing more is written
 *                       → pausing, or the worker stops or has to make way (`stop`)
 *                       → broken down → failed, with a code and a hint
 *
 * Writes are tried again over outages while the work goes on. When this process dies, the row's heartbeat grows old and
 * housekeeping gives the job to another worker: nothing here has to happen for the job to end truthfully.
 */
import { randomUUID } from 'node:crypto';
import { UnrollError } from '../../domain/errors/unroll-error.ts';
import type { Notifications } from '../../domain/ports/notifications.ts';
import type { HandBackReason, Lease } from '../../domain/ports/training-job-repository.ts';
import type { TrainingJobStatus } from '../../domain/training-jobs/training-job.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { verdictOf, watchLease, type LeaseVerdict } from './lease-watch.ts';
import { listenMeanwhile } from './listen-meanwhile.ts';
import type { Outcome } from './outcome.ts';
import { overOutages, type Write } from './persist.ts';

export interface LeaseParts {
  readonly notifications: Notifications;
  readonly log: Logger;
  /** Throws while PostgreSQL does not answer. */
  readonly checkDatabase: () => Promise<void>;
  readonly heartbeatMs: number;
  readonly maxAttempts: number;
}

/** What a worker writes of jobs of one kind. */
export interface LeasedJobs<Job, Failure> {
  find(id: string): Promise<Job | null>;
  fail(lease: Lease, error: Failure): Promise<boolean>;
  cancel(lease: Lease): Promise<boolean>;
  handBack(lease: Lease, reason: HandBackReason): Promise<TrainingJobStatus | null>;
  loseAttempt(lease: Lease, maxAttempts: number, error: Failure): Promise<TrainingJobStatus | null>;
}

/** Why the work is broken off at once, or asked to end. */
export type Interruption = Exclude<LeaseVerdict, 'pausing'>;
export type StopReason = 'pausing' | 'stopping' | 'preempted';

export interface HeldJob<Job, Failure> {
  readonly job: Job;
  readonly lease: Lease;
  readonly log: Logger;
  /** Aborts with an Interruption. */
  readonly interrupt: AbortSignal;
  /** Aborts with a StopReason. */
  readonly stop: AbortSignal;
  /** Over outages. */
  readonly write: Write;
  /** Wakes those who watch the job. */
  readonly tell: () => void;
  /** After a write that did not apply: cancelled, lost, or it had gone through at an earlier try. */
  readonly askRow: () => Promise<void>;
  /** What is to be done after an interruption. */
  readonly interrupted: () => Promise<Outcome>;
  readonly fail: (error: Failure) => Promise<Outcome>;
  readonly handBack: () => Promise<Outcome>;
  /** The process that did the work was killed. `reason`: for the log. */
  readonly loseAttempt: (error: Failure, reason: string) => Promise<Outcome>;
}

/** A job that was handed back is delivered again after this time. */
const againAfterMs = 500;

export async function workUnderLease<
  Job extends { readonly leaseToken: string | null },
  Failure extends { readonly code: string },
>(
  parts: LeaseParts,
  o: {
    readonly id: string;
    /** Aborts when the worker is to end, or, with `preempted`, when the job has to make way. */
    readonly signal: AbortSignal;
    readonly jobs: LeasedJobs<Job, Failure>;
    readonly claim: (lease: Lease) => Promise<Job | null>;
    /** Says that the worker lives. */
    readonly beat: (lease: Lease) => Promise<TrainingJobStatus | null>;
    readonly errorFromException: (error: unknown) => Failure;
    readonly work: (held: HeldJob<Job, Failure>) => Promise<Outcome>;
  },
): Promise<Outcome> {
  const { id, signal, jobs } = o;
  const { notifications } = parts;
  const log = parts.log.child({ jobId: id });
  const lease: Lease = { jobId: id, token: randomUUID() };

  const write = overOutages({ signal, checkDatabase: parts.checkDatabase, log });
  const tell = (): void => {
    notifications
      .notify(`job-events:${id}`)
      .catch((err: unknown) => log.warn({ err }, 'listeners will notice late'));
  };

  const job = await write(async (attempt) => {
    const claimed = await o.claim(lease);
    if (claimed !== null || attempt === 1) return claimed;
    // An earlier try may have gone through although its answer never came.
    const row = await jobs.find(id);
    return row?.leaseToken === lease.token ? row : null;
  });
  // Someone else has it, or it has ended.
  if (job === null) return { status: 'done' };
  tell();

  const interrupt = new AbortController();
  const stop = new AbortController();
  const obey = (verdict: LeaseVerdict): void => {
    if (verdict === 'pausing') stop.abort(verdict satisfies StopReason);
    else interrupt.abort(verdict satisfies Interruption);
  };
  const onStop = (): void =>
    stop.abort((signal.reason === 'preempted' ? 'preempted' : 'stopping') satisfies StopReason);
  if (signal.aborted) onStop();
  signal.addEventListener('abort', onStop);

  const hold = watchLease({
    everyMs: parts.heartbeatMs,
    beat: () => o.beat(lease),
    onVerdict: obey,
    onError: (err) => log.warn({ err }, 'a heartbeat failed'),
  });
  const unlisten = listenMeanwhile(notifications, `job-control:${id}`, hold.wake, (err) =>
    log.warn({ err }, 'cancellation will be noticed at heartbeats only'),
  );

  const fail = async (error: Failure): Promise<Outcome> => {
    await write(() => jobs.fail(lease, error));
    tell();
    return { status: 'failed', reason: error.code };
  };
  const interrupted = async (): Promise<Outcome> => {
    if (interrupt.signal.reason === 'lost') return { status: 'failed', reason: 'another worker has the job' };
    await write(() => jobs.cancel(lease));
    tell();
    return { status: 'cancelled' };
  };
  const held: HeldJob<Job, Failure> = {
    ...{ job, lease, log, write, tell, fail, interrupted },
    interrupt: interrupt.signal,
    stop: stop.signal,
    async askRow() {
      const verdict = verdictOf(await write(() => o.beat(lease)));
      if (verdict !== null) obey(verdict);
    },
    async handBack() {
      const reason = stop.signal.reason === 'preempted' ? 'preempted' : 'worker_stopped';
      const status = await write(() => jobs.handBack(lease, reason));
      tell();
      return status === 'queued' ? { status: 'retry', afterMs: againAfterMs, reason } : { status: 'done' };
    },
    async loseAttempt(error, reason) {
      const status = await write(() => jobs.loseAttempt(lease, parts.maxAttempts, error));
      tell();
      return status === 'queued'
        ? { status: 'retry', afterMs: againAfterMs, reason }
        : { status: 'failed', reason: error.code };
    },
  };

  try {
    return await o.work(held);
  } catch (err) {
    log.error({ err }, 'the attempt broke down');
    if (interrupt.signal.aborted) return await interrupted();
    // Not the job's fault. The row still says that this worker has it, whose heartbeats stop now.
    if (err instanceof UnrollError && err.code === 'unavailable')
      return { status: 'failed', reason: 'the database is away: the job will be recovered' };
    return await fail(o.errorFromException(err));
  } finally {
    signal.removeEventListener('abort', onStop);
    unlisten();
    await hold.stop();
    // Whoever sends webhooks looks sooner; it looks anyway.
    await notifications.notify('webhooks').catch(() => undefined);
  }
}

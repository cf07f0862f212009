/**
 * Writes that must not be lost to an outage: tried again with growing pauses for as long as the outage lasts. An error
 * that stays while the database answers is no outage and comes through after a few tries.
 */
import pRetry from 'p-retry';

export interface PersistOptions {
  /** Whether to wait for better times: true while the database does not answer. */
  readonly isOutage: () => Promise<boolean>;
  readonly onRetry: (error: Error) => void;
}

/** So many tries in a row may fail although the database answers: after a blip all is well again before one can ask. */
const triesInVain = 4;

/**
 * Throws the write's last error. `write` has to bear being done twice, since an outage may hide that it went through; it
 * is told the number of this try, from 1.
 */
export async function persist<Result>(
  write: (attempt: number) => Promise<Result>,
  options: PersistOptions,
): Promise<Result> {
  let inVain = 0;
  return pRetry(write, {
    retries: Number.POSITIVE_INFINITY,
    minTimeout: 100,
    maxTimeout: 2000,
    factor: 2,
    async shouldRetry({ error }) {
      options.onRetry(error);
      inVain = (await options.isOutage()) ? 0 : inVain + 1;
      return inVain < triesInVain;
    },
  });
}

export type Write = <Result>(step: (attempt: number) => Promise<Result>) => Promise<Result>;

/** Waits while the database is away, unless the worker is to end: a job that has to make way (`preempted`) is still written down. */
export const overOutages =
  (o: {
    readonly signal: AbortSignal;
    /** Throws while PostgreSQL does not answer. */
    readonly checkDatabase: () => Promise<void>;
    readonly log: { warn(details: object, message: string): void };
  }): Write =>
  (step) =>
    persist(step, {
      isOutage: async () =>
        (!o.signal.aborted || o.signal.reason === 'preempted') &&
        (await o.checkDatabase().then(
          () => false,
          () => true,
        )),
      onRetry: (err) => o.log.warn({ err }, 'a write failed'),
    });

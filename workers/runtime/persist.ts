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

/** These are granted without asking: after a blip all is well again before one can ask. */
const freeTries = 4;

/**
 * Throws the write's last error. `write` has to bear being done twice, since an outage may hide that it went through; it
 * is told the number of this try, from 1.
 */
export async function persist<Result>(
  write: (attempt: number) => Promise<Result>,
  options: PersistOptions,
): Promise<Result> {
  return pRetry(write, {
    retries: Number.POSITIVE_INFINITY,
    minTimeout: 100,
    maxTimeout: 2000,
    factor: 2,
    async shouldRetry({ error, attemptNumber }) {
      options.onRetry(error);
      return attemptNumber < freeTries || (await options.isOutage());
    },
  });
}

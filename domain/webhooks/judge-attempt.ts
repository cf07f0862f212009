/** What becomes of a delivery, and of its endpoint, after an attempt. */
import { nextDelayMs } from './retry-schedule.ts';

/** What came of sending it: an answer, or none. */
export type AttemptResult =
  | { readonly responseStatus: number; readonly retryAfterMs: number | null }
  | { readonly responseStatus: null; readonly error: string };

export interface Verdict {
  readonly status: 'delivered' | 'failed' | 'pending';
  readonly responseStatus: number | null;
  readonly error: string | null;
  /** Until the next attempt, when there is one. */
  readonly retryInMs: number | null;
  /** The receiver asked for this much silence: it holds for everything that waits for the endpoint. */
  readonly holdEndpointMs: number | null;
  /** The receiver says that it is not interested any more. */
  readonly gone: boolean;
}

export function judgeAttempt(result: AttemptResult, attempts: number, random: number): Verdict {
  const { responseStatus } = result;
  const verdict = { responseStatus, error: null, retryInMs: null, holdEndpointMs: null, gone: false };
  if (responseStatus !== null && responseStatus >= 200 && responseStatus < 300)
    return { ...verdict, status: 'delivered' };

  const error = result.responseStatus === null ? result.error : describe(result.responseStatus);
  if (responseStatus === 410) return { ...verdict, status: 'failed', error, gone: true };
  const asked = result.responseStatus !== null && isBusy(result.responseStatus) ? result.retryAfterMs : null;
  const retryInMs = nextDelayMs(attempts, random, asked);
  return {
    ...verdict,
    status: retryInMs === null ? 'failed' : 'pending',
    error,
    retryInMs,
    holdEndpointMs: asked === null || asked === 0 ? null : nextDelayMs(1, 0, asked),
  };
}

/** Too many requests, or a service that is away for a while: those that say when they will be back. */
const isBusy = (status: number): boolean => status === 429 || status === 503;

function describe(status: number): string {
  if (status >= 300 && status < 400)
    return `expected a 2xx answer, got ${status}: redirects are not followed; change the endpoint's url`;
  return `expected a 2xx answer, got ${status}`;
}

/** Waits until the service says that everything it needs is there. */
import { setTimeout as delay } from 'node:timers/promises';
import { LaunchError } from './launch-error.ts';

const pollMs = 100;
const requestTimeoutMs = 2_000;

/** Asks /readyz until it answers 200. Throws a LaunchError with its last answer after `timeoutMs`; ends early by `signal`. */
export async function waitUntilReady(url: string, timeoutMs: number, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let last = 'no answer';
  while (performance.now() < deadline) {
    signal.throwIfAborted();
    try {
      const response = await fetch(`${url}/readyz`, {
        signal: AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)]),
      });
      if (response.ok) return;
      last = `${response.status}: ${await response.text()}`;
    } catch {
      // Nobody listens yet.
    }
    await delay(pollMs, undefined, { signal });
  }
  throw new LaunchError(`The service was not ready within ${timeoutMs / 1000} s. Its last answer: ${last}`);
}

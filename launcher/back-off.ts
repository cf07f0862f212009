/** How long to wait before something that died is started again: 1 s, doubling to 30 s; from 1 s again after a minute of life. */
const firstWaitMs = 1_000;
const longestWaitMs = 30_000;
const healthyAfterMs = 60_000;

/** Answers the wait after each death, given how long the thing had lived. */
export function createBackOff(): (livedMs: number) => number {
  let nextMs = firstWaitMs;
  return (livedMs) => {
    if (livedMs >= healthyAfterMs) nextMs = firstWaitMs;
    const waitMs = nextMs;
    nextMs = Math.min(2 * nextMs, longestWaitMs);
    return waitMs;
  };
}

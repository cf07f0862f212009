import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createChores, type ChoreParts } from './chores.ts';

const lostAfterMs = 1000;

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'performance'], now: 1_000_000 }));
afterEach(() => void vi.useRealTimers());

/** The chore that takes jobs from silent workers, and when it looked for some. `at` is the time since its making. */
function recovery() {
  let passed = 0;
  const looked: number[] = [];
  const state = { isDown: false };
  const ask = async (): Promise<void> => {
    if (state.isDown) throw new Error('the database is away');
  };
  const parts = {
    checkDatabase: ask,
    trainingJobs: {
      recoverLost: async () => {
        await ask();
        looked.push(passed);
        return [];
      },
    },
    batchPredictions: { recoverLost: async () => [] },
    log: pino({ level: 'silent' }),
    lostAfterMs,
    maxAttempts: 3,
  } as unknown as ChoreParts;
  const chore = createChores(parts).find(({ name }) => name === 'recover lost jobs');
  const turn = async (at: number): Promise<void> => {
    vi.advanceTimersByTime(at - passed);
    passed = at;
    await chore?.run().catch(() => undefined);
  };
  return { state, looked, turn };
}

describe('recovering lost jobs', () => {
  it('gives the workers time to be heard of again, counted from the end of an outage', async () => {
    const { state, looked, turn } = recovery();
    await turn(0);
    state.isDown = true;
    for (const at of [300, 600, 900, 1200, 1500]) await turn(at);
    state.isDown = false;
    for (const at of [1800, 2100, 2400, 2700]) await turn(at);
    expect(looked).toEqual([0, 2700]);
  });

  it('does so too after this process, or the machine, has slept', async () => {
    const { looked, turn } = recovery();
    for (const at of [0, 300, 5000, 5300, 5600, 5900, 6200]) await turn(at);
    expect(looked).toEqual([0, 300, 6200]);
  });

  it('goes on when a clock that was wrong for a while is set right', async () => {
    const { looked, turn } = recovery();
    const hours = 5 * 3_600_000;
    await turn(0);
    vi.setSystemTime(Date.now() + hours);
    await turn(300);
    vi.setSystemTime(Date.now() - hours);
    for (const at of [600, 900, 1200, 1500]) await turn(at);
    expect(looked).toEqual([0, 1500]);
  });
});

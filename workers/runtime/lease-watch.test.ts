import { describe, expect, it } from 'vitest';
import type { TrainingJobStatus } from '../../domain/training-jobs/training-job.ts';
import { watchLease, verdictOf, type LeaseVerdict } from './lease-watch.ts';

/** Watches a row that answers these in turn (the last again and again); resolves with the verdict. */
async function verdictAfter(
  answers: readonly (TrainingJobStatus | null | Error)[],
): Promise<{ verdict: LeaseVerdict; beats: number; errors: unknown[] }> {
  let beats = 0;
  const errors: unknown[] = [];
  const verdict = await new Promise<LeaseVerdict>((resolve) => {
    watchLease({
      everyMs: 1,
      async beat() {
        const answer = answers[Math.min(beats++, answers.length - 1)];
        if (answer instanceof Error) throw answer;
        return answer ?? null;
      },
      onVerdict: resolve,
      onError: (error) => void errors.push(error),
    });
  });
  return { verdict, beats, errors };
}

describe('watchLease', () => {
  it('goes on while the job is prepared and running, and reports a cancel request', async () => {
    expect(await verdictAfter(['preparing', 'running', 'cancelling'])).toEqual({
      verdict: 'cancelled',
      beats: 3,
      errors: [],
    });
  });

  it('tells of a pause once, and goes on beating until the job is its own no longer', async () => {
    const verdicts: LeaseVerdict[] = [];
    const answers: (TrainingJobStatus | null)[] = ['running', 'pausing', 'pausing', 'pausing', 'cancelling'];
    await new Promise<void>((resolve) => {
      watchLease({
        everyMs: 1,
        beat: async () => answers.shift() ?? null,
        onVerdict(verdict) {
          verdicts.push(verdict);
          if (verdict === 'cancelled') resolve();
        },
        onError: (error) => expect.fail(String(error)),
      });
    });
    expect(verdicts).toEqual(['pausing', 'cancelled']);
    expect(answers).toEqual([]);
  });

  it('reports that the lease is lost', async () => {
    expect(await verdictAfter(['running', null])).toMatchObject({ verdict: 'lost', beats: 2 });
  });

  it('goes on over beats that fail', async () => {
    const outage = new Error('connection refused');
    expect(await verdictAfter([outage, outage, 'running', 'cancelling'])).toEqual({
      verdict: 'cancelled',
      beats: 4,
      errors: [outage, outage],
    });
  });

  it('beats at once when it is woken', async () => {
    const verdict = await new Promise((resolve) => {
      const watch = watchLease({
        everyMs: 1_000_000,
        beat: async () => 'cancelling',
        onVerdict: resolve,
        onError: resolve,
      });
      watch.wake();
    });
    expect(verdict).toBe('cancelled');
  });

  it('beats once more when it is woken during a beat', async () => {
    const answers: TrainingJobStatus[] = ['running', 'cancelling'];
    const verdict = await new Promise((resolve) => {
      const watch = watchLease({
        everyMs: 1_000_000,
        async beat() {
          watch.wake();
          return answers.shift() ?? null;
        },
        onVerdict: resolve,
        onError: resolve,
      });
      watch.wake();
    });
    expect(verdict).toBe('cancelled');
  });

  it('says nothing after it was stopped', async () => {
    const verdicts: LeaseVerdict[] = [];
    let answer: (status: TrainingJobStatus) => void = () => undefined;
    const watch = watchLease({
      everyMs: 0,
      beat: () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
      onVerdict: (verdict) => void verdicts.push(verdict),
      onError: () => undefined,
    });
    watch.wake();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const stopped = watch.stop();
    answer('cancelling');
    await stopped;
    expect(verdicts).toEqual([]);
  });
});

describe('verdictOf', () => {
  it('stops for what was asked for and for a lost lease alone', () => {
    expect(verdictOf('preparing')).toBeNull();
    expect(verdictOf('running')).toBeNull();
    expect(verdictOf('cancelling')).toBe('cancelled');
    expect(verdictOf('pausing')).toBe('pausing');
    expect(verdictOf(null)).toBe('lost');
  });
});

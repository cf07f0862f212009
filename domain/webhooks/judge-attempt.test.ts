import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeAttempt } from './judge-attempt.ts';
import { maxAttempts, nextDelayMs, readRetryAfter, retryDelaysMs } from './retry-schedule.ts';
import { rotateSecrets, signingSecrets } from './secret.ts';

const answered = (responseStatus: number, retryAfterMs: number | null = null) => ({
  responseStatus,
  retryAfterMs,
});

describe('the schedule', () => {
  it('is about three days long, and waits longer each time', () => {
    const total = retryDelaysMs.reduce((sum, delay) => sum + delay, 0);
    expect(total / 3_600_000).toBeCloseTo(75.6, 1);
    expect([...retryDelaysMs].sort((a, b) => a - b)).toEqual(retryDelaysMs);
  });

  it('has a little chance in it, and never less than the delay or what was asked for', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: maxAttempts - 1 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.option(fc.integer({ min: -1000, max: 86_400_000 })),
        (attempts, random, asked) => {
          const least = Math.max(retryDelaysMs[attempts - 1]!, asked ?? 0);
          const delay = nextDelayMs(attempts, random, asked);
          expect(delay).toBeGreaterThanOrEqual(least);
          expect(delay).toBeLessThanOrEqual(Math.ceil(1.1 * least));
        },
      ),
    );
    expect(nextDelayMs(maxAttempts, 0.5, 1000)).toBeNull();
  });

  it('reads what receivers ask for, in seconds or as a date', () => {
    const now = new Date('2026-11-24T12:00:00Z');
    expect(readRetryAfter('120', now)).toBe(120_000);
    expect(readRetryAfter('Tue, 24 Nov 2026 12:01:00 GMT', now)).toBe(60_000);
    expect(readRetryAfter('Tue, 24 Nov 2026 11:00:00 GMT', now)).toBe(0);
    for (const nothing of [undefined, '', 'soon', '-5', '1e9'])
      expect(readRetryAfter(nothing, now)).toBeNull();
  });
});

describe('an attempt', () => {
  it('has arrived with 2xx alone', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 599 }),
        fc.integer({ min: 1, max: maxAttempts }),
        (status, attempts) => {
          const verdict = judgeAttempt(answered(status), attempts, 0);
          const arrived = status >= 200 && status < 300;
          const over = status === 410 || attempts === maxAttempts;
          expect(verdict.status).toBe(arrived ? 'delivered' : over ? 'failed' : 'pending');
          expect(verdict.gone).toBe(status === 410);
          expect(verdict.retryInMs === null).toBe(verdict.status !== 'pending');
        },
      ),
    );
  });

  it('makes the others wait too where the receiver asks for silence, with 429 and 503 alone', () => {
    for (const status of [429, 503])
      expect(judgeAttempt(answered(status, 60_000), 1, 0)).toMatchObject({
        retryInMs: 60_000,
        holdEndpointMs: 60_000,
      });
    expect(judgeAttempt(answered(500, 60_000), 1, 0)).toMatchObject({
      retryInMs: 5000,
      holdEndpointMs: null,
    });
  });

  it('says why there was no answer', () => {
    expect(judgeAttempt({ responseStatus: null, error: 'refused' }, 1, 0)).toMatchObject({
      status: 'pending',
      error: 'refused',
    });
  });
});

describe('rotation', () => {
  it('lets the old secret sign until its time is up', () => {
    const now = new Date(1_000_000);
    const rotated = rotateSecrets([{ secret: 'old', expiresAt: null }], 'new', now, 1000);
    expect(signingSecrets(rotated, now).map(({ secret }) => secret)).toEqual(['new', 'old']);
    expect(signingSecrets(rotated, new Date(1_001_000)).map(({ secret }) => secret)).toEqual(['new']);
  });
});

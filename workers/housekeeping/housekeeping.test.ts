import { describe, expect, it } from 'vitest';
import { startHousekeeping } from './housekeeping.ts';

describe('startHousekeeping', () => {
  it('does every chore again and again, also after one has failed', async () => {
    const errors: string[] = [];
    let good = 0;
    let stop: () => Promise<void> = async () => undefined;
    await new Promise<void>((resolve) => {
      stop = startHousekeeping(
        [
          {
            name: 'good',
            everyMs: 1,
            async run() {
              if (++good >= 3 && errors.length >= 3) resolve();
            },
          },
          {
            name: 'bad',
            everyMs: 1,
            async run() {
              throw new Error('down');
            },
          },
        ],
        (chore) => errors.push(chore),
      );
    });
    await stop();
    const [goodThen, errorsThen] = [good, errors.length];
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([good, errors.length]).toEqual([goodThen, errorsThen]);
    expect(new Set(errors)).toEqual(new Set(['bad']));
  });

  it('waits for a chore that is under way when it stops', async () => {
    let finish: () => void = () => undefined;
    let finished = false;
    const stop = startHousekeeping(
      [
        {
          name: 'long',
          everyMs: 1_000_000,
          run: () =>
            new Promise((resolve) => {
              finish = () => {
                finished = true;
                resolve();
              };
            }),
        },
      ],
      (_, error) => expect.fail(String(error)),
    );
    const stopped = stop();
    finish();
    await stopped;
    expect(finished).toBe(true);
  });
});

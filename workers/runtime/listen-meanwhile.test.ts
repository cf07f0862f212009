import { describe, expect, it } from 'vitest';
import { listenMeanwhile } from './listen-meanwhile.ts';

/** Notifications whose subscription is made when the test says so. */
function lateNotifications() {
  let made: (() => void) | undefined;
  let heard: () => void = () => undefined;
  const state = { ended: false };
  return {
    state,
    subscribe: () => made?.(),
    ring: () => heard(),
    ports: {
      notify: async () => undefined,
      listen: (_topic: string, onNotification: () => void) =>
        new Promise<() => Promise<void>>((resolve) => {
          heard = onNotification;
          made = () =>
            resolve(async () => {
              state.ended = true;
            });
        }),
    },
  };
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('listenMeanwhile', () => {
  it('passes notifications on until it is ended', async () => {
    const { ports, subscribe, ring, state } = lateNotifications();
    let rung = 0;
    const end = listenMeanwhile(
      ports,
      'job-control:job_1',
      () => rung++,
      (error) => expect.fail(String(error)),
    );
    subscribe();
    await turn();
    ring();
    end();
    ring();
    expect(rung).toBe(1);
    expect(state.ended).toBe(true);
  });

  it('ends a subscription that is made after its end', async () => {
    const { ports, subscribe, state } = lateNotifications();
    const end = listenMeanwhile(
      ports,
      'job-control:job_1',
      () => undefined,
      (error) => expect.fail(String(error)),
    );
    end();
    expect(state.ended).toBe(false);
    subscribe();
    await turn();
    expect(state.ended).toBe(true);
  });
});

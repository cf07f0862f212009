import { describe, expect, it } from 'vitest';
import { deliveryOutcome, handleDelivery, type Outcome } from './outcome.ts';

const quiet = { info: () => undefined, error: () => undefined };
const { signal } = new AbortController();

describe('deliveryOutcome', () => {
  const usedUp: Outcome[] = [
    { status: 'done' },
    { status: 'cancelled' },
    { status: 'failed', reason: 'diverged' },
  ];
  it.each(usedUp)(
    'uses the delivery up when it is $status: the row says what became of the job',
    (outcome) => {
      expect(deliveryOutcome(outcome)).toEqual({ kind: 'done' });
    },
  );

  it('asks for the delivery again on retry', () => {
    expect(deliveryOutcome({ status: 'retry', afterMs: 250, reason: 'stopping' })).toEqual({
      kind: 'again',
      afterMs: 250,
    });
  });
});

describe('handleDelivery', () => {
  it('hands id and signal to the handler', async () => {
    const seen: unknown[] = [];
    const handle = handleDelivery(
      'train',
      async (...given) => {
        seen.push(given);
        return { status: 'retry', afterMs: 1, reason: 'again' };
      },
      quiet,
    );
    expect(await handle('job_1', signal)).toEqual({ kind: 'again', afterMs: 1 });
    expect(seen).toEqual([['job_1', signal]]);
  });

  it('leaves what arrives while the worker stops to another one', async () => {
    const handle = handleDelivery('train', async () => expect.fail('was called'), quiet);
    expect(await handle('job_1', AbortSignal.abort())).toEqual({ kind: 'again', afterMs: 0 });
  });

  it('takes what was thrown for a failure, and logs it with its cause', async () => {
    const errors: object[] = [];
    const handle = handleDelivery(
      'ingest',
      async () => {
        throw new Error('the disk is gone');
      },
      { ...quiet, error: (details) => void errors.push(details) },
    );
    expect(await handle('ds_1', signal)).toEqual({ kind: 'done' });
    expect(errors).toEqual([{ queue: 'ingest', id: 'ds_1', err: new Error('the disk is gone') }]);
  });
});

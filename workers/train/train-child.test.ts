import { describe, expect, it } from 'vitest';
import type { EpochMetrics } from '../../domain/training-jobs/training-job.ts';
import type { TrainOrder, TrainReport } from './protocol.ts';
import { trainInChild, type AttemptListener } from './train-child.ts';

const entry = new URL('../runtime/fixtures/scripted-child.mjs', import.meta.url);

type Step = { report: TrainReport } | { kill: string } | { exit: true } | { onMessage: Step[] };

/** Runs a child that reports and ends as scripted; what it made the listener do stands in `heard`. */
function attempt(steps: readonly Step[], listener: Partial<AttemptListener> = {}) {
  const heard: string[] = [];
  const interrupt = new AbortController();
  const stop = new AbortController();
  const end = trainInChild({
    entry,
    order: { steps } as unknown as TrainOrder,
    heapMegabytes: 64,
    interrupt: interrupt.signal,
    stop: stop.signal,
    stopWithinMs: 100,
    onPrepared: async () => void heard.push('prepared'),
    onEpochs: async (epochs) => {
      for (const { metrics } of epochs) heard.push(`epoch ${metrics.epoch}`);
    },
    onProgress: ({ progress }) => void heard.push(`progress ${progress}`),
    onCheckpoint: async ({ step }) => void heard.push(`checkpoint at ${step}`),
    onCheckpointFailed: async ({ code }) => void heard.push(`checkpoint failed: ${code}`),
    onCheckpointDamaged: async ({ id }) => void heard.push(`damaged: ${id}`),
    ...listener,
  });
  return { end, heard, interrupt, stop };
}

const epoch = (number: number): { report: TrainReport } => ({
  report: { type: 'epoch', metrics: { epoch: number } as EpochMetrics, progress: 0 },
});
const checkpoint = (step: number): Step => ({
  report: {
    type: 'checkpoint',
    path: '/nowhere',
    formatVersion: 1,
    epoch: 1,
    step,
    validationLoss: null,
    trainedSeconds: 1,
  },
});
const prepared: Step = { report: { type: 'prepared' } };
const finished: Step = { report: { type: 'finished', model: { opset: 17 } as never } };
const error = { code: 'diverged', message: 'The loss became infinite.', hint: 'Lower it.' } as const;

describe('trainInChild', () => {
  it('passes reports on in order, each written before the next, and all before the end', async () => {
    const { end, heard } = attempt([prepared, epoch(1), epoch(2), epoch(3), finished, { exit: true }], {
      onPrepared: async () => {
        await new Promise((resolve) => setTimeout(resolve, 30));
        heard.push('prepared');
      },
    });
    expect(await end).toEqual({ status: 'finished', model: { opset: 17 } });
    expect(heard).toEqual(['prepared', 'epoch 1', 'epoch 2', 'epoch 3']);
  });

  it('passes the epochs that come during a write on together', async () => {
    const batches: number[][] = [];
    const { end } = attempt([prepared, epoch(1), epoch(2), epoch(3), finished, { exit: true }], {
      onPrepared: () => new Promise((resolve) => setTimeout(resolve, 200)),
      onEpochs: async (epochs) => void batches.push(epochs.map(({ metrics }) => metrics.epoch)),
    });
    expect(await end).toMatchObject({ status: 'finished' });
    expect(batches).toEqual([[1, 2, 3]]);
  });

  it('is finished even if the child breaks down after its last word', async () => {
    const { end } = attempt([finished, { kill: 'SIGKILL' }]);
    expect(await end).toMatchObject({ status: 'finished' });
  });

  it('passes a failure on', async () => {
    const { end } = attempt([{ report: { type: 'failed', error, log: 'at step 3' } }, { exit: true }]);
    expect(await end).toEqual({ status: 'failed', error, log: 'at step 3' });
  });

  it('says that the child was killed', async () => {
    const { end, heard } = attempt([prepared, { kill: 'SIGKILL' }]);
    expect(await end).toMatchObject({ status: 'killed', error: { code: 'worker_lost' } });
    expect(heard).toEqual(['prepared']);
  });

  it('takes an end without a last word for a failure', async () => {
    const { end } = attempt([prepared, { exit: true }]);
    expect(await end).toMatchObject({ status: 'failed', error: { code: 'internal' } });
  });

  it('ends the child when it is interrupted, and writes nothing more', async () => {
    const { end, heard, interrupt } = attempt([prepared, epoch(1), epoch(2)], {
      onPrepared: async () => interrupt.abort('cancelled'),
    });
    expect(await end).toEqual({ status: 'interrupted' });
    expect(heard).toEqual([]);
  });

  it('starts no child when it was interrupted, or told to stop, before', async () => {
    const never = async (): Promise<void> => expect.fail('was called');
    const parts = {
      entry,
      order: {} as TrainOrder,
      heapMegabytes: 64,
      stopWithinMs: 100,
      onPrepared: never,
      onEpochs: never,
      onProgress: () => undefined,
      onCheckpoint: never,
      onCheckpointFailed: never,
      onCheckpointDamaged: never,
    };
    const unheard = new AbortController().signal;
    expect(await trainInChild({ ...parts, interrupt: AbortSignal.abort(), stop: unheard })).toEqual({
      status: 'interrupted',
    });
    expect(await trainInChild({ ...parts, interrupt: unheard, stop: AbortSignal.abort() })).toEqual({
      status: 'stopped',
    });
  });

  it('passes checkpoints on after the epochs before them, and tells the child when they are taken', async () => {
    const taken: Step[] = [epoch(2), finished, { exit: true }];
    const { end, heard } = attempt([
      prepared,
      { onMessage: [{ onMessage: taken }] },
      epoch(1),
      checkpoint(7),
    ]);
    expect(await end).toMatchObject({ status: 'finished' });
    expect(heard).toEqual(['prepared', 'epoch 1', 'checkpoint at 7', 'epoch 2']);
  });

  it('tells of checkpoints that could not be written or used, and goes on', async () => {
    const failed: Step = { report: { type: 'checkpoint_failed', error: { ...error, code: 'storage_full' } } };
    const damaged: Step = {
      report: { type: 'checkpoint_damaged', id: 'ckpt_1', reason: 'another checksum' },
    };
    const { end, heard } = attempt([damaged, prepared, failed, finished, { exit: true }]);
    expect(await end).toMatchObject({ status: 'finished' });
    expect(heard).toEqual(['damaged: ckpt_1', 'prepared', 'checkpoint failed: storage_full']);
  });

  it('asks the child to stop, and keeps what it writes then', async () => {
    const steps: Step[] = [
      prepared,
      { onMessage: [checkpoint(9), { report: { type: 'stopped' } }, { exit: true }] },
    ];
    const { end, heard, stop } = attempt(steps, { onPrepared: async () => stop.abort('pausing') });
    expect(await end).toEqual({ status: 'stopped' });
    expect(heard).toEqual(['checkpoint at 9']);
  });

  it('ends a child that does not stop in time', async () => {
    const { end, stop } = attempt([prepared], { onPrepared: async () => stop.abort('stopping') });
    expect(await end).toEqual({ status: 'stopped' });
  });

  it('takes it for finished when the child got to its end all the same', async () => {
    const { end, stop } = attempt([prepared, { onMessage: [finished, { exit: true }] }], {
      onPrepared: async () => stop.abort('stopping'),
    });
    expect(await end).toMatchObject({ status: 'finished' });
  });

  it('ends the child when a report can not be written, and throws why', async () => {
    const { end, heard } = attempt([prepared, epoch(1), epoch(2)], {
      onPrepared: async () => {
        throw new Error('value out of range');
      },
    });
    await expect(end).rejects.toThrow('value out of range');
    expect(heard).toEqual([]);
  });
});

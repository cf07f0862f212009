import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ReaderArchitecture } from '../spec/architectures.ts';
import type { EpochMetrics } from '../spec/epoch-metrics.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import type { TrainingOptions } from '../spec/training.ts';
import { randomStream } from '../random/random-stream.ts';
import { CheckpointError, checkpointVersion, type Sha256 } from './checkpoint-file.ts';
import { decodeCheckpoint, encodeCheckpoint, type Checkpoint } from './checkpoint.ts';
import type { CarryingOptions } from './carried-examples.ts';
import { sineNetwork, sineStreams, sineWindows, trainingOptions } from './testing.ts';
import { train, type TrainOptions, type TrainingResult } from './train.ts';
import { trainableWindows } from './trainable.ts';

const sha256: Sha256 = (parts) =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();

const fileOf = (checkpoint: Checkpoint): Uint8Array =>
  Buffer.concat(encodeCheckpoint(checkpoint, { cell: 'lstm' }, sha256));

interface Case {
  readonly network: NetworkShape;
  readonly training: TrainingOptions;
  readonly targetSteps: 1 | 'all';
  /** Trained on windows that follow each other. */
  readonly carrying?: CarryingOptions;
  /** Of so many classes, of which epochs have as many windows of one as of another. */
  readonly classes?: number;
}

/** One of each: an architecture without an entry does not compile. */
const architectures: Record<ReaderArchitecture, Case> = {
  sequence_to_vector: {
    network: { ...sineNetwork('lstm'), layers: 2, dropout: 0.4, bidirectional: true },
    training: trainingOptions({
      epochs: 4,
      learning_rate_schedule: { type: 'reduce_on_plateau', factor: 0.5, patience: 0 },
      early_stopping: { patience: 3, min_delta: 1e-3 },
    }),
    targetSteps: 1,
  },
  sequence_to_sequence: {
    network: { ...sineNetwork('gru'), architecture: 'sequence_to_sequence', recurrentDropout: 0.2 },
    training: trainingOptions({
      epochs: 4,
      learning_rate_schedule: { type: 'cosine', final_factor: 0.1 },
      warmup_steps: 5,
    }),
    targetSteps: 'all',
  },
};

const others: Record<string, Case> = {
  'layer-normalised rnn, accumulated, sgd with momentum': {
    network: { ...sineNetwork('rnn'), layerNorm: true, learnInitialState: true },
    training: trainingOptions({
      epochs: 3,
      batch_size: 20,
      accumulate: 4,
      optimizer: { type: 'sgd', learning_rate: 0.05, momentum: 0.9, nesterov: true, weight_decay: 1e-3 },
      learning_rate_schedule: { type: 'step', every_epochs: 1, factor: 0.5 },
    }),
    targetSteps: 1,
  },
  'lstm with peepholes, rmsprop, one batch an epoch': {
    network: { ...sineNetwork('lstm'), peepholes: true },
    training: trainingOptions({
      epochs: 6,
      batch_size: 128,
      optimizer: { type: 'rmsprop', learning_rate: 0.01, alpha: 0.99, epsilon: 1e-8, weight_decay: 0 },
      early_stopping: { patience: 4, min_delta: 10 },
    }),
    targetSteps: 1,
  },
  'as many windows of each class': {
    network: sineNetwork('gru'),
    training: trainingOptions({ epochs: 3, batch_size: 8 }),
    targetSteps: 1,
    classes: 3,
  },
  'streams of an lstm, cut into chunks': {
    network: {
      ...sineNetwork('lstm'),
      architecture: 'sequence_to_sequence',
      layers: 2,
      dropout: 0.2,
      learnInitialState: true,
    },
    training: trainingOptions({ epochs: 2, batch_size: 4 }),
    targetSteps: 'all',
    carrying: { stateful: true, tbpttSteps: 4 },
  },
  'windows of a gru, cut into chunks': {
    network: { ...sineNetwork('gru'), architecture: 'sequence_to_sequence' },
    training: trainingOptions({ epochs: 3, batch_size: 4 }),
    targetSteps: 'all',
    carrying: { stateful: false, tbpttSteps: 5 },
  },
};

interface Trained {
  /** Without what depends on the clock; so the curves, of the last time that each epoch was trained. */
  readonly result: object;
  readonly curves: readonly object[];
}

const times = ['seconds', 'steps_per_second', 'elapsed_seconds'];
const withoutTimes = (told: object): object =>
  Object.fromEntries(Object.entries(told).filter(([name]) => !times.includes(name)));

/** Trains from `checkpoint` on; `onBoundary` breaks it off when it answers false. */
async function trainFrom(
  { network, training, targetSteps, carrying, classes }: Case,
  o: {
    readonly resumeFrom?: Checkpoint;
    readonly curves?: Map<number, EpochMetrics>;
    readonly onBoundary?: (checkpoint: Checkpoint) => boolean;
    readonly now?: TrainOptions['now'];
  },
): Promise<TrainingResult | null> {
  const breaker = new AbortController();
  try {
    return await train({
      trainable: trainableWindows({
        network,
        loss: 'mse',
        parts: {
          training: {
            ...(carrying ? sineStreams(23, [0, 9]) : sineWindows(101, targetSteps)),
            ...(classes && { balance: Uint32Array.from({ length: 101 }, (_, i) => (i * i) % classes) }),
          },
          validation: carrying ? sineStreams(7, [0]) : sineWindows(40, 1, 130),
        },
        carrying,
      }),
      training,
      threads: 1,
      now: o.now ?? (() => performance.now()),
      onEpoch: (metrics) => void o.curves?.set(metrics.epoch, metrics),
      ...(o.resumeFrom && { resumeFrom: o.resumeFrom }),
      onBoundary: (checkpoint) => {
        if (o.onBoundary?.(checkpoint) === false) breaker.abort(new Error('broken off'));
      },
      signal: breaker.signal,
    });
  } catch (error) {
    if (breaker.signal.aborted && error === breaker.signal.reason) return null;
    throw error;
  }
}

const trained = (result: TrainingResult, curves: ReadonlyMap<number, EpochMetrics>): Trained => ({
  result: withoutTimes(result),
  curves: [...curves.values()].map(withoutTimes),
});

/** A clock by which every run takes so long: it decides how many steps a run takes. */
const clock = (milliseconds: number) => {
  let time = 0;
  return () => (time += milliseconds);
};

async function unbroken(one: Case, now?: TrainOptions['now']): Promise<Trained> {
  const curves = new Map<number, EpochMetrics>();
  return trained((await trainFrom(one, { curves, ...(now && { now }) }))!, curves);
}

/** Breaks training off again and again after a few boundaries, and goes on from a file written a few boundaries before. */
async function brokenAgainAndAgain(one: Case, seed: number): Promise<Trained & { breaks: number }> {
  const random = randomStream(seed, 'breaks');
  const curves = new Map<number, EpochMetrics>();
  let file: Uint8Array | undefined;
  for (let breaks = 0; ; breaks++) {
    const after = 1 + random.integer(9);
    const written = 1 + random.integer(after);
    let boundaries = 0;
    const result = await trainFrom(one, {
      curves,
      ...(file && { resumeFrom: decodeCheckpoint(file, sha256).checkpoint }),
      // few steps a run, or as many as an epoch has
      now: clock(random.next() < 0.5 ? 100 : 0.01),
      onBoundary: (checkpoint) => {
        boundaries++;
        if (boundaries === written) file = fileOf(checkpoint);
        return boundaries < after;
      },
    });
    if (result !== null) return { ...trained(result, curves), breaks };
  }
}

describe.each(Object.entries({ ...architectures, ...others }))('%s', (_name, one) => {
  test('training that was broken off at any moments ends with the same bits as training that was not', async () => {
    const expected = await unbroken(one);
    let breaks = 0;
    for (const seed of [1, 2, 3]) {
      const { breaks: more, ...rest } = await brokenAgainAndAgain(one, seed);
      expect(rest).toEqual(expected);
      breaks += more;
    }
    expect(breaks).toBeGreaterThan(3);
  });

  test('how the steps are cut into runs changes no bit', async () => {
    const expected = await unbroken(one, clock(1000));
    expect(await unbroken(one, clock(0.001))).toEqual(expected);
    expect(await unbroken(one, clock(25))).toEqual(expected);
  });
});

/** The checkpoints of a short training. */
async function checkpoints(one: Case = architectures.sequence_to_vector): Promise<Checkpoint[]> {
  const found: Checkpoint[] = [];
  await trainFrom(one, { onBoundary: (checkpoint) => found.push(checkpoint) > 0 });
  return found;
}

test('what is trained later does not change a checkpoint', async () => {
  const copies: Checkpoint[] = [];
  const found: Checkpoint[] = [];
  await trainFrom(architectures.sequence_to_vector, {
    onBoundary: (checkpoint) => {
      found.push(checkpoint);
      copies.push(structuredClone(checkpoint));
      return true;
    },
  });
  expect(found).toEqual(copies);
});

test('a file gives back what was written, with what is to be known of the network', async () => {
  for (const checkpoint of await checkpoints()) {
    expect(decodeCheckpoint(fileOf(checkpoint), sha256)).toEqual({ checkpoint, about: { cell: 'lstm' } });
  }
});

test('weights that are the best so far are written once', async () => {
  const last = (await checkpoints()).find(({ best, step, epochs }) => best && epochs === 1 && step === 7)!;
  expect(last.best!.parameters).toBe(last.vectors.parameters);
  const own = fileOf({ ...last, best: { ...last.best!, parameters: last.best!.parameters.slice() } });
  expect(own.length - fileOf(last).length).toBeGreaterThanOrEqual(last.best!.parameters.byteLength);
});

test('a finished training goes on to its end at once', async () => {
  const last = (await checkpoints()).at(-1)!;
  expect(last.stopped).not.toBeNull();
  const curves = new Map<number, EpochMetrics>();
  const result = await trainFrom(architectures.sequence_to_vector, { resumeFrom: last, curves });
  expect(result).toMatchObject({ stopped: last.stopped, epochs: last.epochs, bestEpoch: last.best!.epoch });
  expect(curves.size).toBe(0);
});

test('max_seconds counts over all attempts', async () => {
  const one = { ...others['lstm with peepholes, rmsprop, one batch an epoch']! };
  const timed = {
    ...one,
    training: { ...one.training, epochs: 1000, early_stopping: null, max_seconds: 10 },
  };
  let file: Checkpoint | undefined;
  await trainFrom(timed, {
    now: clock(100),
    onBoundary: (checkpoint) => {
      file = checkpoint;
      return checkpoint.seconds < 8;
    },
  });
  const result = await trainFrom(timed, { now: clock(100), resumeFrom: file! });
  expect(result).toMatchObject({ stopped: 'max_seconds' });
  expect(result!.seconds).toBeGreaterThanOrEqual(10);
  expect(result!.seconds).toBeLessThan(12);
});

describe('a file that can not be used', () => {
  test('is noticed, whichever byte of it has changed, and wherever it ends', async () => {
    const file = fileOf((await checkpoints())[3]!);
    const reasonOf = (bytes: Uint8Array) => {
      try {
        decodeCheckpoint(bytes, sha256);
        return 'none';
      } catch (error) {
        return error instanceof CheckpointError ? error.reason : String(error);
      }
    };
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 }), (index, change) => {
        const changed = file.slice();
        changed[index]! ^= change;
        expect(['damaged', 'unknown_version']).toContain(reasonOf(changed));
      }),
      { numRuns: 200 },
    );
    fc.assert(
      fc.property(fc.nat(file.length - 1), (length) => {
        expect(reasonOf(file.slice(0, length))).toBe('damaged');
      }),
      { numRuns: 100 },
    );
  });

  test('says so when it is of another version', async () => {
    const file = fileOf((await checkpoints())[0]!).slice();
    file.set(new TextEncoder().encode(`unroll.${checkpointVersion + 1}`));
    expect(() => decodeCheckpoint(file, sha256)).toThrow(
      expect.objectContaining({ name: 'CheckpointError', reason: 'unknown_version' }) as Error,
    );
  });

  test('is refused by the training of another network or optimiser', async () => {
    const [first] = await checkpoints();
    const one = architectures.sequence_to_vector;
    const refused: Case[] = [
      { ...one, network: { ...one.network, hiddenSize: 9 } },
      {
        ...one,
        training: {
          ...one.training,
          optimizer: { type: 'rmsprop', learning_rate: 0.1, alpha: 0.9, epsilon: 1e-8, weight_decay: 0 },
        },
      },
    ];
    for (const other of refused) {
      await expect(trainFrom(other, { resumeFrom: first! })).rejects.toMatchObject({
        reason: 'other_network',
      });
    }
  });
});

/** A training child that is killed at any moment goes on from its last checkpoint, and comes to the same bits. */
import { copyFile, mkdtemp, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ingestCsv } from '../../datasets/formats/csv.ts';
import { resolveSpecification } from '../../domain/training-jobs/resolve-specification.ts';
import type { EpochMetrics } from '../../domain/training-jobs/training-job.ts';
import { isWriter, type Architecture } from '../../engine/spec/architectures.ts';
import { childrenOf, smallCsv } from '../../test/faults/rig.ts';
import type { DamagedCheckpoint, TrainedModel, WrittenCheckpoint } from './protocol.ts';
import { trainInChild, type AttemptEnd } from './train-child.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const entry = new URL('../../dist/workers/train/child.js', import.meta.url);

const data = {
  inputs: [{ column: 'value' }],
  targets: [{ column: 'value' }],
  order_by: 'date',
  window: { length: 14, horizon: 3 },
};
const training = { epochs: 40, seed: 5, early_stopping: { patience: 50 }, batch_size: 8 };

/** Where it stands within an epoch matters to states that go on. */
const stateful = 'sequence_to_sequence, stateful';
type Kind = Architecture | typeof stateful;
const architectureOf = (kind: Kind): Architecture => (kind === stateful ? 'sequence_to_sequence' : kind);

/** One of each: an architecture without an entry does not compile. */
const specifications: Record<Kind, object> = {
  sequence_to_vector: {
    data,
    model: { cell: 'lstm', hidden_size: 12, layers: 2, dropout: 0.2, bidirectional: true },
    training: { ...training, learning_rate_schedule: { type: 'reduce_on_plateau', patience: 1 } },
  },
  sequence_to_sequence: {
    data,
    model: { cell: 'gru', hidden_size: 24, recurrent_dropout: 0.1 },
    training: { ...training, optimizer: { type: 'adamw' }, learning_rate_schedule: { type: 'cosine' } },
  },
  [stateful]: {
    data: { ...data, window: { length: 7, horizon: 3 } },
    model: { cell: 'lstm', hidden_size: 24, learn_initial_state: true, recurrent_dropout: 0.1 },
    training: { ...training, batch_size: 2, stateful: true, tbptt_steps: 4 },
  },
  encoder_decoder: {
    data: {
      inputs: [{ column: 'number', encoding: 'characters' }],
      targets: [{ column: 'name', encoding: 'words' }],
    },
    model: {
      cell: 'gru',
      hidden_size: 12,
      recurrent_dropout: 0.1,
      attention: { score: 'dot' },
    },
    output: { type: 'tokens', beam: 2, label_smoothing: 0.1 },
    training: { ...training, epochs: 25, scheduled_sampling: { type: 'linear', to: 0.5 } },
  },
  vector_to_sequence: {
    data: {
      inputs: [{ column: 'tens' }, { column: 'ones' }],
      targets: [{ column: 'name', encoding: 'characters' }],
    },
    model: { cell: 'lstm', hidden_size: 12, feed_vector: true },
    output: { type: 'tokens', beam: 1 },
    training,
  },
};

const tens = ['', 'teen', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];
const ones = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
/** Numbers of two digits, and what they are called. */
const numbersCsv = (): string =>
  [
    'number,tens,ones,name',
    ...Array.from({ length: 80 }, (_, index) => {
      const [ten, one] = [2 + Math.floor(index / 10), index % 10];
      return `n${10 * ten + one},${ten},${one},${tens[ten]} ${ones[one]}`;
    }),
  ].join('\n');

let directory: string;
const tablePaths = { series: '', numbers: '' };

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'unroll-resume-'));
  for (const [name, csv] of [
    ['series', smallCsv()],
    ['numbers', numbersCsv()],
  ] as const) {
    const tablePath = join(directory, `${name}.parquet`);
    const sourcePath = join(directory, `${name}.csv`);
    await writeFile(sourcePath, csv);
    await ingestCsv({ sourcePath, tablePath, workDirectory: directory, onBadRows: 'reject' });
    tablePaths[name] = tablePath;
  }
});
afterAll(() => rm(directory, { recursive: true, force: true }));

function signal(): [Promise<void>, () => void] {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return [promise, resolve];
}

/** A job as its worker sees it: what has been recorded of it, over all attempts. */
function job(kind: Kind) {
  const architecture = architectureOf(kind);
  const curves = new Map<number, EpochMetrics>();
  const checkpoints: { id: string; path: string; written: WrittenCheckpoint }[] = [];
  const damaged: DamagedCheckpoint[] = [];
  const specification = resolveSpecification({ architecture, ...specifications[kind] });

  /** Once; `during` may break it off. */
  async function attempt(
    during: (o: {
      kill: () => void;
      stop: () => void;
      /** The first checkpoint, and the first steps. */
      stored: Promise<void>;
      progressed: Promise<void>;
    }) => void = () => undefined,
  ): Promise<{ end: AttemptEnd; modelPath: string }> {
    let isOver = false;
    const kill = (): void => {
      const pid = childrenOf(process.pid).at(-1);
      if (!isOver && pid !== undefined) process.kill(pid, 'SIGKILL');
    };
    const folder = await mkdtemp(join(directory, 'attempt-'));
    const modelPath = join(folder, 'model.onnx');
    const stop = new AbortController();
    const [stored, wasStored] = signal();
    const [progressed, hasProgressed] = signal();
    const end = await trainInChild({
      entry,
      heapMegabytes: 512,
      interrupt: new AbortController().signal,
      stop: stop.signal,
      stopWithinMs: 60_000,
      order: {
        specification,
        tablePath: tablePaths[isWriter(architecture) ? 'numbers' : 'series'],
        modelPath,
        weightsPath: join(folder, 'model.checkpoint'),
        initializeFrom: null,
        threads: 1,
        checkpoints: {
          folder,
          everySeconds: 0.01,
          resumeFrom: checkpoints.map(({ id, path }) => ({ id, path })).reverse(),
        },
        lineage: { unrollVersion: '0', dataset: { id: 'ds_0', name: 'small', sha256: '' } },
      },
      onPrepared: async () => during({ kill, stop: () => stop.abort('pausing'), stored, progressed }),
      onEpochs: async (epochs) => {
        for (const { metrics } of epochs) curves.set(metrics.epoch, metrics);
      },
      onProgress: hasProgressed,
      onCheckpoint: async (written) => {
        const id = `ckpt_${checkpoints.length}`;
        const path = join(directory, `${architecture}-${checkpoints.length}-${Math.random()}.bin`);
        await rename(written.path, path);
        checkpoints.push({ id, path, written });
        wasStored();
      },
      onCheckpointFailed: async ({ message }) => expect.fail(message),
      onCheckpointDamaged: async (one) => {
        damaged.push(one);
        const index = checkpoints.findIndex(({ id }) => id === one.id);
        checkpoints.splice(index, 1);
      },
    });
    isOver = true;
    return { end, modelPath };
  }

  /** What must be the same in the end: the curves, what is known of the model, and its file. */
  async function outcome({ end, modelPath }: { end: AttemptEnd; modelPath: string }) {
    if (end.status !== 'finished') expect.fail(JSON.stringify(end));
    return {
      curves: [...curves.values()].map(withoutTimes),
      model: withoutSeconds(end.model),
      file: await readFile(modelPath),
    };
  }

  return { attempt, outcome, checkpoints, damaged };
}

const withoutTimes = (metrics: EpochMetrics) => ({ ...metrics, steps_per_second: 0, elapsed_seconds: 0 });
const withoutSeconds = (model: TrainedModel) => ({ ...model, training: { ...model.training, seconds: 0 } });

const quiet = new Map<Kind, Promise<Awaited<ReturnType<ReturnType<typeof job>['outcome']>>>>();
/** The same training, undisturbed. */
function undisturbed(kind: Kind) {
  const known =
    quiet.get(kind) ??
    (async () => {
      const one = job(kind);
      return one.outcome(await one.attempt());
    })();
  quiet.set(kind, known);
  return known;
}

async function damage(path: string): Promise<void> {
  const file = await open(path, 'r+');
  await file.write(Buffer.from([1, 2, 3]), 0, 3, 200);
  await file.close();
}

describe.each(Object.keys(specifications) as Kind[])('%s', (kind) => {
  it('comes to the same bits when its process is killed at random moments', async () => {
    const expected = await undisturbed(kind);
    const one = job(kind);
    let kills = 0;
    for (let attempt = 0; attempt < 4; attempt++) {
      const { end } = await one.attempt(({ kill, stored }) => {
        // After some progress, so that the job gets on from attempt to attempt.
        void stored.then(() => setTimeout(kill, Math.random() * 100));
      });
      if (end.status === 'finished') break;
      expect(end.status).toBe('killed');
      kills++;
    }
    expect(kills).toBeGreaterThan(0);
    expect(await one.outcome(await one.attempt())).toEqual(expected);
    expect(one.damaged).toEqual([]);
  });

  it('comes to the same bits when it is asked to stop, and goes on from the very step', async () => {
    const expected = await undisturbed(kind);
    const one = job(kind);
    const { end } = await one.attempt(
      ({ stop, progressed }) => void progressed.then(() => setTimeout(stop, Math.random() * 30)),
    );
    expect(end.status).toBe('stopped');
    const { step } = one.checkpoints.at(-1)!.written;
    expect(step).toBeGreaterThan(0);
    const again = await one.attempt(({ stop }) => stop());
    expect(again.end.status).toBe('stopped');
    expect(one.checkpoints.at(-1)!.written.step).toBeGreaterThanOrEqual(step);
    expect(await one.outcome(await one.attempt())).toEqual(expected);
  });
});

describe('a damaged checkpoint', () => {
  it('is noticed, and the one before it is used; without one, training starts again', async () => {
    const expected = await undisturbed('sequence_to_vector');
    const one = job('sequence_to_vector');
    for (let attempt = 0; attempt < 2; attempt++)
      await one.attempt(({ stop, stored }) => void stored.then(stop));
    const [first, last] = [one.checkpoints[0]!, one.checkpoints.at(-1)!];
    expect(last.written.step).toBeGreaterThan(first.written.step);
    one.checkpoints.splice(0, Infinity, { ...first, id: 'first' }, { ...last, id: 'last' });
    await damage(last.path);
    await one.attempt(({ stop }) => stop());
    expect(one.damaged).toMatchObject([{ id: 'last' }]);

    await copyFile(tablePaths.series, first.path);
    one.checkpoints.splice(
      0,
      Infinity,
      { ...first, id: 'no checkpoint at all' },
      { ...last, id: 'gone', path: '/nowhere' },
    );
    expect(await one.outcome(await one.attempt())).toEqual(expected);
    expect(one.damaged.map(({ id }) => id)).toEqual(['last', 'gone', 'no checkpoint at all']);
  });
});

import { expect, test } from 'vitest';
import { initialParameters } from '../programs/initial-parameters.ts';
import type { ReaderArchitecture } from '../spec/architectures.ts';
import type { EpochMetrics } from '../spec/epoch-metrics.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import type { TrainingOptions } from '../spec/training.ts';
import { predict } from './predict.ts';
import { sineNetwork, sineWindows, trainingOptions } from './testing.ts';
import { DivergedError } from './optimizer-runs.ts';
import { train, type TrainOptions } from './train.ts';
import { trainableWindows } from './trainable.ts';
import { windowExamples } from './window-examples.ts';
import type { WindowSource } from './window-source.ts';

// 101 windows: the last batch of an epoch is smaller than the others
const parts = { training: sineWindows(101), validation: sineWindows(40, 1, 130) };

const sine = (network = sineNetwork('lstm'), training: WindowSource = parts.training) =>
  trainableWindows({ network, loss: 'mse', parts: { ...parts, training } });

async function run(changes: Partial<TrainingOptions> = {}, others: Partial<TrainOptions> = {}) {
  const epochs: EpochMetrics[] = [];
  const result = await train({
    trainable: sine(),
    training: trainingOptions(changes),
    threads: 1,
    now: () => performance.now(),
    onEpoch: (metrics) => void epochs.push(metrics),
    ...others,
  });
  return { result, epochs };
}

test.each(['rnn', 'lstm', 'gru'] as const)('%s learns a sine', async (cell) => {
  const { result, epochs } = await run({ epochs: 30 }, { trainable: sine(sineNetwork(cell)) });
  expect(epochs).toHaveLength(30);
  expect(epochs.at(-1)!.step).toBe(30 * 7);
  // the variance of a sine is 0.5
  expect(result.bestValidationLoss).toBeLessThan(0.02);
  expect(result.bestValidationLoss).toBe(Math.min(...epochs.map((epoch) => epoch.validation_loss)));
});

test('every so often an epoch comes with a look inside', async () => {
  const { epochs } = await run({ epochs: 18 });
  // 7 steps an epoch, one look in 100 steps
  const looked = epochs.filter(({ diagnosis }) => diagnosis !== undefined);
  expect(looked.map(({ epoch }) => epoch)).toEqual([1, 16]);
  const { steps, layers } = epochs[0]!.diagnosis!;
  expect(steps).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  expect(layers).toHaveLength(1);
  expect(layers[0]!.state_gradient_norms.every((norm) => norm > 0)).toBe(true);
});

test('the loss may use every step', async () => {
  const { result } = await run({ epochs: 30 }, { trainable: sine(undefined, sineWindows(101, 'all')) });
  expect(result.bestValidationLoss).toBeLessThan(0.02);
});

test('the same seed gives the same bits, whatever the pace; another seed gives others', async () => {
  const first = await run();
  // a clock on which every run seems to take 10 seconds: one step a run, where the real pace takes several
  let time = 0;
  const slow = await run({}, { now: () => (time += 10_000) });
  const other = await run({ seed: 4 });
  expect(slow.result.parameters).toEqual(first.result.parameters);
  expect(other.result.parameters).not.toEqual(first.result.parameters);
});

/** Those that write: train-writer.test.ts. */
const readers: Record<ReaderArchitecture, { targets: 1 | 'all'; network: Partial<NetworkShape> }> = {
  sequence_to_vector: { targets: 1, network: { bidirectional: true, residual: true } },
  sequence_to_sequence: { targets: 'all', network: { layerNorm: true, learnInitialState: true } },
};

test.each(
  (Object.keys(readers) as ReaderArchitecture[]).flatMap((architecture) =>
    (['rnn', 'lstm', 'gru'] as const).map((cell) => [architecture, cell] as const),
  ),
)('%s of %s: the same seed and threads give the same bits', async (architecture, cell) => {
  const { targets, network } = readers[architecture];
  const once = async (threads: number) => {
    const { result, epochs } = await run(
      { epochs: 2, batch_size: 32, accumulate: 2 },
      {
        threads,
        trainable: trainableWindows({
          network: {
            ...sineNetwork(cell),
            ...network,
            architecture,
            layers: 2,
            hiddenSize: 16,
            dropout: 0.2,
            recurrentDropout: 0.1,
          },
          loss: 'mse',
          parts: { training: sineWindows(101, targets), validation: sineWindows(40, targets, 130) },
        }),
      },
    );
    return { parameters: result.parameters, losses: epochs.map(({ loss }) => loss) };
  };
  for (const threads of [1, 2]) expect(await once(threads)).toEqual(await once(threads));
});

test('the best weights are kept: they give the best validation loss again', async () => {
  const { result } = await run({ epochs: 8 });
  const predictions = await predict({
    trainable: sine(),
    parameters: result.parameters,
    source: windowExamples(parts.validation),
    threads: 1,
    batchSize: 16,
  });
  const y = new Float32Array(parts.validation.count);
  const windows = Uint32Array.from({ length: parts.validation.count }, (_, index) => index);
  parts.validation.read(windows, new Float32Array(parts.validation.count * parts.validation.steps), y);
  const mse = predictions.reduce((sum, value, index) => sum + (value - y[index]!) ** 2, 0) / y.length;
  expect(mse).toBeCloseTo(result.bestValidationLoss, 6);
});

test('early stopping ends training when the loss stops falling', async () => {
  const { result, epochs } = await run({ epochs: 50, early_stopping: { patience: 2, min_delta: 10 } });
  // the first epoch is the reference; two more bring no fall of 10
  expect(epochs).toHaveLength(3);
  expect(result.stopped).toBe('early_stopping');
});

test('max_seconds ends training with the weights so far', async () => {
  let time = 0;
  const { result, epochs } = await run({ epochs: 50, max_seconds: 3 }, { now: () => (time += 500) });
  expect(result.stopped).toBe('max_seconds');
  expect(epochs).toHaveLength(1);
});

test('a loss that is no number ends training with the step', async () => {
  const broken = {
    ...parts.training,
    read: (_w: Uint32Array, x: Float32Array, y: Float32Array) => {
      x.fill(1);
      y.fill(Infinity);
    },
  };
  const failure = run({}, { trainable: sine(undefined, broken) });
  await expect(failure).rejects.toThrow(DivergedError);
  await expect(failure).rejects.toMatchObject({ step: 1 });
});

test('an aborted signal ends training between two runs', async () => {
  const controller = new AbortController();
  const failure = run(
    { epochs: 1000 },
    { signal: controller.signal, onEpoch: () => controller.abort(new Error('enough')) },
  );
  await expect(failure).rejects.toThrow('enough');
});

test('clipping bounds the first update, and only when it is asked for', async () => {
  // without momentum and with a huge epsilon Adam's first step is proportional to the gradient
  const optimizer = { type: 'adam', learning_rate: 1, beta1: 0, beta2: 0, epsilon: 1 } as const;
  const initial = initialParameters(sineNetwork('lstm'), 3);
  const moved = async (clip_norm: number | null) => {
    const { result } = await run({ epochs: 1, batch_size: 101, optimizer, clip_norm });
    return Math.hypot(...result.parameters.map((value, index) => value - initial[index]!));
  };
  expect(await moved(1e-3)).toBeLessThanOrEqual(1e-3);
  expect(await moved(null)).toBeGreaterThan(1e-2);
});

test('dropout is drawn from seed and step alone, and is gone when the network is judged', async () => {
  const network = { ...sineNetwork('lstm'), layers: 2, dropout: 0.5, recurrentDropout: 0.3 };
  const first = await run({ epochs: 3 }, { trainable: sine(network) });
  let time = 0;
  const slow = await run({ epochs: 3 }, { trainable: sine(network), now: () => (time += 10_000) });
  expect(slow.result.parameters).toEqual(first.result.parameters);

  const whole = await run(
    { epochs: 3 },
    { trainable: sine({ ...network, dropout: 0, recurrentDropout: 0 }) },
  );
  expect(whole.result.parameters).not.toEqual(first.result.parameters);

  const judge = () =>
    predict({
      trainable: sine(network),
      parameters: first.result.parameters,
      source: windowExamples(parts.validation),
      threads: 1,
      batchSize: 16,
    });
  expect(await judge()).toEqual(await judge());
});

test('accumulated parts of a batch make the same step as the whole batch', async () => {
  // 101 windows: batches of 20, then 1; in parts of 5: 5 batches, then 1
  const whole = await run({ batch_size: 20 });
  const cut = await run({ batch_size: 20, accumulate: 4 });
  expect(cut.epochs.map(({ step }) => step)).toEqual(whole.epochs.map(({ step }) => step));
  cut.result.parameters.forEach((value, index) => {
    expect(value).toBeCloseTo(whole.result.parameters[index]!, 4);
  });
});

test('what is left of an epoch is cut into whole parts and a rest', async () => {
  // 101 windows: 1 batch of 64; the 37 left are 2 parts of 16, and 5
  const { epochs } = await run({ batch_size: 64, accumulate: 4, epochs: 2 });
  expect(epochs.map(({ step }) => step)).toEqual([3, 6]);
});

/** Training on windows whose targets count differently. */
import { expect, test } from 'vitest';
import type { EpochMetrics } from '../spec/epoch-metrics.ts';
import type { TrainingOptions } from '../spec/training.ts';
import { sineNetwork, sineWindows, trainingOptions } from './testing.ts';
import { train } from './train.ts';
import { trainableWindows } from './trainable.ts';
import type { WindowSource } from './window-source.ts';

const weighted = (source: WindowSource, weightOf: (window: number) => number): WindowSource => ({
  ...source,
  weightsPerOutput: 1,
  read: (windows, x, y, weights) => {
    source.read(windows, x, y);
    windows.forEach((window, n) => {
      for (let s = 0; s < source.targetSteps; s++) weights![s * windows.length + n] = weightOf(window);
    });
  },
});

/** The targets of every second window are nonsense. */
const spoilt = (source: WindowSource): WindowSource => ({
  ...source,
  read: (windows, x, y) => {
    source.read(windows, x, y);
    windows.forEach((window, n) => {
      if (window % 2 === 1) y[n] = 100;
    });
  },
});

async function run(training: WindowSource, validation: WindowSource, changes: Partial<TrainingOptions> = {}) {
  const epochs: EpochMetrics[] = [];
  const result = await train({
    trainable: trainableWindows({
      network: sineNetwork('gru'),
      loss: 'mse',
      parts: { training, validation },
    }),
    training: trainingOptions(changes),
    threads: 1,
    now: () => performance.now(),
    onEpoch: (metrics) => void epochs.push(metrics),
  });
  return { result, epochs };
}

test('what has a weight of 0 is not learnt from and not judged', async () => {
  const even = (window: number) => (window % 2 === 0 ? 1 : 0);
  const validation = sineWindows(40, 1, 130);
  const { result, epochs } = await run(
    weighted(spoilt(sineWindows(101)), even),
    weighted(spoilt(validation), even),
    { epochs: 30 },
  );
  // the variance of a sine is 0.5
  expect(result.bestValidationLoss).toBeLessThan(0.05);
  expect(epochs.at(-1)!.loss).toBeLessThan(0.05);
});

test('weights that are all the same change nothing, nor do the parts of a batch', async () => {
  // Adam's first steps go by the signs of gradients, and so by their rounding
  const optimizer = {
    type: 'sgd',
    learning_rate: 0.1,
    momentum: 0,
    nesterov: false,
    weight_decay: 0,
  } as const;
  const [training, validation] = [sineWindows(101), sineWindows(40, 1, 130)];
  const plain = await run(training, validation, { optimizer });
  const same = await run(
    weighted(training, () => 0.5),
    weighted(validation, () => 0.5),
    { optimizer },
  );
  const cut = await run(
    weighted(training, (window) => 1 + (window % 3)),
    validation,
    { optimizer, batch_size: 20, accumulate: 4 },
  );
  const whole = await run(
    weighted(training, (window) => 1 + (window % 3)),
    validation,
    { optimizer, batch_size: 20 },
  );
  const expectNear = (a: Float32Array, b: Float32Array) => {
    a.forEach((value, index) => expect(value).toBeCloseTo(b[index]!, 5));
  };
  expectNear(same.result.parameters, plain.result.parameters);
  expectNear(cut.result.parameters, whole.result.parameters);
  expect(same.result.bestValidationLoss).toBeCloseTo(plain.result.bestValidationLoss, 4);
  expect(same.epochs.at(-1)!.loss).toBeCloseTo(plain.epochs.at(-1)!.loss, 4);
});

test('the loss may use the last few steps', async () => {
  const all = sineWindows(101, 'all');
  const [T, S] = [all.steps, 4];
  const lastFew: WindowSource = {
    ...all,
    targetSteps: S,
    read: (windows, x, y) => {
      const whole = new Float32Array(T * windows.length);
      all.read(windows, x, whole);
      y.set(whole.subarray((T - S) * windows.length));
    },
  };
  const network = { ...sineNetwork('lstm'), layers: 2, dropout: 0.1 };
  const result = await train({
    trainable: trainableWindows({
      network,
      loss: 'mse',
      parts: { training: lastFew, validation: sineWindows(40, 1, 130) },
    }),
    training: trainingOptions({ epochs: 30 }),
    threads: 1,
    now: () => performance.now(),
    onEpoch: () => undefined,
  });
  expect(result.bestValidationLoss).toBeLessThan(0.05);
});

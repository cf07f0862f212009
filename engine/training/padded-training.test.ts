/** Training on windows of different lengths: it learns, and comes to the same bits however it is broken off. */
import { expect, test } from 'vitest';
import { randomStream } from '../random/random-stream.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import type { Pooling } from '../spec/pooling.ts';
import type { Checkpoint } from './checkpoint.ts';
import { predict } from './predict.ts';
import { trainingOptions } from './testing.ts';
import { train, type TrainOptions } from './train.ts';
import { trainableWindows } from './trainable.ts';
import { windowExamples } from './window-examples.ts';
import type { WindowSource } from './window-source.ts';

const vocabulary = 6;

/** Sequences of ids whose class is whether the first and the last are the same. */
function sequences(count: number, name: string): WindowSource {
  const random = randomStream(9, name);
  const ids = Array.from({ length: count }, () => {
    const own = Array.from({ length: 2 + random.integer(9) }, () => random.integer(vocabulary));
    if (random.next() < 0.5) own[own.length - 1] = own[0]!;
    return own;
  });
  return {
    count,
    steps: Math.max(...ids.map(({ length }) => length)),
    lengths: ids.map(({ length }) => length),
    inputSize: 1,
    targetSteps: 1,
    outputSize: 1,
    weightsPerOutput: 1,
    read(windows, x, y, weights) {
      x.fill(0);
      windows.forEach((window, n) => {
        ids[window]!.forEach((id, t) => {
          x[t * windows.length + n] = id;
        });
        y[n] = ids[window]![0] === ids[window]!.at(-1) ? 1 : 0;
        weights![n] = 1;
      });
    },
  };
}

const network: NetworkShape = {
  architecture: 'sequence_to_vector',
  cell: 'gru',
  inputSize: 1,
  embeddings: [{ vocabulary, size: 6 }],
  padded: true,
  hiddenSize: 12,
  layers: 1,
  outputSize: 2,
};
const parts = { training: sequences(500, 'training'), validation: sequences(100, 'validation') };
const loss = { type: 'cross_entropy', label_smoothing: 0 } as const;
const pooledTo = (pooling: Pooling) =>
  trainableWindows({ network: { ...network, recurrentDropout: 0.05, pooling }, loss, parts });
const trainable = pooledTo('last');
const training = trainingOptions({
  epochs: 25,
  optimizer: { type: 'adam', learning_rate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
});
const options = (changes: Partial<TrainOptions> = {}): TrainOptions => ({
  trainable,
  training,
  threads: 1,
  now: () => performance.now(),
  onEpoch: () => undefined,
  ...changes,
});

test('learns what can be told only from both ends, and predicts in the order of the windows', async () => {
  const { parameters, bestValidationLoss } = await train(options());
  expect(bestValidationLoss).toBeLessThan(0.45);
  const test = sequences(100, 'test');
  const logits = await predict({
    trainable,
    parameters,
    source: windowExamples(test),
    threads: 1,
    batchSize: 16,
  });
  const y = new Float32Array(100);
  test.read(
    Uint32Array.from({ length: 100 }, (_, index) => index),
    new Float32Array(100 * test.steps),
    y,
    new Float32Array(100),
  );
  const right = y.filter((label, row) => logits[2 * row + 1]! > logits[2 * row]! === (label === 1)).length;
  expect(right).toBeGreaterThan(80);
});

test.each(['last', 'mean', 'max'] as const)(
  'with pooling %s it goes on from any checkpoint to the same bits, whatever the pace',
  async (pooling) => {
    const pooled = pooledTo(pooling);
    const short = { ...training, epochs: 3 };
    const undisturbed = await train(options({ trainable: pooled, training: short }));
    const found: Checkpoint[] = [];
    // a clock that stands still makes runs as long as they may be
    const quick = await train(
      options({
        trainable: pooled,
        training: short,
        now: () => 0,
        onBoundary: (checkpoint) => found.push(checkpoint),
      }),
    );
    expect(quick.parameters).toEqual(undisturbed.parameters);
    for (const resumeFrom of [found[1]!, found[Math.floor(found.length / 2)]!, found.at(-2)!]) {
      const resumed = await train(options({ trainable: pooled, training: short, resumeFrom }));
      expect(resumed.parameters).toEqual(undisturbed.parameters);
      expect(resumed.bestValidationLoss).toBe(undisturbed.bestValidationLoss);
    }
  },
);

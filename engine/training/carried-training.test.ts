/** Truncated backpropagation through time and stateful training in the loop: what is read when, from which states, and what it costs. */
import { describe, expect, test } from 'vitest';
import { compile } from '../programs/compile.ts';
import { initialParameters } from '../programs/initial-parameters.ts';
import { trainProgram } from '../programs/train-program.ts';
import { trainingMemory } from '../programs/training-memory.ts';
import { openSession } from '../runtime/session.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import { epochSteps } from './carried-batches.ts';
import type { CarryingOptions } from './carried-examples.ts';
import { predict } from './predict.ts';
import { scoreSteps } from './score-steps.ts';
import { sineNetwork, sineStreams, trainingOptions } from './testing.ts';
import { train, type TrainingResult } from './train.ts';
import { trainableWindows } from './trainable.ts';
import type { WindowSource } from './window-source.ts';

const network: NetworkShape = { ...sineNetwork('lstm'), architecture: 'sequence_to_sequence' };
const sgd = { type: 'sgd', learning_rate: 0.1, momentum: 0, nesterov: false, weight_decay: 0 } as const;
const windows = 6;
const source = sineStreams(windows, [0, 4]);

async function trained(
  carrying: CarryingOptions | undefined,
  changes: Parameters<typeof trainingOptions>[0] = {},
): Promise<TrainingResult & { steps: number }> {
  let steps = 0;
  const result = await train({
    trainable: trainableWindows({
      network,
      loss: 'mse',
      parts: { training: source, validation: source },
      carrying,
    }),
    training: trainingOptions({ epochs: 1, batch_size: 1, optimizer: sgd, clip_norm: null, ...changes }),
    threads: 1,
    now: () => performance.now(),
    onEpoch: (metrics) => void (steps = metrics.step),
  });
  return { ...result, steps };
}

/** The whole stream by hand, in one run of the program: [K,T,1,1] steps as they come, with `keep` for each. */
async function byHand(chunk: number, keep: readonly number[]): Promise<Float32Array> {
  const T = source.steps;
  const [x, y] = [new Float32Array(windows * T), new Float32Array(windows * T)];
  for (let window = 0; window < windows; window++)
    source.read(Uint32Array.of(window), x.subarray(window * T), y.subarray(window * T));
  const K = keep.length;
  const options = {
    network,
    loss: 'mse',
    lossSteps: 'all',
    optimizer: sgd,
    clipNorm: null,
    carriesState: true,
  } as const;
  const session = await openSession(compile(trainProgram(options)), { threads: 1 });
  const parameters = initialParameters(network, 3);
  const state = { data: new Float32Array(network.hiddenSize), dims: [network.hiddenSize, 1] };
  const results = await session.run({
    parameters: { data: parameters, dims: [parameters.length] },
    'layers.0.h': state,
    'layers.0.c': state,
    x: { data: x, dims: [K, chunk, 1, 1] },
    y: { data: y, dims: [K, chunk, 1, 1] },
    keep: { data: Float32Array.from(keep), dims: [K, 1] },
    learning_rate: { data: new Float32Array(K).fill(0.1), dims: [K] },
  });
  await session.release();
  return results.next_parameters!.data;
}

describe('one stream', () => {
  test('goes on from window to window, and begins anew where a series does', async () => {
    const { parameters, steps } = await trained({ stateful: true });
    expect(steps).toBe(6);
    expect(parameters).toEqual(await byHand(10, [0, 1, 1, 1, 0, 1]));
  });

  test('is cut into chunks that go on, whether windows do or not', async () => {
    const { parameters, steps } = await trained({ stateful: true, tbpttSteps: 5 });
    expect(steps).toBe(12);
    expect(parameters).toEqual(await byHand(5, [0, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1]));
    const first = await trained({ stateful: false, tbpttSteps: 5 });
    expect(first.steps).toBe(12);
    expect(first.parameters).not.toEqual(parameters);
  });

  test('of chunks as long as the window is trained as without', async () => {
    const { parameters } = await trained({ stateful: false, tbpttSteps: 10 }, { batch_size: 4 });
    expect(parameters).toEqual((await trained(undefined, { batch_size: 4 })).parameters);
  });

  test('has a last chunk that is shorter', async () => {
    const { steps } = await trained({ stateful: true, tbpttSteps: 4 }, { batch_size: 4 });
    // 2 batches of 4 and 2 streams, 3 chunks each
    expect(steps).toBe(6);
    const { parts } = trainableWindows({
      network,
      loss: 'mse',
      parts: { training: source, validation: source },
      carrying: { stateful: true, tbpttSteps: 4 },
    });
    expect(epochSteps(parts.training, 4, 1)).toBe(6);
  });
});

test('validation reads streams, too, and scores of steps are the same numbers', async () => {
  const { parameters, bestValidationLoss } = await trained({ stateful: true }, { batch_size: 2 });
  expect(Number.isFinite(bestValidationLoss)).toBe(true);
  const classes: NetworkShape = { ...network, outputSize: 2 };
  const labelled = {
    ...source,
    read: (own: Uint32Array, x: Float32Array, y: Float32Array) => {
      source.read(own, x, y);
      y.forEach((value, index) => (y[index] = value > 0 ? 1 : 0));
    },
  };
  const trainable = trainableWindows({
    network: classes,
    loss: { type: 'cross_entropy', label_smoothing: 0 },
    parts: { training: labelled, validation: labelled },
    carrying: { stateful: true },
  });
  const result = await train({
    trainable,
    training: trainingOptions({ epochs: 3, batch_size: 2 }),
    threads: 1,
    now: () => performance.now(),
    onEpoch: () => undefined,
  });
  // evaluation reads at least 16 streams
  const { losses, chosen } = await scoreSteps({
    network: classes,
    parameters: result.parameters,
    source: labelled,
    threads: 1,
    rows: 16,
    stateful: true,
  });
  const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  expect(mean).toBeCloseTo(result.bestValidationLoss, 5);
  expect(chosen.length).toBe(60);
  expect(parameters.length).toBeGreaterThan(0);
});

test('what a network says of series in windows that follow each other is what it says of each as one window', async () => {
  const series = [
    { start: 0, windows: 3 },
    { start: 3, windows: 1 },
    { start: 4, windows: 5 },
  ];
  const count = 9;
  const followed = sineStreams(
    count,
    series.map(({ start }) => start),
  );
  const { steps } = followed;
  for (const cell of ['lstm', 'gru', 'rnn'] as const) {
    const shape: NetworkShape = {
      ...sineNetwork(cell),
      architecture: 'sequence_to_sequence',
      layers: 2,
      learnInitialState: true,
    };
    const parameters = initialParameters(shape, 3).map((value, index) => value + 0.1 * Math.sin(index));
    const options = { parameters, threads: 1 };
    const carrying = { stateful: true, wholeSeries: true };
    const parts = { training: followed, validation: followed };
    const trainable = trainableWindows({ network: shape, loss: 'mse', parts, carrying, judging: carrying });
    for (const batchSize of [1, 16]) {
      const source = trainable.parts.validation;
      const through = await predict({ ...options, trainable, source, batchSize });
      for (const { start, windows } of series) {
        const T = windows * steps;
        const whole: WindowSource = {
          ...followed,
          count: 1,
          steps: T,
          targetSteps: T,
          read: (_, x, y) => {
            for (let window = 0; window < windows; window++)
              followed.read(
                Uint32Array.of(start + window),
                x.subarray(window * steps, (window + 1) * steps),
                y.subarray(window * steps, (window + 1) * steps),
              );
          },
        };
        const alone = trainableWindows({
          network: shape,
          loss: 'mse',
          parts: { training: whole, validation: whole },
        });
        const expected = await predict({
          ...options,
          trainable: alone,
          source: alone.parts.validation,
          batchSize,
        });
        expect(expected.length).toBe(T);
        expected.forEach((value, index) => {
          expect(through[start * steps + index]).toBeCloseTo(value, 5);
        });
      }
      const places = Uint32Array.of(0, 9, 31, 47, 48, 89);
      expect(await predict({ ...options, trainable, source, batchSize, places })).toEqual(
        Float32Array.from(places, (place) => through[place]!),
      );
    }
  }
});

test('what makes no sense is refused', () => {
  const make = (changes: Partial<NetworkShape>, carrying: CarryingOptions, from = source) =>
    trainableWindows({
      network: { ...network, ...changes },
      loss: 'mse',
      parts: { training: from, validation: source },
      carrying,
    });
  expect(() => make({ bidirectional: true }, { stateful: true })).toThrow('one direction');
  expect(() => make({}, { stateful: false, tbpttSteps: 5 }, { ...source, targetSteps: 1 })).toThrow(
    'an output after every step',
  );
  const { seriesStarts, ...apart } = source;
  expect(seriesStarts).toEqual([0, 4]);
  expect(() => make({}, { stateful: true }, apart)).toThrow('follow each other');
});

test('shorter chunks take less memory', () => {
  const bytes = (steps: number) => {
    const { parameterBytes, stepBytes } = trainingMemory({
      network: { ...network, hiddenSize: 64 },
      optimizer: sgd,
      batchSize: 32,
      steps,
      carriesState: true,
    });
    return parameterBytes + stepBytes;
  };
  expect(bytes(50)).toBeLessThan(bytes(1000) / 8);
  expect(bytes(200)).toBeLessThan(bytes(1000) / 3);
});

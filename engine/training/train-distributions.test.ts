/** Training for distributions: they are learnt, and the same bits come again. */
import { expect, test } from 'vitest';
import { randomStream } from '../random/random-stream.ts';
import type { RegressionLoss } from '../spec/losses.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import { predict } from './predict.ts';
import { tellForecasts } from './tell-forecasts.ts';
import { trainingOptions } from './testing.ts';
import { train } from './train.ts';
import { trainableWindows } from './trainable.ts';
import { windowExamples } from './window-examples.ts';
import type { WindowSource } from './window-source.ts';

const levels = [0.1, 0.5, 0.9];

/** Numbers whose spread is what went in: y is x plus noise from −x to x. */
function spreading(count: number, seed: number): WindowSource {
  const random = randomStream(seed, 'numbers');
  const numbers = Array.from({ length: count }, () => {
    const x = 0.2 + random.next();
    return [x, x + x * (2 * random.next() - 1)] as const;
  });
  return {
    count,
    steps: 2,
    inputSize: 1,
    targetSteps: 1,
    outputSize: 1,
    read: (windows, x, y) => {
      windows.forEach((window, n) => {
        const [given, target] = numbers[window]!;
        x[n] = given;
        x[windows.length + n] = given;
        y[n] = target;
      });
    },
  };
}

test.each<[RegressionLoss, outputsPerTarget: number]>([
  [{ type: 'quantile', quantiles: levels }, 3],
  ['gaussian', 2],
  ['student_t', 3],
])('%j', async (loss, outputsPerTarget) => {
  const network: NetworkShape = {
    architecture: 'sequence_to_vector',
    cell: 'gru',
    inputSize: 1,
    hiddenSize: 8,
    layers: 1,
    outputSize: outputsPerTarget,
  };
  const parts = { training: spreading(600, 1), validation: spreading(300, 2) };
  const trainable = trainableWindows({ network, loss, parts });
  const run = () =>
    train({
      trainable,
      training: trainingOptions({ epochs: 15 }),
      threads: 1,
      now: () => performance.now(),
      onEpoch: () => undefined,
    });
  const { parameters } = await run();
  expect((await run()).parameters).toEqual(parameters);

  const source = spreading(1000, 3);
  const heads = await predict({
    trainable,
    parameters,
    source: windowExamples(source),
    threads: 1,
    batchSize: 32,
  });
  const { quantiles } = await tellForecasts(heads, { targetSize: 1, meaning: { loss, levels } });
  const [x, y] = [new Float32Array(2 * source.count), new Float32Array(source.count)];
  source.read(
    Uint32Array.from({ length: source.count }, (_, index) => index),
    x,
    y,
  );
  const inside = y.filter((value, n) => value >= quantiles[3 * n]! && value <= quantiles[3 * n + 2]!);
  expect(inside.length / source.count).toBeGreaterThan(0.65);
  expect(inside.length / source.count).toBeLessThan(0.95);
  // what spreads more has the wider interval
  const width = (n: number) => quantiles[3 * n + 2]! - quantiles[3 * n]!;
  const mean = (wanted: (given: number) => boolean) => {
    const some = Array.from({ length: source.count }, (_, n) => n).filter((n) => wanted(x[n]!));
    return some.reduce((sum, n) => sum + width(n), 0) / some.length;
  };
  expect(mean((given) => given > 1)).toBeGreaterThan(1.5 * mean((given) => given < 0.5));
});

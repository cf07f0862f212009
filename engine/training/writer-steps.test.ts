/** Training networks that write sequences: the same bits every time, however many steps one run takes and however many threads compute. */
import { expect, test } from 'vitest';
import type { NdArray } from '../graph/nd-array.ts';
import { compile } from '../programs/compile.ts';
import { initialWriterParameters } from '../programs/decoder/initial-writer-parameters.ts';
import { randomBatch, smallWriters } from '../programs/decoder/testing.ts';
import { writerProblem } from '../programs/decoder/writer-loss.ts';
import { optimizationProgram } from '../programs/optimization-program.ts';
import { openSession, type Value } from '../runtime/session.ts';
import type { WriterShape } from '../spec/decoder-shape.ts';
import { DivergedError } from './optimizer-steps.ts';
import { samplingCoins } from './sequence-pairs.ts';
import { writerSteps } from './writer-steps.ts';

const sgd = {
  type: 'sgd',
  learning_rate: 0.1,
  momentum: 0.9,
  nesterov: false,
  weight_decay: 0,
} as const;
const sizes = { T: 5, S: 4, N: 8 };

function programOf(writer: WriterShape): Uint8Array {
  const loss =
    writer.decoder.writes.type === 'tokens'
      ? ({ type: 'cross_entropy', label_smoothing: 0 } as const)
      : ('mse' as const);
  const problem = writerProblem({ writer, loss, sampling: true });
  return compile(optimizationProgram(problem, { optimizer: sgd, clipNorm: 1 }));
}

/** The same batch K times. */
const repeated = (batch: Record<string, NdArray>, K: number): Record<string, Value> =>
  Object.fromEntries(
    Object.entries(batch).map(([name, { shape, data }]) => [
      name,
      {
        dims: [K, ...shape],
        data: Float32Array.from({ length: K * data.length }, (_, index) => data[index % data.length]!),
      },
    ]),
  );

test.each(Object.entries(smallWriters))('%s: the same bits', async (_name, writer) => {
  const program = programOf(writer);
  const batch = randomBatch(writer, sizes, true);
  const train = async (threads: number, runs: readonly number[]) => {
    const session = await openSession(program, { threads });
    const steps = writerSteps(session, sgd, initialWriterParameters(writer, 9));
    const losses: number[] = [];
    for (const K of runs) losses.push(...(await steps.take(repeated(batch, K))));
    await session.release();
    return { losses, parameters: steps.parameters() };
  };
  const first = await train(1, [6]);
  expect(first.losses.at(-1)).toBeLessThan(first.losses[0]!);
  expect(await train(1, [6])).toEqual(first);
  expect(await train(1, [1, 2, 3])).toEqual(first);
  expect(await train(2, [6])).toEqual(await train(2, [4, 2]));
});

test('a loss that is no number ends training and leaves the parameters', async () => {
  const writer = smallWriters['vector to numbers']!;
  const session = await openSession(programOf(writer), { threads: 1 });
  const parameters = initialWriterParameters(writer, 9);
  const steps = writerSteps(session, sgd, parameters);
  const batch = repeated(randomBatch(writer, sizes, true), 2);
  batch.y!.data[batch.y!.data.length - 1] = NaN;
  batch.weights!.data.fill(1);
  await expect(steps.take(batch)).rejects.toThrow(DivergedError);
  expect(steps.parameters()).toEqual(parameters);
  expect(steps.taken()).toBe(0);
  await session.release();
});

test('coins are those of seed and step, and none is thrown for the first step', () => {
  const coins = samplingCoins(0.5, [4, 6, 50], 1, 10);
  expect(samplingCoins(0.5, [2, 6, 50], 1, 12).data).toEqual(coins.data.subarray(2 * 6 * 50));
  for (let k = 0; k < 4; k++) expect(Math.max(...coins.data.subarray(k * 300, k * 300 + 50))).toBe(0);
  const mean = coins.data.reduce((total, coin) => total + coin, 0) / (4 * 5 * 50);
  expect(mean).toBeGreaterThan(0.45);
  expect(mean).toBeLessThan(0.55);
  expect(samplingCoins(0.5, [4, 6, 50], 2, 10).data).not.toEqual(coins.data);
});

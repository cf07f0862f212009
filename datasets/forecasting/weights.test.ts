/** Weights of rows, from a table to the windows that training reads; and losses of the last few outputs. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { WindowSource } from '../../engine/training/window-source.ts';
import { ingestCsv } from '../formats/csv.ts';
import { planTable } from './plan-table.ts';
import { prepareForecast } from './prepare.ts';
import { forecastSpecification } from './testing/specification.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unroll-weights-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

type Order = Parameters<typeof forecastSpecification>[0];

const data: Order['data'] = {
  inputs: [{ column: 'a' }],
  targets: [{ column: 'a' }, { column: 'b' }],
  window: { length: 4, horizon: 2, stride: 1 },
  weight: 'w',
  scaling: 'none',
};

/** 40 rows: 28 for training, 6 for validation, 6 for the test. */
const csv = (weightOf: (row: number) => number | string) =>
  ['a,b,w', ...Array.from({ length: 40 }, (_, row) => `${row},${100 + row},${weightOf(row)}`)].join('\n');

async function planned(text: string, order: Partial<Order> = {}) {
  const [sourcePath, tablePath] = [join(folder, 'source.csv'), join(folder, 'table.parquet')];
  await writeFile(sourcePath, text);
  const result = await ingestCsv({ sourcePath, tablePath, workDirectory: folder, onBadRows: 'reject' });
  if (result.status !== 'ready') throw new Error(JSON.stringify(result.problems));
  const specification = forecastSpecification({ data, ...order });
  return { specification, tablePath, planning: await planTable({ tablePath, specification, ...result }) };
}

async function prepared(text: string, order: Partial<Order> = {}) {
  const { specification, tablePath, planning } = await planned(text, order);
  expect(planning.errors).toEqual([]);
  return prepareForecast({ tablePath, specification });
}

function read(source: WindowSource, window: number) {
  const { steps, inputSize, targetSteps, outputSize, weightsPerOutput: W = 0 } = source;
  const x = new Float32Array(steps * inputSize);
  const y = new Float32Array(targetSteps * outputSize);
  const weights = new Float32Array(targetSteps * W);
  source.read(Uint32Array.of(window), x, y, weights);
  return { x: [...x], y: [...y], weights: [...weights] };
}

it('a weight goes with each target row, as a share of the largest', async () => {
  const { parts } = await prepared(csv((row) => row));
  expect(parts.training.weightsPerOutput).toBe(2);
  // rows 3 to 6 go in, 7 and 8 are forecast
  const { x, y, weights } = read(parts.training, 3);
  expect(x).toEqual([3, 4, 5, 6]);
  expect(y).toEqual([7, 107, 8, 108]);
  expect(weights).toEqual([7 / 39, 8 / 39].map(Math.fround));
  expect(read(parts.validation, 0).weights).toEqual([28 / 39, 29 / 39].map(Math.fround));
  // those of the test count all the same
  expect(read(parts.test, 0).weights).toEqual([1, 1]);
});

it('weights and targets of the last outputs stand beside each other', async () => {
  const { parts } = await prepared(
    csv((row) => row + 1),
    { architecture: 'sequence_to_sequence', lossSteps: { last: 3 } },
  );
  expect(parts.training.targetSteps).toBe(3);
  // after rows 1, 2 and 3
  const { y, weights } = read(parts.training, 0);
  expect(y).toEqual([2, 102, 3, 103, 3, 103, 4, 104, 4, 104, 5, 105]);
  expect(weights).toEqual([3, 4, 4, 5, 5, 6].map((weight) => Math.fround(weight / 40)));
  expect(
    (
      await prepared(
        csv(() => 1),
        { lossSteps: { from: 3 } },
      )
    ).parts.training.targetSteps,
  ).toBe(1);
});

it.each<[string, (row: number) => number | string, string]>([
  ['below 0', (row) => row - 1, 'expected weights of at least 0, got -1'],
  ['missing', (row) => (row === 5 ? '' : 1), 'expected a weight in every row, got 1 missing'],
  ['all 0', () => 0, 'expected a weight above 0 in some row'],
  ['of text', (row) => `heavy ${row}`, 'expected a numeric column'],
  ['0 in all of training', (row) => (row < 28 ? 0 : 1), 'target rows of the training part'],
  ['0 in all of validation', (row) => (row >= 28 && row < 34 ? 0 : 1), 'target rows of the validation part'],
])('weights that are %s are refused', async (_, weightOf, message) => {
  const { planning } = await planned(csv(weightOf));
  expect(planning.plan).toBeNull();
  expect(planning.errors).toEqual([
    { pointer: '/data/weight', message: expect.stringContaining(message) as string },
  ]);
});

it('weights of rows that no window of training foretells are none of its', async () => {
  // windows from rows 0, 10 and 20 on foretell rows 4, 5, 14, 15, 24 and 25
  const window = { length: 4, horizon: 2, stride: 10 };
  const errorsOf = async (row: number) =>
    (
      await planned(
        csv((at) => (at === row || at >= 28 ? 1 : 0)),
        { data: { ...data, window } },
      )
    ).planning.errors;
  for (const row of [3, 6, 23, 26, 27])
    expect(await errorsOf(row)).toEqual([
      { pointer: '/data/weight', message: expect.stringContaining('of the training part') as string },
    ]);
  for (const row of [4, 15, 25]) expect(await errorsOf(row)).toEqual([]);
});

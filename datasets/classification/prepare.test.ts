import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FittedFeatures } from '../../domain/models/fitted-features.ts';
import { ingestCsv } from '../formats/csv.ts';
import { partNames } from '../windows/windows.ts';
import { classWeights } from './labels.ts';
import { planTable } from './plan-table.ts';
import { prepareClassification } from './prepare.ts';
import { classificationSpecification } from './testing/specification.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'unroll-classification-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

let files = 0;
async function table(rows: readonly (readonly [text: string, label: string])[]) {
  const path = join(directory, String(++files));
  const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
  await writeFile(`${path}.csv`, ['text,label', ...rows.map((row) => row.map(quoted).join(','))].join('\n'));
  const result = await ingestCsv({
    sourcePath: `${path}.csv`,
    tablePath: `${path}.parquet`,
    workDirectory: directory,
    onBadRows: 'reject',
  });
  if (result.status !== 'ready') expect.fail(JSON.stringify(result));
  return { tablePath: `${path}.parquet`, columns: result.columns, rowCount: result.rowCount };
}

describe('prepareClassification', () => {
  it('fits the vocabulary on training rows alone, and reads texts as they are', async () => {
    const rows = Array.from(
      { length: 60 },
      (_, row) =>
        [`shared own${row}${row === 7 ? '\n"quoted",\nlines' : ''}`, row % 3 === 0 ? 'yes' : 'no'] as const,
    );
    const { tablePath, columns, rowCount } = await table(rows);
    const specification = classificationSpecification({ input: { minimum_count: 1 } });
    const { plan } = await planTable({ tablePath, specification, columns, rowCount });
    const { parts, features, labels } = await prepareClassification({ tablePath, specification });
    expect(labels).toEqual(['no', 'yes']);
    expect(partNames.map((part) => parts[part].count)).toEqual(partNames.map((part) => plan!.windows[part]));
    const { vocabulary } = features[0] as FittedFeatures['text'];
    // as many texts of their own word as there are training rows
    expect(vocabulary.filter((word) => word.startsWith('own'))).toHaveLength(42);
    expect(vocabulary[0]).toBe('shared');
    const { test } = parts;
    const x = new Float32Array(test.steps * test.count);
    test.read(
      Uint32Array.from({ length: test.count }, (_, index) => index),
      x,
      new Float32Array(test.count),
    );
    // [T,N]: the shared word first, then one that is not known
    expect([...x.subarray(0, 2 * test.count)]).toEqual([
      ...new Array<number>(test.count).fill(2),
      ...new Array<number>(test.count).fill(1),
    ]);
  });

  it('takes empty texts, and labels that are numbers or truths', async () => {
    const rows = Array.from(
      { length: 40 },
      (_, row) => [row % 4 ? 'words here' : '', String(row % 2)] as const,
    );
    const { tablePath } = await table(rows);
    const { parts, labels } = await prepareClassification({
      tablePath,
      specification: classificationSpecification({ output: { class_weights: { '1': 3 } } }),
    });
    expect(labels).toEqual([0, 1]);
    expect(Math.min(...Array.from(parts.training.lengths!))).toBe(1);
    const [N, y, weights] = [parts.training.count, new Float32Array(28), new Float32Array(28)];
    parts.training.read(
      Uint32Array.from({ length: N }, (_, index) => index),
      new Float32Array(N * parts.training.steps),
      y,
      weights,
    );
    expect([...weights]).toEqual([...y].map((label) => (label === 1 ? 3 : 1)));
    const truths = await table(rows.map(([text, label]) => [text, label === '1' ? 'true' : 'false']));
    const prepared = await prepareClassification({
      tablePath: truths.tablePath,
      specification: classificationSpecification(),
    });
    expect(prepared.labels).toEqual([false, true]);
  });
});

it('learns from as many of each label, and judges by each label alike', async () => {
  const rows = Array.from(
    { length: 60 },
    (_, row) => [`word${row % 7}`, row % 6 === 0 ? 'rare' : 'usual'] as const,
  );
  const { tablePath } = await table(rows);
  const { parts } = await prepareClassification({
    tablePath,
    specification: classificationSpecification({ training: { sampling: 'balanced' } }),
  });
  const { balance, count } = parts.training;
  expect(parts.training.weightsPerOutput).toBeUndefined();
  // 7 of 10 rare ones, or one less
  const rare = Array.from(balance!).filter((label) => label === 0).length;
  expect(count / rare).toBeGreaterThan(5);
  const { validation } = parts;
  expect(validation.balance).toBeUndefined();
  const [y, weights] = [new Float32Array(validation.count), new Float32Array(validation.count)];
  validation.read(
    Uint32Array.from({ length: validation.count }, (_, index) => index),
    new Float32Array(validation.count * validation.steps),
    y,
    weights,
  );
  y.forEach((label, n) => {
    expect(weights[n]).toBeCloseTo(count / (2 * (label === 0 ? rare : count - rare)), 5);
  });
});

it('balances labels so that each weighs as much as another', () => {
  expect(classWeights('balanced', ['a', 'b'], [30, 10])).toEqual([40 / 60, 2]);
  expect(classWeights({ b: 5 }, ['a', 'b'], [30, 10])).toEqual([1, 5]);
  expect(classWeights(undefined, ['a', 'b'], [30, 10])).toBeNull();
});

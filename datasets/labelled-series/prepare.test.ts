/** Series with labels whose rows lie in memory or in a file: a real table. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { resolveSpecification } from '../../domain/training-jobs/resolve-specification.ts';
import type { LabelledSeriesSpecification } from '../../engine/spec/tasks.ts';
import { ingestCsv } from '../formats/csv.ts';
import { prepareLabelledSeries } from './prepare.ts';

let folder: string;
let tablePath: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unroll-labelled-'));
  const rows = Array.from({ length: 40 }, (_, series) =>
    // from the last row to the first
    Array.from(
      { length: 3 + (series % 6) },
      (_row, row) =>
        `s${series},${-row},${(series * 7 + row * 3) % 11}.25,${'uvw'[(series + row) % 3]!},${'xy'[(series + row) % 2]!},${(series * 7 + row * 3) % 11}e37`,
    ),
  ).flat();
  const sourcePath = join(folder, 'a.csv');
  tablePath = join(folder, 'a.parquet');
  await writeFile(sourcePath, ['key,t,a,kind,label,huge', ...rows].join('\n'));
  const result = await ingestCsv({ sourcePath, tablePath, workDirectory: folder, onBadRows: 'reject' });
  if (result.status !== 'ready') expect.fail(JSON.stringify(result));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const specification = resolveSpecification({
  architecture: 'sequence_to_sequence',
  data: {
    group_by: 'key',
    order_by: 't',
    inputs: [{ column: 'a' }, { column: 'kind', encoding: 'embedding' }],
    targets: [{ column: 'label' }],
    window: { length: 4, stride: 2 },
  },
  model: { cell: 'gru' },
  output: { type: 'classification' },
}) as LabelledSeriesSpecification;

it('cuts the same batches, and scores the same, whether rows lie in memory or in a file, which goes with them', async () => {
  const path = join(folder, 'kept');
  const outcomes = [];
  for (const keeping of [undefined, { path, maxBytes: 0 }]) {
    const { parts, labels, features, scoreTest, release } = await prepareLabelledSeries({
      tablePath,
      specification,
      keeping,
    });
    expect(existsSync(path)).toBe(keeping !== undefined);
    expect(labels).toEqual(['x', 'y']);
    const { training, test } = parts;
    const N = training.count;
    const [x, y, weights] = [training.inputSize, 1, 1].map(
      (size) => new Float32Array(training.steps * N * size),
    );
    training.read(
      Uint32Array.from({ length: N }, (_, index) => (index * 5) % N),
      x!,
      y!,
      weights,
    );
    const logits = Float32Array.from({ length: test.count * test.steps * 2 }, (_, at) => (at % 7) / 3);
    outcomes.push({ x, y, weights, features, scores: scoreTest(logits) });
    release();
    expect(existsSync(path)).toBe(false);
  }
  expect(outcomes[1]).toEqual(outcomes[0]);
  expect(new Set(outcomes[0]!.y)).toEqual(new Set([0, 1]));
});

it('counts each row of a series as its column of weights says, and not at all where that is 0', async () => {
  const { data } = specification;
  const weighted = { ...specification, data: { ...data, inputs: [data.inputs[1]!], weight: 'huge' } };
  const { parts, release } = await prepareLabelledSeries({ tablePath, specification: weighted });
  const plain = await prepareLabelledSeries({
    tablePath,
    specification: { ...weighted, data: { ...weighted.data, weight: undefined } } as never,
  });
  const read = ({ training }: typeof parts) => {
    const N = training.count;
    const sizes = [training.inputSize, 1, 1];
    const [x, y, weights] = sizes.map((size) => new Float32Array(training.steps * N * size));
    training.read(
      Uint32Array.from({ length: N }, (_, index) => index),
      x!,
      y!,
      weights,
    );
    return { x, y, weights: weights! };
  };
  const [own, all] = [read(parts), read(plain.parts)];
  expect({ ...own, weights: null }).toEqual({ ...all, weights: null });
  expect(new Set(all.weights)).toEqual(new Set([0, 1]));
  // shares of the largest, whose sums float32 holds
  const tenths = own.weights.map((weight) => 10 * weight);
  expect(tenths).toEqual(tenths.map(Math.round));
  expect(new Set(tenths).size).toBe(11);
  expect(own.weights.some((weight, at) => weight > 0 && all.weights[at] === 0)).toBe(false);
  release();
  plain.release();
});

it('takes more series than a function takes arguments', async () => {
  const count = 150_000;
  const sourcePath = join(folder, 'table.csv');
  const many = join(folder, 'many.parquet');
  const rows = Array.from({ length: count }, (_, id) => `${id},${id % 7},${id % 2}`);
  // the last series alone has two rows
  rows.push(rows.at(-1)!);
  await writeFile(sourcePath, ['id,size,label', ...rows].join('\n'));
  const result = await ingestCsv({ sourcePath, tablePath: many, workDirectory: folder, onBadRows: 'reject' });
  expect(result.status).toBe('ready');
  const asked = resolveSpecification({
    architecture: 'sequence_to_vector',
    data: { inputs: [{ column: 'size' }], targets: [{ column: 'label' }], group_by: 'id' },
    model: { cell: 'gru' },
    output: { type: 'classification' },
    training: { seed: 1 },
  }) as LabelledSeriesSpecification;
  const { series, parts } = await prepareLabelledSeries({ tablePath: many, specification: asked });
  expect(series.training + series.validation + series.test).toBe(count);
  expect(parts.training.steps).toBe(2);
});

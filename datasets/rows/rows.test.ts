/** Mixed inputs from a stored table to the training loop: what is fitted where, how steps stand in x, and what is refused. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FittedFeatures } from '../../domain/models/fitted-features.ts';
import { resolveSpecification } from '../../domain/training-jobs/resolve-specification.ts';
import type { MultilabelSpecification, RegressionSpecification } from '../../engine/spec/tasks.ts';
import { ingestCsv } from '../formats/csv.ts';
import { prepareMultilabel } from '../multilabel/prepare.ts';
import { prepareRegression } from '../regression/prepare.ts';
import { planTask } from '../tasks/plan-task.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'unroll-rows-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

let files = 0;
async function table(lines: readonly string[]) {
  const path = join(directory, String(++files));
  await writeFile(`${path}.csv`, lines.join('\n'));
  const result = await ingestCsv({
    sourcePath: `${path}.csv`,
    tablePath: `${path}.parquet`,
    workDirectory: directory,
    onBadRows: 'reject',
  });
  if (result.status !== 'ready') expect.fail(JSON.stringify(result));
  return { tablePath: `${path}.parquet`, columns: result.columns, rowCount: lines.length - 1 };
}

const specificationOf = (data: object, output: object = { type: 'regression' }) =>
  resolveSpecification({
    architecture: 'sequence_to_vector',
    data,
    model: { cell: 'gru' },
    output,
    training: { seed: 4 },
  });

/** Forty houses: the first 20 are for training. */
const houses = [
  'size,colour,area,note,price,part',
  ...Array.from({ length: 40 }, (_, row) => {
    const part = row < 20 ? 'training' : row < 30 ? 'validation' : 'test';
    const colour = row >= 20 ? 'green' : row % 2 === 0 ? 'red' : row === 19 ? 'pink' : 'blue';
    return `${row < 20 ? row : 1000},${colour},${row % 3},${row % 4 ? 'so nice' : ''},${3 * row},${part}`;
  }),
];

describe('a regression of rows', () => {
  const specification = specificationOf({
    inputs: [
      { column: 'colour', encoding: 'one_hot' },
      { column: 'size' },
      { column: 'note', encoding: 'words', embedding_size: 3 },
      { column: 'area', encoding: 'embedding', embedding_size: 2 },
    ],
    targets: [{ column: 'price' }],
    split: { column: 'part' },
  }) as RegressionSpecification;

  it('has what was fitted on the training rows alone, and joins what is of the row to every step', async () => {
    const stored = await table(houses);
    const { plan, errors } = await planTask({ ...stored, specification });
    expect(errors).toEqual([]);
    const prepared = await prepareRegression({ tablePath: stored.tablePath, specification });
    const [colour, size, note] = prepared.features as [
      FittedFeatures['categories'],
      FittedFeatures['numbers'],
      FittedFeatures['text'],
    ];
    // pink stands there once, and green never
    expect(colour.categories).toEqual(['red', 'blue']);
    expect(size.mean).toBe(9.5);
    expect(note.vocabulary).toEqual(['nice', 'so']);
    expect(prepared.targets[0]!.mean).toBe(3 * 9.5);
    const { training, test } = prepared.parts;
    expect(plan).toMatchObject({ task: 'regression', windows: { training: 20, validation: 10, test: 10 } });
    expect([training.inputSize, training.steps, plan!.inputSize]).toEqual([6, 2, 8]);

    const x = new Float32Array(2 * 3 * 6);
    const y = new Float32Array(3);
    training.read(Uint32Array.of(1, 19, 0), x, y);
    const of = (row: number) => expect.closeTo((row - 9.5) / size.std, 5) as unknown;
    // [T,N,I]: size, unknown, red, blue, id of the word, id of the area
    expect(Array.from({ length: 6 }, (_, i) => [...x.subarray(i * 6, i * 6 + 6)])).toEqual([
      [of(1), 0, 0, 1, 3, idOf(1)],
      [of(19), 1, 0, 0, 3, idOf(1)],
      [of(0), 0, 1, 0, 0, idOf(0)],
      [of(1), 0, 0, 1, 2, idOf(1)],
      [of(19), 1, 0, 0, 2, idOf(1)],
      [0, 0, 0, 0, 0, 0],
    ]);
    function idOf(area: number): number {
      return (prepared.features[3] as FittedFeatures['categories']).categories.indexOf(area) + 1;
    }
    expect(Array.from(training.lengths!).slice(0, 5)).toEqual([1, 2, 2, 2, 1]);
    expect(y[2]).toBeCloseTo(-(3 * 9.5) / prepared.targets[0]!.std, 5);

    const path = join(directory, 'encoded');
    const fromFile = await prepareRegression({
      tablePath: stored.tablePath,
      specification,
      keeping: { path, maxBytes: 0 },
    });
    const again = new Float32Array(x.length);
    fromFile.parts.training.read(Uint32Array.of(1, 19, 0), again, y);
    expect(again).toEqual(x);
    expect(existsSync(path)).toBe(true);
    fromFile.release();
    expect(existsSync(path)).toBe(false);

    const right = Float32Array.from({ length: test.count }, (_, row) => {
      const { mean, std } = prepared.targets[0]!;
      return (3 * (30 + row) - mean) / std;
    });
    const scores = prepared.scoreTest(right);
    expect(scores.model.r2).toBeCloseTo(1, 6);
    expect(scores.baselines.mean.mae).toBeCloseTo(3 * 34.5 - 3 * 9.5, 6);
  });

  it.each([
    [
      { inputs: [{ column: 'size' }, { column: 'size', encoding: 'one_hot' }] },
      '/data/inputs/1/column',
      /each column once/,
    ],
    [{ inputs: [{ column: 'colour' }] }, '/data/inputs/0/column', /one_hot or embedding takes categories/],
    [{ inputs: [{ column: 'price', encoding: 'embedding' }] }, '/data/targets/0/column', /already/],
    [
      { inputs: [{ column: 'size', encoding: 'words' }] },
      '/data/inputs/0/column',
      /column of text with words, got "size"/,
    ],
    [
      {
        inputs: [
          { column: 'note', encoding: 'words' },
          { column: 'colour', encoding: 'characters' },
        ],
      },
      '/data/inputs/1',
      /expected one sequence.*encoding characters beside a column with encoding words of \/data\/inputs\/0/,
    ],
    [{ targets: [{ column: 'colour' }] }, '/data/targets/0/column', /column of numbers/],
    [{ split: { by: 'owner' } }, '/data/split/by', /expected a column of the dataset/],
    [{ split: { column: 'size' } }, '/data/split/column', /which is \/data\/inputs\/0 already/],
    [{ split: { column: 'area' } }, '/data/split/column', /column of text that says training/],
    [{ split: { column: 'note' } }, '/data/split/column', /got "so nice" in 30 rows/],
  ])('refuses %j', async (data, pointer, message) => {
    const stored = await table(houses);
    const asked = specificationOf({ inputs: [{ column: 'size' }], targets: [{ column: 'price' }], ...data });
    const { errors, plan } = await planTask({ ...stored, specification: asked });
    expect(plan).toBeNull();
    expect(errors).toContainEqual({ pointer, message: expect.stringMatching(message) as unknown });
  });
});

describe('rows that lack something', () => {
  /** Of 60 rows one in five lacks its size, one in six its price, one in four its colour. */
  const lines = [
    'size,colour,price,fine',
    ...Array.from({ length: 60 }, (_, row) =>
      [row % 5 === 0 ? '' : row, row % 4 === 0 ? '' : 'red', row % 6 === 0 ? '' : 3 * row, row % 2].join(),
    ),
  ];
  const inputs = [{ column: 'size' }, { column: 'colour', encoding: 'one_hot' }];
  const both = Array.from({ length: 60 }, (_, row) => row).filter((row) => row % 5 > 0 && row % 6 > 0);

  it('are no examples of a regression with missing drop, targets included, and a missing category is a category', async () => {
    const stored = await table(lines);
    const specification = specificationOf({
      inputs,
      targets: [{ column: 'price' }],
      missing: 'drop',
    }) as RegressionSpecification;
    const { plan, warnings } = await planTask({ ...stored, specification });
    expect(warnings).toContain('20 of 60 rows are left out, since they lack a value in "size", "price"');
    const prepared = await prepareRegression({ tablePath: stored.tablePath, specification });
    const { training, validation, test } = prepared.parts;
    expect(plan!.windows).toEqual({
      training: training.count,
      validation: validation.count,
      test: test.count,
    });
    expect([training.count + validation.count + test.count, prepared.leftOut]).toEqual([both.length, 20]);
    const seen = [training, validation, test].flatMap((part) => {
      const [x, y] = [new Float32Array(part.count * 3), new Float32Array(part.count)];
      part.read(
        Uint32Array.from({ length: part.count }, (_, row) => row),
        x,
        y,
      );
      return Array.from({ length: part.count }, (_, row) => [...x.subarray(3 * row, 3 * row + 3), y[row]!]);
    });
    const [size] = prepared.features as [FittedFeatures['numbers']];
    expect(size.missing).toBeUndefined();
    const [target] = prepared.targets;
    const told = seen
      .map(([x, unknown, , y]) => ({
        size: Math.round(x! * size.std + size.mean),
        unknown,
        price: Math.round(y! * target!.std + target!.mean),
      }))
      .sort((a, b) => a.size - b.size);
    expect(told).toEqual(both.map((row) => ({ size: row, unknown: Number(row % 4 === 0), price: 3 * row })));
  });

  it('are told of by other tasks, too, and refused where none is whole', async () => {
    const stored = await table(lines);
    const asked = (data: object, output: object) =>
      planTask({
        ...stored,
        specification: specificationOf({ inputs, missing: 'drop', ...data }, output),
      });
    const labels = await asked({ targets: [{ column: 'fine' }] }, { type: 'multilabel' });
    expect(labels.warnings).toContain('12 of 60 rows are left out, since they lack a value in "size"');
    const { training, validation, test } = labels.plan!.windows;
    expect(training + validation + test).toBe(48);
    const apart = await table([
      'size,price',
      ...Array.from({ length: 20 }, (_, row) => (row % 2 ? `${row},` : `,${row}`)),
    ]);
    const empty = await planTask({
      ...apart,
      specification: specificationOf({
        inputs: [{ column: 'size' }],
        targets: [{ column: 'price' }],
        missing: 'drop',
      }),
    });
    expect(empty.errors).toEqual([
      {
        pointer: '/data/missing',
        message: 'expected rows that have a value in each of "size", "price", got none of 20',
      },
    ]);
  });
});

describe('several labels a row', () => {
  const lines = [
    'size,tags,hot,new',
    ...Array.from({ length: 40 }, (_, row) => {
      const tags = ['', 'b; a', 'a', ' c ;b;b'][row % 4]!;
      return `${row},${tags},${row % 2},${row % 5 === 0}`;
    }),
  ];
  const asked = (targets: readonly string[], output: object = {}) =>
    specificationOf(
      { inputs: [{ column: 'size' }], targets: targets.map((column) => ({ column })) },
      { type: 'multilabel', separator: ';', ...output },
    ) as MultilabelSpecification;

  it('are those that a text names, or columns of true and false', async () => {
    const stored = await table(lines);
    const tags = asked(['tags'], { positive_weights: 'balanced' });
    expect((await planTask({ ...stored, specification: tags })).plan).toMatchObject({
      labels: ['a', 'b', 'c'],
      outputSize: 3,
    });
    const prepared = await prepareMultilabel({ tablePath: stored.tablePath, specification: tags });
    const y = new Float32Array(3 * 28);
    const rows = Uint32Array.from({ length: 28 }, (_, row) => row);
    const x = new Float32Array(28);
    prepared.parts.training.read(rows, x, y);
    const { mean, std } = prepared.features[0] as FittedFeatures['numbers'];
    x.forEach((value, row) => {
      const size = Math.round(value * std + mean);
      expect([...y.subarray(3 * row, 3 * row + 3)]).toEqual(
        [
          [0, 0, 0],
          [1, 1, 0],
          [1, 0, 0],
          [0, 1, 1],
        ][size % 4],
      );
    });
    const withC = [...y].filter((value, at) => at % 3 === 2 && value === 1).length;
    expect(prepared.positiveWeights![2]).toBeCloseTo((28 - withC) / withC, 9);

    const flags = asked(['hot', 'new']);
    expect((await planTask({ ...stored, specification: flags })).plan).toMatchObject({
      labels: ['hot', 'new'],
    });
    const ofFlags = await prepareMultilabel({ tablePath: stored.tablePath, specification: flags });
    expect(ofFlags.positiveWeights).toBeNull();
    expect(ofFlags.labels).toEqual(['hot', 'new']);
  });

  it.each([
    [['size'], {}, '/data/targets/0/column', /expected another column than the inputs/],
    [['tags', 'hot'], {}, '/data/targets/0/column', /true and false, or of 1 and 0.*"tags"/],
    [['tags'], { positive_weights: { d: 2 } }, '/output/positive_weights', /\(a, b, c\), got "d"/],
  ])('refuses %j with %j', async (targets, output, pointer, message) => {
    const stored = await table(lines);
    const { errors } = await planTask({ ...stored, specification: asked(targets, output) });
    expect(errors).toContainEqual({ pointer, message: expect.stringMatching(message) as unknown });
  });
});

/** Vectors as curves: a real table; what is fitted where, how steps stand in y, and scores beside numbers reckoned by hand. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { resolveSpecification } from '../../domain/training-jobs/resolve-specification.ts';
import type { CurveSpecification } from '../../engine/spec/tasks.ts';
import { ingestCsv } from '../formats/csv.ts';
import { planTask } from '../tasks/plan-task.ts';
import { prepareCurves } from './prepare.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unroll-curves-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const specification = resolveSpecification({
  architecture: 'vector_to_sequence',
  data: {
    inputs: [{ column: 'a' }],
    targets: [{ column: 'up' }, { column: 'down' }],
    split: { column: 'part' },
  },
  model: { cell: 'gru' },
}) as CurveSpecification;

it.each([false, true])(
  'scales by the training part alone, writes step by step, and scores beside the mean curve, from a file: %s',
  async (isInFile) => {
    const rows = Array.from({ length: 10 }, (_, row) => {
      const part = row < 6 ? 'training' : row < 8 ? 'validation' : 'test';
      return `${row},"[${row}, ${row + 1}, ${row + 2}]","[0, ${-row}, 1]",${part}`;
    });
    const [sourcePath, tablePath] = [join(folder, 'a.csv'), join(folder, 'a.parquet')];
    await writeFile(sourcePath, ['a,up,down,part', ...rows].join('\n'));
    const result = await ingestCsv({ sourcePath, tablePath, workDirectory: folder, onBadRows: 'reject' });
    if (result.status !== 'ready') expect.fail(JSON.stringify(result));
    const planned = await planTask({ tablePath, specification, columns: result.columns, rowCount: 10 });
    expect(planned).toMatchObject({
      errors: [],
      plan: {
        task: 'curve',
        inputSize: 1,
        steps: 1,
        writtenSteps: 3,
        writes: { type: 'numbers', size: 2 },
        windows: { training: 6, validation: 2, test: 2 },
      },
    });
    const path = join(folder, 'kept');
    const { parts, targets, scoreTest, release } = await prepareCurves({
      tablePath,
      specification,
      ...(isInFile && { keeping: { path, maxBytes: 0 } }),
    });
    expect(existsSync(`${path}-targets`)).toBe(isInFile);
    // 0 … 5, 1 … 6 and 2 … 7
    expect(targets[0]).toMatchObject({ column: 'up', length: 3, mean: 3.5 });
    const y = new Float32Array(3 * 2 * 2);
    parts.training.read(Uint32Array.of(4, 1), {
      x: new Float32Array(2),
      y,
      first: new Float32Array(4),
      weights: new Float32Array(6),
    });
    const [up, down] = targets as [(typeof targets)[number], (typeof targets)[number]];
    const scaled = (value: number, { mean, std }: typeof up) =>
      expect.closeTo((value - mean) / std, 5) as unknown;
    // [S,N,O]
    expect([...y]).toEqual(
      [0, 1, 2].flatMap((step) =>
        [4, 1].flatMap((row) => [scaled(row + step, up), scaled([0, -row, 1][step]!, down)]),
      ),
    );
    // of rows 8 and 9: every number one too large
    const predictions = Float32Array.from(
      [8, 9].flatMap((row) =>
        [0, 1, 2].flatMap((step) => [
          (row + step + 1 - up.mean) / up.std,
          ([0, -row, 1][step]! + 1 - down.mean) / down.std,
        ]),
      ),
    );
    const { model, by_target: byTarget } = await scoreTest(predictions);
    expect(model.mae).toBeCloseTo(1, 5);
    expect(model.rmse).toBeCloseTo(1, 5);
    // the mean curve of up is 2.5, 3.5, 4.5: 6 away on the average; of down 0, -2.5, 1
    expect(byTarget.up!.mean_curve.mae).toBeCloseTo(6, 10);
    expect(byTarget.down!.mean_curve.mae).toBeCloseTo(2, 10);
    // Σ of squares around the mean of 8 9 10 9 10 11 is 5.5, six errors of 1
    expect(byTarget.up!.model.r2).toBeCloseTo(1 - 6 / 5.5, 5);
    release();
    expect([existsSync(path), existsSync(`${path}-targets`)]).toEqual([false, false]);
  },
);

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { resolveSpecification } from '../../domain/training-jobs/resolve-specification.ts';
import type { LabelledSeriesSpecification } from '../../engine/spec/tasks.ts';
import { ingestCsv } from '../formats/csv.ts';
import { prepareLabelledSeries } from './prepare.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'unroll-labelled-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

it('takes more series than a function takes arguments', async () => {
  const count = 150_000;
  const sourcePath = join(directory, 'table.csv');
  const tablePath = join(directory, 'table.parquet');
  const rows = Array.from({ length: count }, (_, id) => `${id},${id % 7},${id % 2}`);
  // the last series alone has two rows
  rows.push(rows.at(-1)!);
  await writeFile(sourcePath, ['id,size,label', ...rows].join('\n'));
  const result = await ingestCsv({ sourcePath, tablePath, workDirectory: directory, onBadRows: 'reject' });
  expect(result.status).toBe('ready');
  const specification = resolveSpecification({
    architecture: 'sequence_to_vector',
    data: { inputs: [{ column: 'size' }], targets: [{ column: 'label' }], group_by: 'id' },
    model: { cell: 'gru' },
    output: { type: 'classification' },
    training: { seed: 1 },
  }) as LabelledSeriesSpecification;
  const { series, parts } = await prepareLabelledSeries({ tablePath, specification });
  expect(series.training + series.validation + series.test).toBe(count);
  expect(parts.training.steps).toBe(2);
});

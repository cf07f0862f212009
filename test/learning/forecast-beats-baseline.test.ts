/** On real data, each cell forecasts better than repeating the last season, through the same code that workers run. */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ingestCsv } from '../../datasets/formats/csv.ts';
import { resolveSpecification } from '../../domain/training-jobs/resolve-specification.ts';
import { trainInChild } from '../../workers/train/train-child.ts';

const entry = new URL('../../dist/workers/train/child.js', import.meta.url);
const csv = fileURLToPath(new URL('../../examples/data/seattle-weather.csv', import.meta.url));

let directory: string;
let tablePath: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'unroll-learning-'));
  tablePath = join(directory, 'table.parquet');
  const result = await ingestCsv({
    sourcePath: csv,
    tablePath,
    workDirectory: directory,
    onBadRows: 'reject',
  });
  expect(result).toMatchObject({ status: 'ready', rowCount: 1461 });
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe.each(['rnn', 'lstm', 'gru'] as const)('%s', (cell) => {
  it('beats the seasonal-naive baseline on the held-out part', { timeout: 60_000 }, async () => {
    const modelPath = join(directory, `${cell}.onnx`);
    const losses: number[] = [];
    const end = await trainInChild({
      entry,
      heapMegabytes: 1024,
      interrupt: new AbortController().signal,
      stop: new AbortController().signal,
      stopWithinMs: 1000,
      order: {
        specification: resolveSpecification({
          architecture: 'sequence_to_vector',
          data: {
            inputs: [{ column: 'temp_max' }, { column: 'temp_min' }],
            targets: [{ column: 'temp_max' }],
            order_by: 'date',
            window: { length: 30, horizon: 7 },
          },
          model: { cell, hidden_size: 16 },
          training: { epochs: 25, seed: 7, optimizer: { type: 'adam', learning_rate: 0.005 } },
        }),
        tablePath,
        modelPath,
        weightsPath: `${modelPath}.checkpoint`,
        initializeFrom: null,
        threads: 1,
        checkpoints: { folder: directory, everySeconds: 3600, resumeFrom: [] },
        lineage: {
          unrollVersion: '0',
          dataset: { id: 'ds_0', name: 'seattle-weather', sha256: '' },
        },
      },
      onPrepared: async () => undefined,
      onEpochs: async (epochs) => {
        for (const { metrics } of epochs) losses.push(metrics.validation_loss);
      },
      onProgress: () => undefined,
      onCheckpoint: async () => undefined,
      onCheckpointFailed: async () => undefined,
      onCheckpointDamaged: async () => undefined,
    });
    if (end.status !== 'finished') expect.fail(JSON.stringify(end));

    if (end.model.task !== 'forecast') expect.fail(end.model.task);
    const { model, baseline, baseline_name } = end.model.held_out;
    process.stdout.write(
      `${cell}: MAE ${model.mae.toFixed(3)}, ${baseline_name} ${baseline.mae.toFixed(3)}, ${end.model.training.epochs} epochs in ${end.model.training.seconds.toFixed(1)} s\n`,
    );
    expect(model.mae).toBeLessThan(0.9 * baseline.mae);
    expect(end.model.training.best_validation_loss).toBe(Math.min(...losses));
    expect((await stat(modelPath)).size).toBeGreaterThan(1000);
  });
});

/**
 * Forecasts of real series with 80 % intervals, trained and scored as a worker does it: monthly CO₂ of Mauna Loa (12 months ahead), Seattle's highest temperature of the day (14 days),
 * the S&P 500 (12 trading days), and five stocks at once (6 months).
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ingestCsv } from '../../datasets/formats/csv.ts';
import type { ForecastScores } from '../../domain/models/forecast-card.ts';
import { resolveSpecification } from '../../domain/training-jobs/resolve-specification.ts';
import { trainModel } from '../../workers/train/train-model.ts';
import type { ReferenceProblem } from './problem.ts';

interface Series {
  readonly csv: () => Promise<string>;
  readonly data: Readonly<Record<string, unknown>> & {
    readonly scaling?: { readonly type: string; readonly per: string };
  };
  readonly units: number;
}

const example = (name: string) => () =>
  readFile(fileURLToPath(new URL(`../../examples/data/${name}`, import.meta.url)), 'utf8');
/** A file of the npm package vega-datasets, with dates as the service reads them. */
const vega = (name: string) => async () => {
  const file = new URL(`../../node_modules/vega-datasets/data/${name}`, import.meta.url);
  const months = 'JanFebMarAprMayJunJulAugSepOctNovDec';
  return (await readFile(fileURLToPath(file), 'utf8')).replaceAll(
    /([A-Z][a-z]{2}) (\d+) (\d{4})/g,
    (_, month: string, day: string, year: string) =>
      `${year}-${String(months.indexOf(month) / 3 + 1).padStart(2, '0')}-${day.padStart(2, '0')}`,
  );
};

const known: Readonly<Record<string, Series>> = {
  co2: {
    csv: example('co2-concentration.csv'),
    data: {
      inputs: [{ column: 'CO2' }],
      targets: [{ column: 'CO2' }],
      order_by: 'Date',
      window: { length: 24, horizon: 12 },
      scaling: { type: 'standard', per: 'window' },
      split: { validation: 0.2, test: 0.2 },
    },
    units: 16,
  },
  temperature: {
    csv: example('seattle-weather.csv'),
    data: {
      inputs: [{ column: 'temp_max' }, { column: 'temp_min' }, { calendar: ['day_of_year'] }],
      targets: [{ column: 'temp_max' }],
      order_by: 'date',
      window: { length: 30, horizon: 14 },
    },
    units: 32,
  },
  sp500: {
    csv: vega('sp500-2000.csv'),
    data: {
      inputs: [{ column: 'close' }],
      targets: [{ column: 'close' }],
      order_by: 'date',
      window: { length: 30, horizon: 12, stride: 2 },
      scaling: { type: 'log', per: 'window' },
      // long enough for a crisis, by which intervals are calibrated
      split: { validation: 0.3, test: 0.2 },
    },
    units: 16,
  },
  stocks: {
    csv: vega('stocks.csv'),
    data: {
      inputs: [{ column: 'price' }],
      targets: [{ column: 'price' }],
      group_by: 'symbol',
      order_by: 'date',
      window: { length: 12, horizon: 6 },
      scaling: { type: 'log', per: 'window' },
      split: { validation: 0.2, test: 0.2 },
    },
    units: 16,
  },
};

/** The same with figures from elsewhere. */
const scaledPer = (data: Series['data'], per: string | undefined): object => ({
  ...data,
  scaling: { type: data.scaling?.type ?? 'standard', per },
});

const told = ({ mase, mae }: ForecastScores): string =>
  `MASE ${mase?.toFixed(3) ?? '–'}, MAE ${mae.toFixed(2)}`;

export const forecasts: ReferenceProblem = {
  description: `real series with 80 % intervals: ${Object.keys(known).join(', ')}`,
  options: { seed: '7', data: 'co2', per: 'best', cell: 'gru', epochs: '100', threads: '1' },
  run: async ({ seed, data = '', per, cell, epochs, threads }, say) => {
    const series = known[data];
    if (!series) throw new Error(`expected --data ${Object.keys(known).join(', ')}, got ${data}`);
    const folder = await mkdtemp(join(tmpdir(), 'unroll-reference-'));
    try {
      const [sourcePath, tablePath] = [join(folder, 'rows.csv'), join(folder, 'table.parquet')];
      await writeFile(sourcePath, await series.csv());
      const table = await ingestCsv({ sourcePath, tablePath, workDirectory: folder, onBadRows: 'reject' });
      if (table.status !== 'ready') throw new Error(JSON.stringify(table.problems));
      const trained = await trainModel(
        {
          specification: resolveSpecification({
            architecture: 'sequence_to_vector',
            data: per === 'best' ? series.data : scaledPer(series.data, per),
            model: { cell, hidden_size: series.units },
            output: { loss: 'quantile', quantiles: [0.1, 0.5, 0.9] },
            training: {
              epochs: Number(epochs),
              seed: Number(seed),
              optimizer: { type: 'adam', learning_rate: 0.003 },
              early_stopping: { patience: 15 },
            },
          }),
          tablePath,
          modelPath: join(folder, 'model.onnx'),
          weightsPath: join(folder, 'weights'),
          initializeFrom: null,
          threads: Number(threads),
          checkpoints: { folder, everySeconds: 86_400, resumeFrom: [] },
          lineage: { unrollVersion: '0', dataset: { id: 'ds_0', name: data, sha256: '' } },
        },
        {
          prepared: () => undefined,
          progress: () => undefined,
          epoch: async ({ epoch, loss, validation_loss: validation }) => {
            if (epoch % 10 === 0)
              say(`epoch ${epoch}: loss ${loss.toFixed(4)}, validation ${validation.toFixed(4)}`);
          },
          checkpoint: async () => undefined,
          checkpointFailed: () => undefined,
          checkpointDamaged: () => undefined,
        },
        () => performance.now(),
        new AbortController().signal,
      );
      if (trained.task !== 'forecast') throw new Error(`internal: a card of ${trained.task}`);
      const { model, baseline, baseline_name: name, other_baselines: others } = trained.held_out;
      return `${data}: ${told(model)}, of the 80 % intervals ${(100 * model.interval!.coverage).toFixed(1)} % held, mean width ${model.interval!.mean_width.toFixed(2)}; ${name} ${told(baseline)}; naive ${told(others!.naive)}; drift ${told(others!.drift)}; ${trained.parts.test_windows} test windows`;
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

/**
 * The quickstart's story, told through the public HTTP API alone: upload a real CSV, train an LSTM on it, compare it with
 * the seasonal-naive baseline on data it has never seen, forecast the next days, and download the model.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { ApiError, connectApi, type ApiClient } from './api-client.ts';
import { drawForecast } from './forecast-chart.ts';
import { followJob } from './job-events.ts';
import { trainingRequest } from './quickstart-specification.ts';
import type { Terminal } from './terminal.ts';
import { showTrainingProgress } from './training-progress.ts';

type Row = Readonly<Record<string, string | number | null>>;

interface Dataset {
  readonly id: string;
  readonly status: 'validating' | 'ready' | 'rejected';
  readonly sha256: string;
  readonly row_count: number | null;
  readonly columns: readonly { readonly name: string }[];
  readonly problems: readonly { readonly row: number | null; readonly message: string }[];
}

interface Job {
  readonly id: string;
  readonly status: string;
  readonly error: { readonly code: string; readonly message: string; readonly hint: string } | null;
  readonly model: { readonly id: string; readonly name: string; readonly version: number } | null;
}

interface Scores {
  readonly mae: number;
  readonly rmse: number;
}

interface Card {
  readonly held_out: {
    readonly model: Scores;
    readonly baseline: Scores;
    readonly baseline_name: string;
    readonly seasonality: number;
  };
  readonly parts: { readonly training_windows: number; readonly test_windows: number };
  readonly training: {
    readonly epochs: number;
    readonly best_epoch: number;
    readonly seconds: number;
    readonly parameter_count: number;
  };
}

/** Known values drawn beside the forecast. */
const drawnRows = 46;
const cancelWithinMs = 2_000;

export async function runQuickstart(o: {
  baseUrl: string;
  csvPath: string;
  modelPath: string;
  out: Terminal;
  signal: AbortSignal;
}): Promise<void> {
  const api = connectApi(o.baseUrl, o.signal);
  const say = (line = ''): void => void o.out.stream.write(`${line}\n`);
  const { target, horizon, orderBy, windowLength } = shapeOf(trainingRequest);

  say(`\n1  Data       ${basename(o.csvPath)}`);
  const { dataset, uploaded } = await provideDataset(api, o.csvPath, o.signal);
  const columns = dataset.columns.map((column) => column.name).join(', ');
  say(
    `   ${uploaded ? 'uploaded and checked' : 'uploaded before'}: ${dataset.row_count ?? 0} rows of ${columns} (${dataset.id})`,
  );

  const { cell, hidden_size: hiddenSize } = trainingRequest.model;
  say(
    `\n2  Training   ${cell.toUpperCase()} of ${hiddenSize} units: ${windowLength} days in, the next ${horizon} days of ${target} out`,
  );
  const model = await train(api, dataset.id, o.out, o.signal);
  const reference = `${model.name}@${model.version}`;
  const card = await api.get<Card>(`/v1/models/${reference}/card`);
  const { training, parts } = card;
  say(
    `   ${training.epochs} epochs in ${training.seconds.toFixed(0)} s, the best was number ${training.best_epoch}; ` +
      `${training.parameter_count} parameters, ${parts.training_windows} windows`,
  );

  say(
    `\n3  Held-out   ${parts.test_windows} windows at the end of the series that training never saw, in ${target}'s own unit`,
  );
  for (const line of compare(cell, card.held_out)) say(`   ${line}`);

  say(`\n4  Forecast   ${target}, the next ${horizon} days`);
  const rows = await lastRows(api, dataset, Math.max(windowLength, drawnRows));
  const forecast = await predict(api, reference, rows.slice(-windowLength));
  const points = (values: readonly Row[]) =>
    values.map((row) => ({ at: String(row[orderBy]), value: Number(row[target]) }));
  say(
    drawForecast({
      known: points(rows.slice(-drawnRows)),
      forecast: points(forecast),
      columns: o.out.columns,
      colour: o.out.colour,
    }),
  );

  await mkdir(dirname(o.modelPath), { recursive: true });
  const bytes = await api.download(`/v1/models/${reference}/onnx`, o.modelPath);
  say(`\n5  Model      ${reference}, ${(bytes / 1024).toFixed(0)} kB of ONNX: ${o.modelPath}`);

  say(`\n   API documentation   ${o.baseUrl}/docs`);
  say(`   API                 ${o.baseUrl}/v1/models/${model.name}`);
}

const shapeOf = (request: typeof trainingRequest) => ({
  target: request.data.targets[0].column,
  orderBy: request.data.order_by,
  horizon: request.data.window.horizon,
  windowLength: request.data.window.length,
});

/** The dataset as it was uploaded by an earlier run, or uploaded now. */
async function provideDataset(
  api: ApiClient,
  csvPath: string,
  signal: AbortSignal,
): Promise<{ dataset: Dataset; uploaded: boolean }> {
  const name = basename(csvPath, '.csv');
  const sha256 = await digestOf(csvPath);
  const { data: earlier } = await api.get<{ data: Pick<Dataset, 'id' | 'sha256'>[] }>(
    `/v1/datasets?name=${encodeURIComponent(name)}&status=ready&limit=100`,
  );
  const same = earlier.find((dataset) => dataset.sha256 === sha256);
  if (same !== undefined)
    return { dataset: await api.get<Dataset>(`/v1/datasets/${same.id}`), uploaded: false };

  let dataset = await api.upload<Dataset>(
    `/v1/datasets?name=${encodeURIComponent(name)}`,
    csvPath,
    'text/csv',
  );
  while (dataset.status === 'validating') {
    await delay(100, undefined, { signal });
    dataset = await api.get<Dataset>(`/v1/datasets/${dataset.id}`);
  }
  if (dataset.status === 'rejected') {
    const problems = dataset.problems.map((problem) => `\n  row ${problem.row ?? '–'}: ${problem.message}`);
    throw new ApiError(`${csvPath} was rejected:${problems.join('')}`);
  }
  return { dataset, uploaded: true };
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** Trains, and shows how it goes. Answers the model version that comes out. */
async function train(
  api: ApiClient,
  datasetId: string,
  out: Terminal,
  signal: AbortSignal,
): Promise<NonNullable<Job['model']>> {
  await cancelUnfinished(api);
  const created = await api.post<Job>('/v1/training-jobs', { dataset_id: datasetId, ...trainingRequest });
  const progress = showTrainingProgress(trainingRequest.training.epochs, out);
  try {
    for await (const { type, data } of followJob(api, created.id, signal)) {
      if (type !== 'training_job.epoch') continue;
      progress.update({
        epoch: Number(data['epoch']),
        loss: Number(data['loss']),
        validationLoss: Number(data['validation_loss']),
        elapsedSeconds: Number(data['elapsed_seconds']),
      });
    }
  } catch (error) {
    // Nobody waits for it any more, and the next start would go on with it.
    if (signal.aborted) await cancelUnfinished(connectApi(api.baseUrl, AbortSignal.timeout(cancelWithinMs)));
    throw error;
  } finally {
    progress.stop();
  }
  const job = await api.get<Job>(`/v1/training-jobs/${created.id}`);
  if (job.model !== null) return job.model;
  const why = job.error === null ? '' : `: ${job.error.message}\n  ${job.error.hint}`;
  throw new ApiError(`The training job ${job.id} ended as ${job.status}${why}`);
}

/** Jobs of a quickstart that was broken off would keep the worker from the next one. */
async function cancelUnfinished(api: ApiClient): Promise<void> {
  const { data: jobs } = await api.get<{ data: Pick<Job, 'id' | 'status'>[] }>(
    `/v1/training-jobs?name=${trainingRequest.name}&limit=100`,
  );
  for (const { id, status } of jobs)
    if (['queued', 'preparing', 'running'].includes(status))
      await api.post(`/v1/training-jobs/${id}/cancel`, {});
}

function compare(cell: string, heldOut: Card['held_out']): string[] {
  const { model, baseline } = heldOut;
  const baselineName = `${heldOut.baseline_name.replaceAll('_', ' ')} (season of ${heldOut.seasonality})`;
  const width = baselineName.length + 2;
  const row = (name: string, { mae, rmse }: Scores): string =>
    `${name.padEnd(width)}${mae.toFixed(3).padStart(8)}${rmse.toFixed(3).padStart(8)}`;
  const change = 100 * (1 - model.mae / baseline.mae);
  return [
    `${''.padEnd(width)}${'MAE'.padStart(8)}${'RMSE'.padStart(8)}`,
    row(cell.toUpperCase(), model),
    row(baselineName, baseline),
    `The ${cell.toUpperCase()}'s mean absolute error is ${Math.abs(change).toFixed(0)} % ${change >= 0 ? 'lower' : 'higher'} than the baseline's.`,
  ];
}

async function lastRows(api: ApiClient, dataset: Dataset, count: number): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const total = dataset.row_count ?? 0;
  for (let offset = Math.max(0, total - count); offset < total; offset += 100) {
    const page = await api.get<{ data: Row[] }>(
      `/v1/datasets/${dataset.id}/rows?limit=${Math.min(100, total - offset)}&offset=${offset}`,
    );
    rows.push(...page.data);
  }
  return rows;
}

async function predict(api: ApiClient, reference: string, rows: readonly Row[]): Promise<readonly Row[]> {
  const answer = await api.post<{ predictions: { forecast: Row[] }[] }>(
    `/v1/models/${reference}/predictions`,
    {
      inputs: [{ rows }],
    },
  );
  return answer.predictions[0]?.forecast ?? [];
}

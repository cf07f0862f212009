/**
 * A whole dataset asked at once (POST /v1/models/{ref}/batch-predictions), beside requests with one input each: answers a second, from the request to
 * the dataset that is ready. The same models, service and inputs; one after the other. README.md says what is measured.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { randomStream } from '../engine/random/random-stream.ts';
import { round } from './serve.ts';
import { texts, windows } from './serving/bodies.ts';
import { load } from './serving/load.ts';
import { alphabet, forecastModel, readerModel } from './serving/models.ts';
import { openBenchService } from './serving/service.ts';

const options = {
  inputs: { type: 'string', default: '20000' },
  connections: { type: 'string', default: '1,64' },
  seconds: { type: 'string', default: '8' },
  json: { type: 'boolean', default: false },
} as const;

const steps = 50;

/** Series of as many rows as the window is long. */
function seriesCsv(inputs: number): string {
  const random = randomStream(1, 'bench');
  const lines = ['series,value'];
  for (let series = 0; series < inputs; series++)
    for (let row = 0; row < steps; row++) lines.push(`s${series},${(10 + 3 * random.next()).toFixed(3)}`);
  return lines.join('\n');
}

function textsCsv(inputs: number): string {
  const random = randomStream(2, 'bench');
  const text = (): string =>
    Array.from(
      { length: 10 + Math.floor(random.next() * 191) },
      () => alphabet[Math.floor(random.next() * 26)],
    ).join('');
  return ['text', ...Array.from({ length: inputs }, text)].join('\n');
}

export async function batchPredictions(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options });
  const inputs = Number(values.inputs);
  const service = await openBenchService();
  try {
    await forecastModel(service, { name: 'forecast', hidden: 64, steps, seed: 1, groupBy: 'series' });
    await readerModel(service, { name: 'reader', hidden: 64, steps: 200, seed: 2 });
    const http = await service.start();
    const endWorker = service.startWorker();
    try {
      const cases = [
        { name: 'forecast', steps: String(steps), csv: seriesCsv(inputs), bodies: windows(steps) },
        { name: 'reader', steps: '10-200', csv: textsCsv(inputs), bodies: texts(10, 200) },
      ];
      for (const { name, csv, bodies, ...rest } of cases) {
        const datasetId = await uploaded(http.url, csv);
        for (const connections of values.connections.split(',').map(Number)) {
          const url = `${http.url}/v1/models/${name}/predictions`;
          await load({ url, bodies, connections, seconds: 2 });
          const single = await load({ url, bodies, connections, seconds: Number(values.seconds) });
          const seconds = await predicted(http.url, name, datasetId);
          const row = {
            model: name,
            ...rest,
            inputs,
            batch_seconds: round(seconds),
            batch_per_second: round(inputs / seconds),
            connections,
            single_per_second: round(single.rps),
            ratio: round(inputs / seconds / single.rps),
          };
          const line = Object.entries(row).map(([key, value]) => `${key} ${value}`);
          console.log(values.json ? JSON.stringify(row) : line.join('   '));
        }
      }
    } finally {
      await Promise.all([http.stop(), endWorker()]);
    }
  } finally {
    await service.close();
  }
}

async function post(url: string, body: string, type: string): Promise<{ id: string }> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': type }, body });
  if (response.status !== 202) throw new Error(`expected 202, got ${await response.text()}`);
  return (await response.json()) as { id: string };
}

async function ends<Resource extends { status: string }>(url: string, last: RegExp): Promise<Resource> {
  for (;;) {
    const resource = (await (await fetch(url)).json()) as Resource;
    if (last.test(resource.status)) return resource;
    await delay(20);
  }
}

async function uploaded(url: string, csv: string): Promise<string> {
  const { id } = await post(`${url}/v1/datasets?name=inputs`, csv, 'text/csv');
  const { status } = await ends<{ status: string }>(`${url}/v1/datasets/${id}`, /ready|rejected/);
  if (status !== 'ready') throw new Error(`expected a dataset that is ready, got ${status}`);
  return id;
}

/** Seconds from the request to the dataset that is ready. */
async function predicted(url: string, model: string, datasetId: string): Promise<number> {
  const startedAt = performance.now();
  const body = JSON.stringify({ dataset_id: datasetId });
  const { id } = await post(`${url}/v1/models/${model}/batch-predictions`, body, 'application/json');
  const job = await ends<{ status: string; refused: number }>(
    `${url}/v1/batch-predictions/${id}`,
    /succeeded|failed/,
  );
  if (job.status !== 'succeeded' || job.refused > 0)
    throw new Error(`expected answers to all inputs, got ${JSON.stringify(job)}`);
  return (performance.now() - startedAt) / 1000;
}

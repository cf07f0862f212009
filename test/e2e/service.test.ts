/** The whole service, from outside: processes, signals, HTTP. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { clientOf } from '../support/launched-client.ts';
import { launchService, processesOf, type LaunchedService } from './launched-service.ts';

type Answer = Record<string, never> & { id: string; status: string };

let folder: string;
let service: LaunchedService | undefined;
let client: ReturnType<typeof clientOf<Answer>>;
async function launch(): Promise<void> {
  service = await launchService(folder);
  client = clientOf<Answer>(service);
}
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unroll-e2e-'));
});
afterEach(async () => {
  if (service?.process.exitCode === null && service.process.signalCode === null) await service.end('SIGTERM');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Everything is gone within a moment: servers that lost their parent take one. */
const allGone = () => expect.poll(() => processesOf(folder), { timeout: 15_000 }).toEqual([]);

const days = 200;
const csv = [
  'date,demand',
  ...Array.from({ length: days }, (_, day) => {
    const date = new Date(Date.UTC(2024, 0, 1 + day)).toISOString().slice(0, 10);
    return `${date},${(100 + 20 * Math.sin((2 * Math.PI * day) / 7) + 5 * Math.cos(day)).toFixed(2)}`;
  }),
].join('\n');

describe('a service and its data', () => {
  it(
    'takes a CSV all the way to a forecast and an ONNX file, and cleans up',
    { timeout: 120_000 },
    async () => {
      await launch();
      const created = await client.send('POST', '/v1/datasets?name=demand', csv, {
        'content-type': 'text/csv',
      });
      expect(created.status).toBe(202);
      const datasetPath = created.headers.get('location')!;
      await expect
        .poll(async () => (await client.send('GET', datasetPath)).json.status, { timeout: 20_000 })
        .toBe('ready');
      expect((await client.send('GET', datasetPath)).json).toMatchObject({
        row_count: days,
        problem_count: 0,
      });

      const job = await client.send('POST', '/v1/training-jobs', {
        dataset_id: created.json.id,
        name: 'demand',
        architecture: 'sequence_to_vector',
        data: {
          inputs: [{ column: 'demand' }],
          targets: [{ column: 'demand' }],
          order_by: 'date',
          window: { length: 14, horizon: 3 },
        },
        model: { cell: 'lstm', hidden_size: 8 },
        training: { epochs: 4, seed: 7, early_stopping: null },
      });
      expect(job.status).toBe(202);
      const jobPath = job.headers.get('location')!;

      const stream = await fetch(`${service!.url}${jobPath}/events`, {
        headers: { accept: 'text/event-stream' },
      });
      const types: string[] = [];
      const events = stream
        .body!.pipeThrough(new TextDecoderStream())
        .pipeThrough(new EventSourceParserStream());
      for await (const event of events)
        if (event.id !== undefined) types.push(event.event!.replace('training_job.', ''));
      expect(types).toEqual([
        'queued',
        'preparing',
        'running',
        ...Array<string>(4).fill('epoch'),
        'succeeded',
      ]);

      expect((await client.send('GET', `${jobPath}/metrics`)).json).toMatchObject({ epochs: 4 });
      expect((await client.send('GET', jobPath)).json).toMatchObject({
        status: 'succeeded',
        progress: 1,
        model: { name: 'demand', version: 1 },
      });
      expect((await client.send('GET', '/v1/models/demand/card')).json).toMatchObject({
        held_out: { baseline_name: 'seasonal_naive', seasonality: 7 },
      });

      const onnx = await fetch(`${service!.url}/v1/models/demand@1/onnx`);
      expect(onnx.headers.get('content-disposition')).toContain('.onnx');
      expect((await onnx.arrayBuffer()).byteLength).toBeGreaterThan(1000);

      const { data: rows } = (await client.send('GET', `${datasetPath}/rows?limit=14&offset=${days - 14}`))
        .json;
      const prediction = await client.send('POST', '/v1/models/demand/predictions', { inputs: [{ rows }] });
      expect(prediction.json).toMatchObject({
        predictions: [{ forecast: [{ date: '2024-07-19' }, { date: '2024-07-20' }, { date: '2024-07-21' }] }],
      });

      expect((await client.send('DELETE', datasetPath)).status).toBe(204);
      expect((await client.send('GET', datasetPath)).status).toBe(404);
    },
  );

  it('ends with every process by SIGTERM, and finds its data again', { timeout: 90_000 }, async () => {
    await launch();
    expect(processesOf(folder).length).toBeGreaterThanOrEqual(5);
    expect((await client.send('GET', '/v1/models/demand')).json).toMatchObject({
      name: 'demand',
      version: 1,
    });
    expect(await service!.end('SIGTERM')).toBe(0);
    expect(processesOf(folder)).toEqual([]);
  });

  it('leaves nothing behind when it is killed, and starts again', { timeout: 90_000 }, async () => {
    await launch();
    expect(await service!.end('SIGKILL')).toBe('SIGKILL');
    await launch();
    expect((await client.send('GET', '/v1/models/demand')).status).toBe(200);
    expect(await service!.end('SIGINT')).toBe(0);
    await allGone();
  });

  it('starts a killed worker and a killed Redis again', { timeout: 120_000 }, async () => {
    await launch();
    const kill = (what: string): void => {
      const found = processesOf(folder).filter((line) => line.includes(what));
      expect(found, what).toHaveLength(1);
      process.kill(Number.parseInt(found[0]!, 10), 'SIGKILL');
    };
    const ready = () =>
      expect
        .poll(async () => (await fetch(`${service!.url}/readyz`).catch(() => null))?.status, {
          timeout: 40_000,
        })
        .toBe(200);
    const died = (name: string) =>
      expect
        .poll(() => service!.output(), { timeout: 10_000 })
        .toMatch(new RegExp(`${name}.*starting it again`));

    kill('workers/main.js');
    await died('worker');
    await ready();
    kill('redis-server');
    await died('Redis');
    await ready();
  });
});

describe('what keeps it from starting is said, and nothing is left', () => {
  it('a second one on the same data', { timeout: 60_000 }, async () => {
    await launch();
    await expect(launchService(folder)).rejects.toThrow(`in use by process ${service!.process.pid!}`);
    expect((await fetch(`${service!.url}/healthz`)).status).toBe(200);
  });

  it('a port that is taken, before anything heavy is started', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await expect(launchService(folder, { PORT: String(port) })).rejects.toThrow(`Port ${port} is taken`);
    other.close();
    await allGone();
  });

  it('a setting that is wrong, and a database that is not there', { timeout: 60_000 }, async () => {
    await expect(launchService(folder, { PORT: 'http' })).rejects.toThrow('PORT: expected an integer');
    await expect(
      launchService(folder, { DATABASE_URL: 'postgresql://nobody@127.0.0.1:9/none' }),
    ).rejects.toThrow('The database cannot be used');
    await allGone();
  });
});

it('keeps the promises of the README: its tour runs as printed', { timeout: 120_000 }, async () => {
  await launch();
  const { stdout } = await promisify(execFile)('bash', ['examples/tour.sh', service!.url]);
  expect(stdout).toContain('event: training_job.succeeded');
  expect(stdout).toContain('/data/inputs/1/column');
  expect(stdout).toMatch(/"forecast":\[\{"date":"2016-01-01"/);
  expect(stdout.trimEnd()).toMatch(/204$/);

  const tour = await readFile('examples/tour.sh', 'utf8');
  const section = (await readFile('README.md', 'utf8')).split('## A tour')[1]!.split('\n## ')[0]!;
  const blocks = [...section.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1]!);
  expect(blocks.length).toBeGreaterThan(5);
  for (const block of blocks) expect(tour).toContain(block);
  await writeFile(join(folder, 'tour.txt'), stdout);
});

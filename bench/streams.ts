/**
 * The latency of a step of a stream: an LSTM of 64 units, one row a request over a connection that is kept, and one row a message over a
 * WebSocket; one after the other on one stream, then on many at once. README.md says what is measured.
 */
import { Agent, request } from 'node:http';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';
import { forecastModel } from './serving/models.ts';
import { openBenchService } from './serving/service.ts';

const options = {
  steps: { type: 'string', default: '2000' },
  hidden: { type: 'string', default: '64' },
  streams: { type: 'string', default: '1,16' },
  json: { type: 'boolean', default: false },
} as const;

interface Way {
  /** Sends one row and waits for its answer. */
  step(): Promise<void>;
  close(): void;
}

export async function streams(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options });
  const [steps, hidden] = [Number(values.steps), Number(values.hidden)];
  const service = await openBenchService();
  try {
    await forecastModel(service, { name: 'forecast', hidden, steps: 50, seed: 1 });
    const served = await service.start();
    const { url } = served;
    try {
      for (const count of values.streams.split(',').map(Number))
        for (const [way, open] of Object.entries({ http: overHttp, websocket: overWebSocket })) {
          const ways = await Promise.all(
            Array.from({ length: count }, async () => open(url, await openStream(url))),
          );
          await measure(ways, Math.min(200, steps));
          const startedAt = performance.now();
          const times = await measure(ways, steps);
          const seconds = (performance.now() - startedAt) / 1000;
          for (const one of ways) one.close();
          const row = {
            way,
            streams: count,
            hidden,
            steps: times.length,
            p50_ms: quantile(times, 0.5),
            p99_ms: quantile(times, 0.99),
            steps_per_second: Math.round(times.length / seconds),
          };
          console.log(
            values.json
              ? JSON.stringify(row)
              : `${way.padEnd(10)} ${String(count).padStart(3)} streams   p50 ${row.p50_ms.toFixed(2)} ms   p99 ${row.p99_ms.toFixed(2)} ms   ${row.steps_per_second} steps/s`,
          );
        }
    } finally {
      await served.stop();
    }
  } finally {
    await service.close();
  }
}

/** Milliseconds of each step, in rising order; each stream takes so many, one after the other. */
async function measure(ways: readonly Way[], steps: number): Promise<readonly number[]> {
  const each = Math.ceil(steps / ways.length);
  const times = await Promise.all(
    ways.map(async (way) => {
      const own: number[] = [];
      for (let step = 0; step < each; step++) {
        const startedAt = performance.now();
        await way.step();
        own.push(performance.now() - startedAt);
      }
      return own;
    }),
  );
  return times.flat().sort((a, b) => a - b);
}

const quantile = (sorted: readonly number[], share: number): number =>
  Number(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!.toFixed(3));

async function openStream(url: string): Promise<string> {
  const response = await fetch(`${url}/v1/models/forecast/streams`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  if (response.status !== 201) throw new Error(`no stream: ${await response.text()}`);
  return ((await response.json()) as { id: string }).id;
}

const rowAt = (index: number): string => JSON.stringify({ rows: [{ value: 10 + 3 * Math.sin(index / 5) }] });

async function overHttp(url: string, id: string): Promise<Way> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let index = 0;
  return {
    step: () =>
      new Promise((resolve, reject) => {
        const body = rowAt(index++);
        const sent = request(
          `${url}/v1/streams/${id}/steps`,
          {
            agent,
            method: 'POST',
            headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
          },
          (response) => {
            response
              .on('data', () => undefined)
              .on('end', () => {
                if (response.statusCode === 200) resolve();
                else reject(new Error(`a step was answered with ${response.statusCode}`));
              });
          },
        );
        sent.on('error', reject).end(body);
      }),
    close: () => agent.destroy(),
  };
}

async function overWebSocket(url: string, id: string): Promise<Way> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/streams/${id}/socket`);
  await once(socket, 'open');
  let index = 0;
  return {
    step: async () => {
      const answered = once(socket, 'message') as Promise<[Buffer]>;
      socket.send(rowAt(index++));
      const [data] = await answered;
      if (!data.includes('"outputs"')) throw new Error(`a step was answered with ${String(data)}`);
    },
    close: () => socket.terminate(),
  };
}

/**
 * How much it costs to watch jobs: listeners of event streams on one API process, and how late events reach them.
 * README.md says what is measured; the process is the compiled one, on servers of its own.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, get, type IncomingMessage } from 'node:http';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { reservePort } from '../launcher/port.ts';
import { startPostgres } from '../platform/embedded/postgres.ts';
import { startRedis } from '../platform/embedded/redis.ts';
import { connectDatabase } from '../platform/postgres/database.ts';
import { migrate } from '../platform/postgres/migrate.ts';
import { openNotifications } from '../platform/queue/notifications.ts';
import { newId } from '../platform/ids.ts';
import { epochMetrics, queuedJob, readyDataset } from '../test/support/records.ts';

const options = {
  listeners: { type: 'string', default: '1000' },
  jobs: { type: 'string', default: '50' },
  events: { type: 'string', default: '200' },
  /** Between two events, all jobs together. */
  milliseconds: { type: 'string', default: '100' },
} as const;

export async function listeners(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options });
  const [count, jobs, events, everyMs] = [
    values.listeners,
    values.jobs,
    values.events,
    values.milliseconds,
  ].map(Number) as [number, number, number, number];
  const directory = await mkdtemp(join(tmpdir(), 'unroll-bench-'));
  const [postgres, redis] = await Promise.all([
    startPostgres({ directory: join(directory, 'postgres') }),
    startRedis({ directory: join(directory, 'redis') }),
  ]);
  try {
    await migrate(postgres.url);
    for (const spread of [1, jobs]) {
      const urls = { databaseUrl: postgres.url, redisUrl: redis.url, directory };
      console.log(await measure({ ...urls, count, jobs: spread, events, everyMs }));
    }
  } finally {
    await Promise.all([postgres.stop(), redis.stop()]);
    await rm(directory, { recursive: true, force: true });
  }
}

interface Setting {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly directory: string;
  readonly count: number;
  readonly jobs: number;
  readonly events: number;
  readonly everyMs: number;
}

async function measure(o: Setting): Promise<string> {
  const database = connectDatabase(o.databaseUrl);
  const notifications = openNotifications(o.redisUrl, { report: console.error });
  const api = await startApi(o);
  const { id: datasetId } = await readyDataset(database);
  const leases = await Promise.all(
    Array.from({ length: o.jobs }, async () => {
      const job = await queuedJob(database, { datasetId });
      const lease = { jobId: job.id, token: newId('evt') };
      await database.trainingJobs.claim(job.id, lease.token);
      await database.trainingJobs.start(lease);
      return lease;
    }),
  );
  try {
    const idle = residentMegabytes(api.child);
    /** When the event's transaction was committed, by job and sequence. */
    const committedAt = new Map<string, number>();
    const delays: number[] = [];
    let arrived = 0;
    const agent = new Agent({ keepAlive: false, maxSockets: Infinity });
    const open: IncomingMessage[] = [];
    for (let index = 0; index < o.count; index++) {
      const { jobId } = leases[index % leases.length]!;
      open.push(
        await listen(`${api.url}/v1/training-jobs/${jobId}/events`, agent, (id) => {
          const at = committedAt.get(`${jobId} ${id}`);
          if (at === undefined) return;
          arrived++;
          delays.push(performance.now() - at);
        }),
      );
    }
    await delay(1000);
    const connected = residentMegabytes(api.child);
    let expected = 0;
    for (let event = 0; event < o.events; event++) {
      const lease = leases[event % leases.length]!;
      const epoch = Math.floor(event / leases.length) + 1;
      // An arrival may be seen before this process hears of the commit: that counts as no delay.
      committedAt.set(`${lease.jobId} ${epoch + 3}`, Infinity);
      await database.trainingJobs.recordEpochs(lease, [{ metrics: epochMetrics(epoch), progress: 0.5 }]);
      committedAt.set(`${lease.jobId} ${epoch + 3}`, performance.now());
      await notifications.notify(`job-events:${lease.jobId}`);
      expected += Math.ceil((o.count - (event % leases.length)) / leases.length);
      await delay(o.everyMs);
    }
    while (arrived < expected) await delay(50);
    const after = residentMegabytes(api.child);
    for (const response of open) response.destroy();
    delays.sort((a, b) => a - b);
    const at = (share: number): string => delays[Math.floor(share * (delays.length - 1))]!.toFixed(1);
    return [
      `${o.count} listeners on ${o.jobs} ${o.jobs === 1 ? 'job' : 'jobs'}: ${expected} arrivals of ${o.events} events`,
      `  memory: ${idle} MB idle, ${connected} MB with listeners, ${after} MB afterwards; ${(((connected - idle) * 1024) / o.count).toFixed(0)} KB a listener`,
      `  delay from commit to arrival: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms   (load ${loadavg()[0]!.toFixed(1)})`,
    ].join('\n');
  } finally {
    api.child.kill('SIGTERM');
    await once(api.child, 'exit');
    await notifications.close();
    await database.close();
  }
}

async function startApi(o: Setting): Promise<{ child: ChildProcess; url: string }> {
  const port = await reservePort('127.0.0.1', 0);
  const child = fork(new URL('../dist/services/main.js', import.meta.url), {
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: o.databaseUrl,
      REDIS_URL: o.redisUrl,
      DATA_DIR: o.directory,
      PORT: String(port),
      ROLE: 'api',
      LOG_LEVEL: 'error',
      STOP_DELAY_MS: '0',
    },
    execArgv: ['--enable-source-maps'],
  });
  const url = `http://127.0.0.1:${port}`;
  while ((await fetch(`${url}/healthz`).catch(() => null))?.ok !== true) await delay(50);
  return { child, url };
}

/** Calls back with the id of each event; resolves when the stream has begun. */
function listen(url: string, agent: Agent, onEvent: (id: number) => void): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent, headers: { accept: 'text/event-stream' } }, (response) => {
      response.setEncoding('utf8').on('data', (text: string) => {
        for (const [, id] of text.matchAll(/^id: (\d+)$/gm)) onEvent(Number(id));
      });
      response.once('data', () => resolve(response));
      response.on('error', () => undefined);
    });
    request.on('error', reject);
  });
}

const residentMegabytes = ({ pid }: ChildProcess): number =>
  Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024);

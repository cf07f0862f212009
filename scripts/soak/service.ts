/**
 * The real thing, on a folder of its own: PostgreSQL, Redis, API processes and workers from compiled code. Whatever dies
 * is started again after a while, on the same port, as a process manager would do it.
 *
 *   up → (dies) → down → up …                 until `stop`
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { nodeFlags } from '../../launcher/node-flags.ts';
import { startPostgres } from '../../platform/embedded/postgres.ts';
import { freePort } from '../../platform/embedded/process.ts';
import { startRedis } from '../../platform/embedded/redis.ts';
import type { EmbeddedServer } from '../../platform/embedded/server.ts';
import { migrate } from '../../platform/postgres/migrate.ts';

/** One of the things that can be broken. */
export interface Part {
  readonly name: string;
  /** Null while it is down. */
  readonly pid: () => number | null;
}

export interface Service {
  readonly directory: string;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly urls: readonly string[];
  readonly apis: readonly Part[];
  readonly workers: readonly Part[];
  readonly postgres: Part;
  readonly redis: Part;
  /** Ends of processes that nobody asked for. `expected` is called before a process is broken. */
  readonly surprises: readonly string[];
  readonly expectEnd: (pid: number) => void;
  /** Resolves when everything is up and ready. */
  ready(): Promise<void>;
  /** Ends everything in good order; answers what did not end as it should. */
  stop(): Promise<readonly string[]>;
}

/** Times are short, so that what is noticed by time is noticed soon. */
const settings = (sweepAfterMs: number) => ({
  HEARTBEAT_MS: '300',
  LOST_AFTER_MS: String(lostAfterMs),
  // A job is struck many times; that one is given up after so many is shown by other tests.
  MAX_ATTEMPTS: '50',
  TRAIN_THREADS: '1',
  CHECKPOINT_SECONDS: '0.5',
  STRAY_AFTER_MS: String(sweepAfterMs),
  WEBHOOK_ALLOW_PRIVATE: 'true',
  LOG_LEVEL: 'info',
});
export const lostAfterMs = 4000;

const restartAfterMs = 700;
/** What SIGTERM may take. */
const stopWithinMs = 20_000;

const entries = {
  api: new URL('../../dist/services/main.js', import.meta.url),
  worker: new URL('../../dist/workers/main.js', import.meta.url),
};

export async function startService(o: {
  readonly directory: string;
  readonly apis: number;
  readonly workers: number;
  readonly sweepAfterMs: number;
  readonly environment?: Readonly<Record<string, string>>;
}): Promise<Service> {
  const { directory } = o;
  const surprises: string[] = [];
  const expected = new Set<number>();
  const stopping = new AbortController();
  const logs = join(directory, 'logs');
  await mkdir(logs, { recursive: true });

  const [postgres, redis] = await Promise.all([
    keepServer((port) =>
      startPostgres({
        directory: join(directory, 'postgres'),
        ...port,
        settings: { max_connections: '200' },
      }),
    ),
    keepServer((port) => startRedis({ directory: join(directory, 'redis'), ...port })),
  ]);
  await migrate(postgres.url);

  const environment = {
    ...settings(o.sweepAfterMs),
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    DATA_DIR: join(directory, 'data'),
    ...o.environment,
  };
  await mkdir(environment.DATA_DIR, { recursive: true });

  const startProcess = (name: string, entry: URL, own: Record<string, string>): KeptProcess => {
    const log = createWriteStream(join(logs, `${name}.log`), { flags: 'a' });
    return keepProcess({
      start: () => {
        const child = fork(entry, {
          cwd: directory,
          env: { ...environment, ...own },
          execArgv: [...nodeFlags],
          detached: true,
          stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        });
        child.stdout?.pipe(log, { end: false });
        child.stderr?.pipe(log, { end: false });
        return child;
      },
      name,
      onEnd: (pid, how) => {
        if (!expected.has(pid)) surprises.push(`${name} ${how}`);
      },
      stopping: stopping.signal,
    });
  };

  const ports = await Promise.all(Array.from({ length: o.apis }, freePort));
  const apis = ports.map((port, index) =>
    startProcess(`api-${index + 1}`, entries.api, { PORT: String(port) }),
  );
  const workers = Array.from({ length: o.workers }, (_, index) =>
    startProcess(`worker-${index + 1}`, entries.worker, {}),
  );
  const urls = ports.map((port) => `http://127.0.0.1:${port}`);

  return {
    directory,
    databaseUrl: postgres.url,
    redisUrl: redis.url,
    urls,
    apis,
    workers,
    postgres: { name: 'postgres', pid: postgres.pid },
    redis: { name: 'redis', pid: redis.pid },
    surprises,
    expectEnd: (pid) => expected.add(pid),
    async ready() {
      for (const url of urls)
        while (!(await isReady(url))) await delay(100, undefined, { signal: stopping.signal });
    },
    async stop() {
      stopping.abort();
      const wrong: string[] = [];
      for (const kept of [...apis, ...workers]) {
        const pid = kept.pid();
        if (pid !== null) expected.add(pid);
      }
      await Promise.all([...apis, ...workers].map(async (kept) => wrong.push(...(await kept.stop()))));
      await Promise.all([postgres.stop(), redis.stop()]);
      return wrong;
    },
  };
}

const isReady = (url: string): Promise<boolean> =>
  fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5000) }).then(
    async (response) => {
      await response.arrayBuffer();
      return response.ok;
    },
    () => false,
  );

interface KeptServer {
  readonly url: string;
  readonly pid: () => number | null;
  stop(): Promise<void>;
}

async function keepServer(start: (port: { port?: number }) => Promise<EmbeddedServer>): Promise<KeptServer> {
  let server = await start({});
  const { url } = server;
  const port = Number(new URL(url).port);
  let up = true;
  let stopped = false;
  const isStopped = (): boolean => stopped;
  const keep = async (): Promise<void> => {
    while (!isStopped()) {
      await server.exited;
      up = false;
      while (!isStopped() && !up) {
        await delay(restartAfterMs);
        await server.stop();
        try {
          server = await start({ port });
          up = true;
        } catch (error) {
          process.stderr.write(`${url} does not start yet: ${String(error)}\n`);
        }
      }
    }
  };
  const keeping = keep();
  return {
    url,
    pid: () => (up ? server.pid : null),
    async stop() {
      stopped = true;
      await server.stop();
      await keeping;
      await server.stop();
    },
  };
}

interface KeptProcess extends Part {
  stop(): Promise<readonly string[]>;
}

function keepProcess(o: {
  readonly name: string;
  readonly start: () => ChildProcess;
  readonly onEnd: (pid: number, how: string) => void;
  readonly stopping: AbortSignal;
}): KeptProcess {
  let child: ChildProcess | null = null;
  const start = (): void => {
    if (o.stopping.aborted) return;
    const started = o.start();
    child = started;
    started.once('exit', (code, signal) => {
      child = null;
      o.onEnd(
        started.pid ?? 0,
        signal === null ? `ended with exit code ${String(code)}` : `was ended by ${signal}`,
      );
      setTimeout(start, restartAfterMs);
    });
  };
  start();
  return {
    name: o.name,
    pid: () => child?.pid ?? null,
    async stop() {
      const running = child;
      if (running?.pid === undefined) return [];
      const wrong: string[] = [];
      const from = performance.now();
      process.kill(running.pid, 'SIGCONT');
      running.kill('SIGTERM');
      const tooLong = setTimeout(() => running.kill('SIGKILL'), stopWithinMs);
      const [code, signal] = (await once(running, 'exit')) as [number | null, NodeJS.Signals | null];
      clearTimeout(tooLong);
      const seconds = ((performance.now() - from) / 1000).toFixed(1);
      if (code !== 0)
        wrong.push(`${o.name}: exit code ${String(code)}, signal ${String(signal)} after ${seconds} s`);
      return wrong;
    },
  };
}

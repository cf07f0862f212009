/** The compiled service with servers of its own, and the peer beside it. */
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { nodeFlags } from '../../launcher/node-flags.ts';
import { reservePort } from '../../launcher/port.ts';
import { startPostgres } from '../../platform/embedded/postgres.ts';
import { startRedis } from '../../platform/embedded/redis.ts';
import { connectDatabase } from '../../platform/postgres/database.ts';
import { migrate } from '../../platform/postgres/migrate.ts';
import { openFileStorage } from '../../platform/storage/file-storage.ts';
import { bare, profilingFlags, python } from '../environment.ts';
import type { ServingParts } from './models.ts';

export interface Served {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

export interface BenchService extends ServingParts {
  readonly directory: string;
  readonly redisUrl: string;
  /** Starts the HTTP process with these settings beside its own. */
  start(settings?: Readonly<Record<string, string>>): Promise<Served>;
  /** Starts a worker. Ends it. */
  startWorker(): () => Promise<void>;
  close(): Promise<void>;
}

export async function openBenchService(): Promise<BenchService> {
  const directory = await mkdtemp(join(tmpdir(), 'unroll-bench-'));
  const [postgres, redis] = await Promise.all([
    startPostgres({ directory: join(directory, 'postgres') }),
    startRedis({ directory: join(directory, 'redis') }),
  ]);
  await migrate(postgres.url);
  const database = connectDatabase(postgres.url);
  return {
    directory,
    redisUrl: redis.url,
    database,
    storage: openFileStorage(join(directory, 'objects')),
    start: async (settings = {}) => {
      const port = await reservePort('127.0.0.1', 0);
      const child = fork(new URL('../../dist/services/main.js', import.meta.url), {
        env: {
          ...bare,
          DATABASE_URL: postgres.url,
          REDIS_URL: redis.url,
          DATA_DIR: directory,
          PORT: String(port),
          ROLE: 'all',
          STOP_DELAY_MS: '0',
          ...settings,
        },
        // Its log is written as in production, to nowhere.
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
        execArgv: [...nodeFlags, ...profilingFlags],
      });
      return up(child, `http://127.0.0.1:${port}`, '/healthz');
    },
    startWorker: () => {
      const child = fork(new URL('../../dist/workers/main.js', import.meta.url), {
        env: {
          ...bare,
          DATABASE_URL: postgres.url,
          REDIS_URL: redis.url,
          DATA_DIR: directory,
        },
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
      return async () => {
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        await ended;
      };
    },
    close: async () => {
      await database.close();
      await Promise.all([postgres.stop(), redis.stop()]);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** FastAPI, uvicorn and onnxruntime on the same files; null where this Python has them not. */
export async function startPeer(args: readonly string[]): Promise<Served | null> {
  const probe = spawn(python, ['-c', 'import fastapi, uvicorn, onnxruntime, numpy'], { stdio: 'ignore' });
  const missing = await Promise.race([
    once(probe, 'exit').then(([code]) => code !== 0),
    once(probe, 'error').then(() => true),
  ]);
  if (missing) return null;
  const port = await reservePort('127.0.0.1', 0);
  const script = new URL('../peers/serve_fastapi.py', import.meta.url).pathname;
  const child = spawn(python, [script, String(port), ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  return up(child, `http://127.0.0.1:${port}`, '/versions');
}

async function up(child: ChildProcess, url: string, path: string): Promise<Served> {
  while ((await fetch(`${url}${path}`).catch(() => null))?.ok !== true) {
    if (child.exitCode !== null) throw new Error(`ended with exit code ${child.exitCode} before it answered`);
    await delay(50);
  }
  return {
    url,
    pid: child.pid!,
    stop: async () => {
      if (child.exitCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Resident memory of a process, or the most that it ever had. */
export const residentMegabytes = (pid: number, which: 'VmRSS' | 'VmHWM' = 'VmRSS'): number =>
  Math.round(
    Number(new RegExp(`${which}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024,
  );

/** Processor time that a process has taken, of all its threads, in seconds. */
export function processorSeconds(pid: number): number {
  // the second field may hold anything but ends with the last bracket; ticks are hundredths of a second on Linux
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/**
 * redis-server or valkey-server from the PATH, run as a child process on 127.0.0.1.
 *
 *   <directory>/owner        which process has it        <directory>/password    0600
 *   <directory>/redis.conf   written at each start, 0600 (the password must not be seen in a list of processes)
 *   <directory>/redis.pid    of the server               <directory>/redis.log   this run's (`.previous`: the last one's)
 *   <directory>/appendonlydir   the data
 */
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { UnrollError } from '../../domain/errors/unroll-error.ts';
import { ownDirectory } from './directory-owner.ts';
import {
  endChild,
  endProcess,
  endWithParent,
  findProgram,
  freePort,
  logTail,
  startServer,
  worksIn,
} from './process.ts';
import { keptPassword, privateDirectory, type EmbeddedServer } from './server.ts';

interface RedisOptions {
  /** Made if it is not there. One owner at a time. */
  readonly directory: string;
  /** Any free one if absent. */
  readonly port?: number;
  /** How many numbered databases there are; 16 if absent. */
  readonly databases?: number;
}

const programs = ['redis-server', 'valkey-server'] as const;

const ending = [
  { signal: 'SIGTERM', waitMs: 15_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
] as const;

const startAttempts = 5;

export async function startRedis(options: RedisOptions): Promise<EmbeddedServer> {
  const program = findProgram(programs);
  if (program === null)
    throw new UnrollError(
      'unavailable',
      'Redis is not installed. Install it (Debian, Ubuntu: apt-get install redis-server; Fedora: dnf install valkey; macOS: brew install redis), or set REDIS_URL.',
    );
  const directory = await privateDirectory(options.directory);
  const release = await ownDirectory(directory);
  try {
    await endLeftOver(directory);
    const password = await keptPassword(join(directory, 'password'));
    const server = await startOnFreePort(program, { ...options, directory }, password);
    return {
      ...server,
      stop: async () => {
        await endChild(server, ending);
        await release();
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}

async function endLeftOver(directory: string): Promise<void> {
  const pidFile = join(directory, 'redis.pid');
  const pid = Number.parseInt(await readFile(pidFile, 'utf8').catch(() => ''), 10);
  if (Number.isInteger(pid) && worksIn(pid, directory, programs)) await endProcess(pid, ending);
  await rm(pidFile, { force: true });
}

type Running = Omit<EmbeddedServer, 'stop'>;

async function startOnFreePort(program: string, options: RedisOptions, password: string): Promise<Running> {
  const logFile = join(options.directory, 'redis.log');
  const configuration = join(options.directory, 'redis.conf');
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort());
    const lines = [
      'bind 127.0.0.1',
      `port ${port}`,
      `dir ${quoted(options.directory)}`,
      `pidfile ${quoted(join(options.directory, 'redis.pid'))}`,
      `requirepass ${password}`,
      `databases ${options.databases ?? 16}`,
      'daemonize no',
      'appendonly yes',
      'maxmemory-policy noeviction',
      // The append-only file is enough: no snapshots beside it.
      'save ""',
    ];
    await writeFile(configuration, `${lines.join('\n')}\n`, { mode: 0o600 });
    const child = startServer([...endWithParent('TERM'), program, configuration], logFile);
    const exited = once(child, 'exit').then(
      () => undefined,
      () => undefined,
    );
    const url = `redis://:${password}@127.0.0.1:${port}/0`;
    if (child.pid !== undefined && (await answers(url, exited))) return { url, pid: child.pid, exited };

    const log = logTail(logFile);
    if (options.port !== undefined || !log.includes('Address already in use') || attempt === startAttempts)
      throw new UnrollError(
        'unavailable',
        `Redis does not start on port ${port}. The end of ${logFile}:\n${log}`,
      );
  }
}

const quoted = (path: string): string => JSON.stringify(path);

/** Waits until the server has loaded its data and answers; false when the process ended instead. */
async function answers(url: string, exited: Promise<void>): Promise<boolean> {
  const ended = exited.then(() => 'ended' as const);
  for (;;) {
    const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
    client.on('error', () => undefined);
    const ready = client
      .connect()
      .then(() => client.ping())
      .catch(() => 'not yet' as const);
    // Another program on the port may say nothing at all: ours has ended then.
    const answer = await Promise.race([ready, ended]);
    client.disconnect();
    if (answer === 'ended') return false;
    if (answer !== 'not yet') return true;
    await sleep(30);
  }
}

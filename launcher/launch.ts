/**
 * Starts everything that Unroll is made of, in order, and ends it in the opposite order.
 *
 *   start:  PostgreSQL and Redis (unless they are given by URL) → migrations → worker → HTTP
 *   end:    HTTP → worker → Redis → PostgreSQL
 */
import { join } from 'node:path';
import type { Config } from '../platform/config/config.ts';
import { startPostgres } from '../platform/embedded/postgres.ts';
import { startRedis } from '../platform/embedded/redis.ts';
import { migrate } from '../platform/postgres/migrate.ts';
import { LaunchError } from './launch-error.ts';
import { waitUntilReady } from './readiness.ts';
import { superviseProcess, type SupervisedProcess } from './supervised-process.ts';
import { superviseServer, type SupervisedServer } from './supervised-server.ts';

const readyWithinMs = 60_000;
/** All children together; the servers that end after them take about a second. */
const stopWithinMs = 18_000;
/** HTTP drains in less; the worker, which ends after it, needs time to hand its jobs back. */
const httpGraceMs = 9_000;

/**
 * Answers how to end everything. Throws when something does not start, or when `stop` is aborted on the way; what had
 * been started has then been ended. `stopAtOnce` may be aborted at any time: requests and jobs in hand are then dropped.
 */
export async function launch(o: {
  config: Config;
  url: string;
  entries: { http: URL; worker: URL };
  environment: NodeJS.ProcessEnv;
  say: (line: string) => void;
  stop: AbortSignal;
  stopAtOnce: AbortSignal;
}): Promise<() => Promise<void>> {
  const { config, say, stop, stopAtOnce } = o;
  const ends: (() => Promise<void>)[] = [];
  const end = async (): Promise<void> => {
    for (const endOne of ends.toReversed())
      await endOne().catch((error: unknown) => say(`while stopping: ${messageOf(error)}`));
  };
  let deadline: number | null = null;
  const graceLeft = (mostMs: number): number => {
    deadline ??= performance.now() + stopWithinMs;
    return stopAtOnce.aborted ? 0 : Math.min(mostMs, Math.max(1_000, deadline - performance.now()));
  };
  const startChild = (
    name: string,
    entry: URL,
    environment: NodeJS.ProcessEnv,
    graceMs: number,
  ): SupervisedProcess => {
    stop.throwIfAborted();
    const child = superviseProcess({ name, entry, environment, say });
    ends.push(() => child.stop(graceLeft(graceMs)));
    stopAtOnce.addEventListener('abort', () => child.kill(), { once: true });
    return child;
  };

  try {
    const urls = await startServers(config, say, ends);
    stop.throwIfAborted();
    const { applied } = await migrate(urls.database).catch((error: unknown) => {
      throw new LaunchError(`The database cannot be used: ${messageOf(error)}`);
    });
    if (applied.length > 0) say(`database migrations applied: ${applied.length}`);

    const environment = {
      ...o.environment,
      DATABASE_URL: urls.database,
      REDIS_URL: urls.redis,
      DATA_DIR: config.DATA_DIR,
      HOST: config.HOST,
      PORT: new URL(o.url).port || '80',
      // Nobody balances between this process and others.
      STOP_DELAY_MS: o.environment.STOP_DELAY_MS ?? '0',
    };
    const children = [
      startChild('worker', o.entries.worker, environment, stopWithinMs),
      startChild('HTTP', o.entries.http, environment, httpGraceMs),
    ];
    const failing = new AbortController();
    await Promise.race([
      waitUntilReady(o.url, readyWithinMs, AbortSignal.any([stop, failing.signal])),
      Promise.race(children.map((child) => child.firstDeath)).then((how) => {
        throw new LaunchError(`${how} Unroll was not ready yet; the lines above say why.`);
      }),
    ]).finally(() => failing.abort());
    for (const child of children) child.keepRunning();
    return end;
  } catch (error) {
    await end();
    throw error;
  }
}

/** Both at once: each takes a while. When one fails the other is still noted in `ends`. */
async function startServers(
  config: Config,
  say: (line: string) => void,
  ends: (() => Promise<void>)[],
): Promise<{ database: string; redis: string }> {
  const given = async (url: string): Promise<SupervisedServer> => ({ url, stop: () => Promise.resolve() });
  const started = await Promise.allSettled([
    config.DATABASE_URL === undefined
      ? superviseServer({
          name: 'PostgreSQL',
          start: (port) => startPostgres(at(join(config.DATA_DIR, 'postgres'), port)),
          say,
        })
      : given(config.DATABASE_URL),
    config.REDIS_URL === undefined
      ? superviseServer({
          name: 'Redis',
          start: (port) => startRedis(at(join(config.DATA_DIR, 'redis'), port)),
          say,
        })
      : given(config.REDIS_URL),
  ]);
  for (const result of started) if (result.status === 'fulfilled') ends.push(() => result.value.stop());
  const [database, redis] = started;
  if (database.status === 'rejected') throw notStarted('PostgreSQL', database.reason);
  if (redis.status === 'rejected') throw notStarted('Redis', redis.reason);
  return { database: database.value.url, redis: redis.value.url };
}

const at = (directory: string, port: number | undefined): { directory: string; port?: number } =>
  port === undefined ? { directory } : { directory, port };

const notStarted = (name: string, cause: unknown): LaunchError =>
  new LaunchError(`${name} did not start: ${messageOf(cause)}`);

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

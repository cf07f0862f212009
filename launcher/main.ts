/**
 * `npm start`: the whole service on this machine, from one process.
 *
 * Ends by SIGINT, SIGTERM or SIGHUP, and when the process that started it is gone; everything that it started ends with
 * it, in order, and it exits with 0. A second signal ends everything at once. npm passes on the
 * signal that the terminal has sent already, so signals that arrive together count as one.
 */
import { mkdir } from 'node:fs/promises';
import { readConfig, type Config } from '../platform/config/config.ts';
import { processEnvironment } from '../platform/config/process-environment.ts';
import { ownDirectory } from '../platform/embedded/directory-owner.ts';
import { launch } from './launch.ts';
import { LaunchError } from './launch-error.ts';
import { reservePort } from './port.ts';

const sameSignalMs = 1_000;
const parentPollMs = 500;

/** What the service is reached at from this machine. */
function baseUrl(host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host;
  const address = reachable.includes(':') && !reachable.startsWith('[') ? `[${reachable}]` : reachable;
  return `http://${address}:${port}`;
}

function configuration(): Config {
  try {
    return readConfig();
  } catch (error) {
    throw new LaunchError((error as Error).message);
  }
}

/** One launcher per data folder. */
async function ownDataFolder(folder: string): Promise<() => Promise<void>> {
  try {
    await mkdir(folder, { recursive: true });
    return await ownDirectory(folder);
  } catch (error) {
    const { syscall, message } = error as NodeJS.ErrnoException;
    throw new LaunchError(
      syscall === undefined ? message : `The data folder ${folder} can't be used: ${message}`,
    );
  }
}

const say = (line: string): void => console.log(`unroll: ${line}`);

/** Whoever started this with an IPC channel (the quickstart, a test) hears how it went. */
async function tellParent(message: { type: 'ready'; url: string } | { type: 'failed'; message: string }) {
  if (process.send === undefined || !process.connected) return;
  await new Promise((resolve) => process.send?.(message, undefined, undefined, resolve));
}

async function main(): Promise<void> {
  const stop = new AbortController();
  const stopAtOnce = new AbortController();
  let firstSignalAt: number | null = null;
  const onSignal = (): void => {
    firstSignalAt ??= performance.now();
    stop.abort();
    if (performance.now() - firstSignalAt > sameSignalMs) stopAtOnce.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  process.once('disconnect', () => stop.abort());
  // A shell in between may die of a signal that it does not pass on.
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) stop.abort();
  }, parentPollMs).unref();

  const config = configuration();
  const release = await ownDataFolder(config.DATA_DIR);
  try {
    const port = await reservePort(config.HOST, config.PORT);
    const url = baseUrl(config.HOST, port);
    const end = await launch({
      config,
      url,
      entries: {
        http: new URL('../services/main.js', import.meta.url),
        worker: new URL('../workers/main.js', import.meta.url),
      },
      environment: processEnvironment,
      say,
      stop: stop.signal,
      stopAtOnce: stopAtOnce.signal,
    });
    say(`ready at ${url}   API documentation: ${url}/docs   data: ${config.DATA_DIR}`);
    await tellParent({ type: 'ready', url });

    if (!stop.signal.aborted)
      await new Promise((resolve) => stop.signal.addEventListener('abort', resolve, { once: true }));
    say('stopping …');
    await end();
    say('stopped');
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    await release();
  }
}

try {
  await main();
  process.exit(0);
} catch (error) {
  console.error(`\n${error instanceof LaunchError ? error.message : String((error as Error).stack)}`);
  await tellParent({ type: 'failed', message: (error as Error).message });
  process.exit(1);
}

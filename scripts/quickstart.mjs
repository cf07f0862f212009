/**
 * `npm run quickstart`: sets up what is missing, starts the service, tells its story in the terminal, and serves until
 * Ctrl-C; with `--exit` it ends after the story.
 *
 * The service runs as a child with an IPC channel and in a session of its own: a Ctrl-C comes here, and the child is told.
 */
import { fork } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { runScript } from './setup/run-script.mjs';
import { SetupError } from './setup/setup-error.mjs';
import { setup } from './setup/setup.mjs';

const defaultPort = 3000;
const portsTried = 100;
const secondSignalAfterMs = 1_000;

const canListen = (port, host) =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(new SetupError(error.message)),
    );
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });

/** PORT or 3000; the next free one when it is taken. */
const choosePort = async () => {
  const wanted = Number(process.env.PORT || defaultPort);
  const host = process.env.HOST || '127.0.0.1';
  if (!Number.isInteger(wanted) || wanted < 0 || wanted > 65_535)
    throw new SetupError(`PORT: expected a number from 0 to 65535, got "${process.env.PORT}"`);
  if (wanted === 0) return 0;
  for (let port = wanted; port < Math.min(wanted + portsTried, 65_536); port++) {
    if (!(await canListen(port, host))) continue;
    if (port !== wanted) console.log(`   Port ${wanted} is taken by another program: using ${port}.`);
    return port;
  }
  throw new SetupError(`No port from ${wanted} on is free. Choose another one: PORT=8000 npm run quickstart`);
};

/** Starts the launcher. Its output goes to a file: the terminal belongs to the story. */
const startService = (root, dataFolder, port) => {
  mkdirSync(dataFolder, { recursive: true });
  const logFile = path.join(dataFolder, 'quickstart.log');
  const log = openSync(logFile, 'w');
  const child = fork(path.join(root, 'dist', 'launcher', 'main.js'), [], {
    cwd: root,
    env: { ...process.env, PORT: String(port), DATA_DIR: dataFolder },
    stdio: ['ignore', log, log, 'ipc'],
    detached: true,
  });
  closeSync(log);

  let failure = null;
  const ended = new Promise((resolve) => child.once('exit', (code, by) => resolve(by ?? code)));
  const ready = new Promise((resolve, reject) => {
    child.on('message', (message) => {
      if (message.type === 'ready') resolve(message.url);
      else failure = message.message;
    });
    child.once('error', reject);
    void ended.then((how) => {
      const tail = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
      reject(new SetupError(failure ?? `The service ended (${how}). The end of ${logFile}:\n${tail}`));
    });
  });
  ready.catch(() => {});
  return {
    ready,
    /** Rejects when the service ends. */
    lost: ended.then((how) => {
      throw new SetupError(failure ?? `The service ended (${how}). See ${logFile}`);
    }),
    /** Ends it and waits for its end; a Ctrl-C in the meantime makes it hurry. */
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const askedAt = Date.now();
      const hurry = () => {
        if (Date.now() - askedAt > secondSignalAfterMs) child.kill('SIGTERM');
      };
      for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, hurry);
      child.kill('SIGTERM');
      await ended;
      for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(name, hurry);
    },
  };
};

const aborted = (signal) =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', resolve, { once: true });
  });

const parseArguments = (args) => {
  const unknown = args.filter((argument) => argument !== '--exit');
  if (unknown.length > 0)
    throw new SetupError(
      `Unknown: ${unknown.join(' ')}. The quickstart knows one option, --exit: end after the story.`,
    );
  return { exit: args.includes('--exit') };
};

await runScript(async ({ root, signal }) => {
  const { exit } = parseArguments(process.argv.slice(2));
  const startedAt = Date.now();
  const seconds = () => ((Date.now() - startedAt) / 1000).toFixed(1);
  console.log('Unroll quickstart\n\n0  Service');
  await setup({ root, signal, redis: !process.env.REDIS_URL });
  const port = await choosePort();
  const dataFolder = path.resolve(root, process.env.DATA_DIR || 'data');
  const service = startService(root, dataFolder, port);
  service.lost.catch(() => {});
  try {
    const url = await Promise.race([service.ready, aborted(signal)]);
    signal.throwIfAborted();
    console.log(`   ${url}: PostgreSQL, Redis, API, inference and one worker, ready after ${seconds()} s`);

    const { runQuickstart } = await import(new URL('../dist/cli/quickstart.js', import.meta.url).href);
    const story = new AbortController();
    await Promise.race([
      runQuickstart({
        baseUrl: url,
        csvPath: path.join(root, 'examples', 'data', 'seattle-weather.csv'),
        modelPath: path.join(dataFolder, 'quickstart', 'seattle-temperature.onnx'),
        out: {
          stream: process.stdout,
          live: process.stdout.isTTY === true,
          colour: process.stdout.isTTY === true && !process.env.NO_COLOR,
          columns: process.stdout.columns ?? 80,
        },
        signal: AbortSignal.any([signal, story.signal]),
      }),
      service.lost,
    ]).finally(() => story.abort());
    if (exit) {
      console.log(`\n   All of it took ${seconds()} s. The data stays in ${dataFolder}`);
      return;
    }
    console.log('\n   Serving. Ctrl-C stops it.');
    await Promise.race([aborted(signal), service.lost]);
    console.log('\n   Stopping …');
  } finally {
    await service.stop();
  }
});

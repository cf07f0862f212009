/** The whole service as `npm start` runs it, from compiled code: a launcher of its own on a free port and a data folder of its own. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { processEnvironment } from '../../platform/config/process-environment.ts';

type Message = { type: 'ready'; url: string } | { type: 'failed'; message: string };

export interface LaunchedService {
  readonly url: string;
  readonly process: ChildProcess;
  /** What it has written so far. */
  readonly output: () => string;
  /** Sends the signal and waits for the end. Answers the exit code, or the signal that ended it. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

const launcher = fileURLToPath(new URL('../../dist/launcher/main.js', import.meta.url));

/** Rejects with its message when it does not start. */
export async function launchService(
  dataFolder: string,
  environment: Record<string, string> = {},
): Promise<LaunchedService> {
  const child = fork(launcher, [], {
    env: { ...processEnvironment, PORT: '0', LOG_LEVEL: 'warn', DATA_DIR: dataFolder, ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk) => {
      output += String(chunk);
    });
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const url = await new Promise<string>((resolve, reject) => {
    child.on('message', (message) => {
      const said = message as Message;
      if (said.type === 'ready') resolve(said.url);
      else reject(new Error(said.message));
    });
    void ended.then(() => {
      reject(new Error(`The launcher ended:\n${output}`));
    });
  });
  return {
    url,
    process: child,
    output: () => output,
    async end(signal) {
      child.kill(signal);
      const [code, by] = await ended;
      return by ?? code;
    },
  };
}

/** All processes that were started with this data folder, or work in it: what must be gone in the end (Linux). */
export function processesOf(dataFolder: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const belongs =
          readlinkSync(`/proc/${pid}/cwd`).startsWith(dataFolder) ||
          readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`DATA_DIR=${dataFolder}\0`);
        const state = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '')[0];
        return belongs && state !== 'Z'
          ? [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`]
          : [];
      } catch {
        return [];
      }
    });
}

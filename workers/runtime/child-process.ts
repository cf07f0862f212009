/**
 * Runs one piece of heavy work in a child process of its own, so that native code neither blocks nor takes down the
 * worker.
 *
 *   forked → working → ended
 *
 * The child gets one order, sends reports, and ends; it also ends when its channel to the worker breaks. It inherits no
 * environment: it needs no database and no secrets. Reports are handled in the order in which they were sent, and all
 * of them before `ended` resolves.
 */
import { fork } from 'node:child_process';
import { outOfMemoryKills } from './out-of-memory.ts';

/** How a child ended. Exactly one of `code` and `signal` is set, as the operating system told it. */
export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Ended by Linux while memory was short: the likely reason, since its own kills look like anyone's. */
  readonly outOfMemory: boolean;
  /** The last that it wrote to its error output. */
  readonly stderr: string;
}

export interface SupervisedChild<Message> {
  readonly pid: number | undefined;
  readonly ended: Promise<ChildExit>;
  /** Sends a message; one that the child is no longer there to read is dropped. */
  send(message: Message): void;
  /** SIGTERM, and SIGKILL when that did not end it in time. Resolves when the process is gone. */
  kill(): Promise<ChildExit>;
}

const keptOutput = 8192;

export function startChild<Message extends object>(o: {
  /** The compiled entry file. */
  entry: URL;
  /** Limit of the JavaScript heap; tensors and tables live outside of it. */
  heapMegabytes: number;
  /** Half of what is made and forgotten before it is swept; Node's own if absent. */
  youngMegabytes?: number;
  onReport: (report: unknown) => void;
  /** From SIGTERM to SIGKILL. */
  graceMs?: number;
}): SupervisedChild<Message> {
  const child = fork(o.entry, {
    env: { TZ: 'UTC' },
    execArgv: [
      `--max-old-space-size=${o.heapMegabytes}`,
      ...(o.youngMegabytes === undefined ? [] : [`--max-semi-space-size=${o.youngMegabytes}`]),
    ],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });

  const killsBefore = outOfMemoryKills();
  let stderr = '';
  child.stderr?.setEncoding('utf8');
  child.stderr?.on('data', (text: string) => {
    stderr = (stderr + text).slice(-keptOutput);
  });
  child.on('message', (report) => {
    o.onReport(report);
  });

  // `close` comes after the last message; `error` alone when the process could not be started.
  const ended = new Promise<ChildExit>((resolve) => {
    child.once('close', (code, signal) => {
      const outOfMemory = signal === 'SIGKILL' && outOfMemoryKills() > killsBefore;
      resolve({ code, signal, outOfMemory, stderr });
    });
    child.on('error', (error) => {
      if (child.pid === undefined) {
        resolve({ code: 1, signal: null, outOfMemory: false, stderr: String(error) });
      }
    });
  });

  return {
    pid: child.pid,
    ended,
    send(message) {
      if (child.connected) child.send(message, () => undefined);
    },
    async kill() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), o.graceMs ?? 500);
      try {
        return await ended;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

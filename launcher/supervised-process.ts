/**
 * A child process, kept running once it has started well.
 *
 *   starting → (dies) → stopped                 a first start that fails is the caller's to judge
 *   starting → running                          by keepRunning()
 *   running → (dies) → waiting → running …
 *   any → stopped                               by stop() or kill(); never left again
 *
 * The child is a Node program with an IPC channel: it ends by itself when the channel breaks, so it does not outlive its
 * parent. It leads a session of its own, so that a Ctrl-C in the terminal reaches it through its parent, in order.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createBackOff } from './back-off.ts';
import { nodeFlags } from './node-flags.ts';

export interface SupervisedProcess {
  /** Resolves with a description when the child dies for the first time without having been asked to. */
  readonly firstDeath: Promise<string>;
  /** From now on the child is started again when it dies. */
  keepRunning(): void;
  /** Asks the child to end (SIGTERM), and makes it end (SIGKILL) when it takes longer than `graceMs`. */
  stop(graceMs: number): Promise<void>;
  /** Ends the child at once. */
  kill(): void;
}

export function superviseProcess(o: {
  name: string;
  entry: URL;
  environment: NodeJS.ProcessEnv;
  say: (line: string) => void;
}): SupervisedProcess {
  const backOff = createBackOff();
  let child: ChildProcess | null = null;
  let restart: NodeJS.Timeout | undefined;
  let kept = false;
  let stopped = false;
  let reportDeath: (how: string) => void;
  const firstDeath = new Promise<string>((resolve) => (reportDeath = resolve));

  const start = (): void => {
    const startedAt = performance.now();
    const started = fork(fileURLToPath(o.entry), [], {
      env: o.environment,
      execArgv: [...nodeFlags],
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    child = started;
    const onEnd = (how: string): void => {
      if (child !== started) return;
      child = null;
      if (stopped) return;
      reportDeath(`The ${o.name} process ${how}.`);
      if (!kept) return;
      const waitMs = backOff(performance.now() - startedAt);
      o.say(`the ${o.name} process ${how}; starting it again in ${waitMs / 1000} s`);
      restart = setTimeout(start, waitMs);
    };
    started.once('exit', (code, signal) =>
      onEnd(signal === null ? `ended with exit code ${String(code)}` : `was ended by ${signal}`),
    );
    started.once('error', (error) => onEnd(`could not be started: ${error.message}`));
  };
  start();

  return {
    firstDeath,
    keepRunning() {
      kept = true;
    },
    async stop(graceMs) {
      stopped = true;
      clearTimeout(restart);
      const running = child;
      if (running === null) return;
      const ended = new Promise((resolve) => running.once('exit', resolve));
      running.kill('SIGTERM');
      const tooLong = setTimeout(() => running.kill('SIGKILL'), graceMs);
      await ended;
      clearTimeout(tooLong);
    },
    kill() {
      stopped = true;
      clearTimeout(restart);
      child?.kill('SIGKILL');
    },
  };
}

/** Runs a command to its end, quietly: its output is shown only when it fails. */
import { spawn } from 'node:child_process';
import { SetupError } from './setup-error.mjs';

const killAfterMs = 5_000;
const shownLines = 40;

/**
 * The command runs in a process group of its own, so that an abort ends everything it started, and so that a Ctrl-C
 * in the terminal reaches it through the abort alone.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, env?: Record<string, string>, signal: AbortSignal, failure: string }} options
 *   `failure` is the first line of the message when it does not end with 0.
 * @returns {Promise<void>}
 */
export const runCommand = (command, args, { cwd, env, signal, failure }) =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let output = '';
    const keep = (chunk) => {
      output = (output + String(chunk)).slice(-200_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);

    let killTimer;
    const killGroup = (name) => {
      try {
        process.kill(-child.pid, name);
      } catch {
        // It has ended already.
      }
    };
    const abort = () => {
      killGroup('SIGTERM');
      killTimer = setTimeout(() => killGroup('SIGKILL'), killAfterMs);
    };
    signal.addEventListener('abort', abort, { once: true });
    const settle = (act) => {
      clearTimeout(killTimer);
      signal.removeEventListener('abort', abort);
      act();
    };

    child.once('error', (error) => settle(() => reject(new SetupError(`${failure}\n${error.message}`))));
    child.once('close', (code, endedBy) =>
      settle(() => {
        if (signal.aborted) reject(signal.reason);
        else if (code === 0) resolve();
        else {
          const lines = output.trimEnd().split('\n').slice(-shownLines);
          reject(new SetupError([failure, `(${endedBy ?? `exit code ${code}`})`, ...lines].join('\n')));
        }
      }),
    );
  });

/** The frame around a script: where the project is, signals as an abort, and errors as a message with an exit code. */
import path from 'node:path';
import { SetupError } from './setup-error.mjs';

const signalNumbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };

/** @param {(context: { root: string, signal: AbortSignal }) => Promise<void>} act */
export const runScript = async (act) => {
  const root = path.resolve(
    import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname),
    '..',
    '..',
  );
  const abort = new AbortController();
  let endedBy = null;
  const onSignal = (name) => {
    endedBy ??= name;
    abort.abort(new SetupError(`Stopped by ${name}.`));
  };
  for (const name of Object.keys(signalNumbers)) process.on(name, onSignal);
  // A shell in between may die of a signal that it does not pass on.
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid !== parent) onSignal('SIGHUP');
  }, 500);
  try {
    await act({ root, signal: abort.signal });
  } catch (error) {
    const known = abort.signal.aborted ? abort.signal.reason : error;
    const isMessage = known instanceof SetupError || known.name === 'ApiError';
    console.error(`\n${isMessage ? known.message : known.stack}`);
    process.exitCode = endedBy === null ? 1 : 128 + signalNumbers[endedBy];
  } finally {
    clearInterval(watch);
    for (const name of Object.keys(signalNumbers)) process.off(name, onSignal);
  }
};

/**
 * `npm run soak`: many small jobs of all kinds while processes are killed and frozen, Redis is emptied and PostgreSQL
 * crashes; then a judge looks whether every job ended truthfully, once, with the weights of a quiet run, and whether
 * everything else is as it was promised. Exit code 0 only if all held. docs/reliability.md tells the promises.
 */
import { writeFile } from 'node:fs/promises';
import { readOptions, usage, type SoakOptions } from './soak/options.ts';
import { runSoak } from './soak/run-soak.ts';
import { printed } from './soak/summary.ts';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => stop.abort(new Error(`stopped by ${signal}`)));

function optionsOrExit(): SoakOptions {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n${usage}`);
    return process.exit(2);
  }
}

const options = optionsOrExit();
try {
  const summary = await runSoak(options, (line) => console.log(line), stop.signal);
  console.log(printed(summary));
  if (options.json !== null) await writeFile(options.json, `${JSON.stringify(summary, null, 2)}\n`);
  process.exitCode = summary.held ? 0 : 1;
} catch (error) {
  console.error(stop.signal.aborted ? String(stop.signal.reason) : error);
  process.exitCode = 1;
}
// Listeners of jobs that never ended may still wait.
process.exit();

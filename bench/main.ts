/** `npm run bench -- <benchmark> [options]`: runs one benchmark by name. README.md says what each one measures. */
import { ingest } from './ingest.ts';
import { batchPredictions } from './batch-predictions.ts';
import { batches } from './batches.ts';
import { rows } from './rows.ts';
import { diagnosis } from './diagnosis.ts';
import { memory } from './memory.ts';
import { listeners } from './listeners.ts';
import { serve } from './serve.ts';
import { streams } from './streams.ts';
import { trainStep } from './train-step.ts';

const benchmarks: Record<string, (args: string[]) => Promise<void>> = {
  'train-step': trainStep,
  listeners,
  memory,
  ingest,
  batches,
  diagnosis,
  rows,
  serve,
  'batch-predictions': batchPredictions,
  streams,
};

const [name = '', ...args] = process.argv.slice(2);
const benchmark = benchmarks[name];
if (benchmark === undefined) {
  console.error(
    `expected the name of a benchmark (${Object.keys(benchmarks).join(', ')}), got ${name === '' ? 'none' : `«${name}»`}`,
  );
  process.exitCode = 2;
} else {
  await benchmark(args);
}

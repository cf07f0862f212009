/** Prepares the rows of a table and cuts batches of them, as a training does; by how much the process grew at most, in memory that it held. */
import { prepareRegression } from '../datasets/regression/prepare.ts';
import { resolveSpecification } from '../domain/training-jobs/resolve-specification.ts';
import type { RegressionSpecification } from '../engine/spec/tasks.ts';
import { keepingIn } from '../workers/train/keeping.ts';

const [tablePath = '', workFolder = ''] = process.argv.slice(2);
const batch = 32;
const batches = 50;

const specification = resolveSpecification({
  architecture: 'sequence_to_vector',
  data: {
    inputs: [{ column: 'audio', audio: 'raw', step_size: 160, max_seconds: 1 }],
    targets: [{ column: 'y' }],
  },
  model: { cell: 'gru' },
  output: { type: 'regression' },
  training: { seed: 1 },
}) as RegressionSpecification;
const before = process.memoryUsage().rss;
const start = performance.now();
const { parts, release } = await prepareRegression({
  tablePath,
  specification,
  workFolder,
  keeping: keepingIn(workFolder),
});
const preparedSeconds = (performance.now() - start) / 1000;
const { training } = parts;
const x = new Float32Array(batch * training.steps * training.inputSize);
const y = new Float32Array(batch);
const since = performance.now();
for (let index = 0; index < batches; index++)
  training.read(
    Uint32Array.from({ length: batch }, (_, n) => ((index * batch + n) * 7919) % training.count),
    x,
    y,
  );
const milliseconds = (performance.now() - since) / batches;
const rows = training.count + parts.validation.count + parts.test.count;
release();
console.log(
  JSON.stringify({
    steps_mb: Math.round((4 * rows * training.steps * training.inputSize) / 1e6),
    prepared_s: Number(preparedSeconds.toFixed(1)),
    grew_mb: Math.round((process.resourceUsage().maxRSS * 1024 - before) / 1e6),
    batch_ms: Number(milliseconds.toFixed(2)),
  }),
);

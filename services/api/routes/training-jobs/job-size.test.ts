import { Value } from 'typebox/value';
import { expect, it } from 'vitest';
import { parameterCountOf } from '../../../../engine/programs/parameter-count.ts';
import { trainingMemory } from '../../../../engine/programs/training-memory.ts';
import { TrainingSpecification } from '../../../../engine/spec/training-specification.ts';
import { jobSize } from './job-size.ts';

const plan = {
  task: 'forecast' as const,
  inputSize: 1,
  outputSize: 1,
  windows: { training: 100, validation: 10, test: 10 },
  series: 1,
};

function sizeOf(change: { architecture?: string; model?: object; training?: object; length?: number }) {
  const specification = Value.Parse(
    TrainingSpecification,
    Value.Default(TrainingSpecification, {
      architecture: change.architecture ?? 'sequence_to_vector',
      data: {
        inputs: [{ column: 'a' }],
        targets: [{ column: 'a' }],
        window: { length: change.length ?? 60 },
      },
      model: { cell: 'lstm', ...change.model },
      training: change.training ?? {},
    }),
  );
  const steps = change.length ?? 60;
  return jobSize(
    { parameterCount: parameterCountOf, trainingMemory, maxTrainingBytes: 16 * 2 ** 30 },
    specification,
    {
      ...plan,
      steps,
    },
  );
}

it('lets ordinary jobs pass, and counts no more windows than there are', () => {
  expect(sizeOf({ training: { batch_size: 65_536 } })).toMatchObject({ errors: [], batchSize: 100 });
  expect(sizeOf({ model: { hidden_size: 1024, layers: 2 } }).errors).toEqual([]);
});

it.each([
  [{ model: { hidden_size: 4096, layers: 16 } }, '/model/hidden_size', /at most 503316480 parameters/],
  [{ model: { hidden_size: 4096, layers: 3 } }, '/model/hidden_size', /at most 16 GiB .* about 21\.3 GiB/],
  [
    { length: 100_000, model: { layers: 4 } },
    '/training/batch_size',
    /32 windows of 100000 steps at a time, 4 layers of 64/,
  ],
  [
    { length: 100_000, model: { hidden_size: 4096 }, training: { batch_size: 1 } },
    '/model/hidden_size',
    /at most 16 GiB/,
  ],
])('refuses %j', (change, pointer, message) => {
  const { errors } = sizeOf(change);
  expect(errors).toEqual([{ pointer, message: expect.stringMatching(message) as unknown }]);
});

it('reckons with one part of a batch at a time', () => {
  const training = { batch_size: 64 };
  const whole = sizeOf({ training });
  const cut = sizeOf({ training: { ...training, accumulate: 8 } });
  expect(cut.memoryBytes).toBeLessThan(whole.memoryBytes / 4);
  expect(cut.batchSize).toBe(64);
});

it('reckons in stateful training with series that are read once, one row at a time', () => {
  const training = { batch_size: 10, epochs: 1 };
  const own = { architecture: 'sequence_to_sequence', length: 20 };
  const stateful = sizeOf({ ...own, training: { ...training, stateful: true } });
  const other = sizeOf({ ...own, training });
  // 10 batches in training; then one window with 10 before it that are read alone, instead of 10 windows in half of two batches
  const overhead = 4e5 * 20;
  const perWindow = stateful.parameterCount * 20;
  expect(stateful.estimatedWork - other.estimatedWork).toBeCloseTo(
    (11 - 0.5) * overhead + (11 - 10) * perWindow,
    3,
  );
  // what training carries from step to step
  expect(stateful.memoryBytes).toBeGreaterThan(other.memoryBytes);
});

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

it('reckons with texts as long, and of as many different tokens, as the table has', () => {
  const specification = Value.Parse(
    TrainingSpecification,
    Value.Default(TrainingSpecification, {
      architecture: 'encoder_decoder',
      data: {
        inputs: [{ column: 'a', encoding: 'words' }],
        targets: [{ column: 'b', encoding: 'words' }],
      },
      model: { cell: 'lstm', attention: {} },
      output: { type: 'tokens' },
    }),
  );
  const own = {
    ...plan,
    task: 'transduction' as const,
    embeddings: [{ vocabulary: 10_002, size: 64 }],
    padded: true,
    steps: 200,
    writtenSteps: 101,
    writes: { type: 'tokens', vocabulary: 10_004, embeddingSize: 64, pad: 0, start: 2, end: 3 } as const,
  };
  const parts = { parameterCount: parameterCountOf, trainingMemory, maxTrainingBytes: 16 * 2 ** 30 };
  const most = jobSize(parts, specification, own);
  const texts = { read: { steps: 6, tokens: 40 }, written: { steps: 4, tokens: 30 } };
  const found = jobSize(parts, specification, { ...own, texts });
  const same = jobSize(parts, specification, {
    ...own,
    embeddings: [{ vocabulary: 42, size: 64 }],
    steps: 6,
    writtenSteps: 5,
    writes: { ...own.writes, vocabulary: 34 },
  });
  expect(found.memoryBytes).toBe(same.memoryBytes);
  expect(found.memoryBytes).toBeLessThan(most.memoryBytes / 50);
  // what the network may come to
  expect(found.parameterCount).toBe(most.parameterCount);
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

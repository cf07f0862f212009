/** Networks that write sequences in the training loop: all that it does for windows it does for them. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { smallWriters } from '../programs/decoder/testing.ts';
import { randomStream } from '../random/random-stream.ts';
import { writtenSize, type WriterShape } from '../spec/decoder-shape.ts';
import type { EpochMetrics } from '../spec/epoch-metrics.ts';
import type { ScheduledSampling } from '../spec/scheduled-sampling.ts';
import type { TrainingOptions } from '../spec/training.ts';
import { decodeCheckpoint, encodeCheckpoint, type Checkpoint } from './checkpoint.ts';
import type { Sha256 } from './checkpoint-file.ts';
import { DivergedError } from './optimizer-runs.ts';
import { predict } from './predict.ts';
import { sequenceExamples, type SequenceSource } from './sequence-source.ts';
import { trainingOptions } from './testing.ts';
import { train, type TrainOptions } from './train.ts';
import { trainableWriter } from './trainable.ts';

const sha256: Sha256 = (parts) =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();

/** Random numbers or ids, of different lengths where the network takes such, whose targets follow from what is read. */
function examples(writer: WriterShape, count: number, name: string): SequenceSource {
  const { writes } = writer.decoder;
  const isVector = writer.architecture === 'vector_to_sequence';
  const I = isVector ? writer.vectorSize : writer.encoder.inputSize;
  const ids = isVector ? undefined : writer.encoder.embeddings?.[0];
  const padded = !isVector && writer.encoder.padded === true;
  const O = writtenSize(writer.decoder);
  const random = randomStream(7, name);
  const all = Array.from({ length: count }, () => {
    const T = isVector ? 1 : padded ? 1 + random.integer(7) : 5;
    const source = Array.from({ length: T * I }, () =>
      ids ? random.integer(ids.vocabulary) : 2 * random.next() - 1,
    );
    const S = writes.type === 'tokens' ? 2 + random.integer(4) : 4;
    const sum = source.reduce((total, value) => total + value, 0);
    const target = Array.from({ length: S * O }, (_, index) =>
      writes.type === 'numbers'
        ? Math.sin(sum + index)
        : index === S - 1
          ? writes.end
          : 3 + (Math.abs(Math.round(sum) + index) % (writes.vocabulary - 3)),
    );
    return { source, target, T, S };
  });
  return {
    count,
    steps: Math.max(...all.map(({ T }) => T)),
    ...(padded && { lengths: all.map(({ T }) => T) }),
    writtenSteps: Math.max(...all.map(({ S }) => S)),
    ...(writes.type === 'tokens' && { writtenLengths: all.map(({ S }) => S) }),
    read(numbers, { x, y, first }) {
      const N = numbers.length;
      numbers.forEach((number, n) => {
        const { source, target, T, S } = all[number]!;
        const put = (into: Float32Array, values: readonly number[], steps: number, size: number) => {
          for (let step = 0; step < steps; step++)
            into.set(values.slice(step * size, (step + 1) * size), (step * N + n) * size);
        };
        put(x, source, T, I);
        put(y, target, S, O);
        if (writes.type === 'numbers') put(first, target.slice(0, O), 1, O);
      });
    },
  };
}

interface Case {
  readonly writer: WriterShape;
  readonly training: TrainingOptions;
}

const withDropout = (writer: WriterShape): WriterShape => {
  const dropping = { dropout: 0.2, recurrentDropout: 0.1 };
  const decoder = { ...writer.decoder, ...dropping };
  return writer.architecture === 'encoder_decoder'
    ? { ...writer, decoder, encoder: { ...writer.encoder, ...dropping } }
    : { ...writer, decoder };
};

const cases: Record<string, Case> = Object.fromEntries(
  Object.entries(smallWriters).map(([name, writer], index) => [
    name,
    {
      writer: withDropout(writer),
      training: trainingOptions({
        epochs: 3,
        batch_size: 8,
        accumulate: index % 3 === 0 ? 2 : 1,
        learning_rate_schedule:
          index % 2 === 0
            ? { type: 'cosine', final_factor: 0.1 }
            : { type: 'reduce_on_plateau', factor: 0.5, patience: 0 },
        early_stopping: { patience: 2, min_delta: 0 },
        ...(index % 2 === 0 && { scheduled_sampling: { type: 'linear', from: 0, to: 0.6 } }),
      }),
    },
  ]),
);

const trainableOf = (writer: WriterShape, scheduledSampling?: ScheduledSampling) =>
  trainableWriter({
    network: writer,
    loss: writer.decoder.writes.type === 'tokens' ? { type: 'cross_entropy', label_smoothing: 0.1 } : 'mse',
    parts: {
      training: examples(writer, 45, 'training'),
      validation: examples(writer, 20, 'validation'),
    },
    scheduledSampling,
  });

async function run({ writer, training }: Case, others: Partial<TrainOptions> = {}) {
  const epochs: EpochMetrics[] = [];
  const result = await train({
    trainable: trainableOf(writer, training.scheduled_sampling),
    training,
    threads: 1,
    now: () => performance.now(),
    onEpoch: (metrics) => void epochs.push(metrics),
    ...others,
  });
  const { seconds, ...rest } = result;
  expect(seconds).toBeGreaterThanOrEqual(0);
  return { result: rest, epochs };
}

describe.each(Object.entries(cases))('%s', (_name, one) => {
  test('the same bits: at any pace, broken off and taken up, and with as many threads', async () => {
    const files: Uint8Array[] = [];
    // a clock that runs fast makes runs of one step: boundaries in mid-epoch
    let time = 0;
    const expected = await run(one, {
      now: () => (time += 10_000),
      onBoundary: (checkpoint: Checkpoint) =>
        files.push(Buffer.concat(encodeCheckpoint(checkpoint, {}, sha256))),
    });
    expect((await run(one)).result).toEqual(expected.result);
    for (const at of [1, Math.floor(files.length / 2), files.length - 2]) {
      const { checkpoint } = decodeCheckpoint(files[at]!, sha256);
      expect((await run(one, { resumeFrom: checkpoint })).result).toEqual(expected.result);
    }
    expect((await run(one, { threads: 2 })).result).toEqual((await run(one, { threads: 2 })).result);
  });

  test('learns, and epochs come with a look inside each layer', async () => {
    const { epochs } = await run({ ...one, training: { ...one.training, epochs: 8, early_stopping: null } });
    expect(epochs.at(-1)!.loss).toBeLessThan(epochs[0]!.loss);
    const { layers, steps, decoder_steps: decoderSteps } = epochs[0]!.diagnosis!;
    const { writer } = one;
    const encoder = writer.architecture === 'encoder_decoder' ? writer.encoder : null;
    const ways = encoder ? encoder.layers * (encoder.bidirectional === true ? 2 : 1) : 0;
    expect(layers).toHaveLength(ways + writer.decoder.layers);
    for (const { part, state_gradient_norms: norms } of layers) {
      expect(norms).toHaveLength((part === 'decoder' ? decoderSteps! : steps).length);
      expect(norms.some((norm) => norm > 0)).toBe(true);
    }
  });
});

test('numbers are judged by what the network writes on its own', async () => {
  const writer = smallWriters['vector to numbers']!;
  const trainable = trainableOf(writer);
  const { result } = await run({ writer, training: trainingOptions({ epochs: 2 }) });
  const source = examples(writer, 20, 'validation');
  const options = { trainable, parameters: result.parameters, threads: 1, batchSize: 7 };
  const written = await predict({ ...options, source: sequenceExamples(writer, source) });
  const O = writtenSize(writer.decoder);
  const y = new Float32Array(20 * 4 * O);
  const numbers = Uint32Array.from({ length: 20 }, (_, index) => index);
  const buffers = {
    x: new Float32Array(60),
    y,
    first: new Float32Array(20 * O),
    weights: new Float32Array(80),
  };
  source.read(numbers, buffers);
  const squares = numbers.reduce(
    (sum, row) =>
      sum +
      Array.from({ length: 4 * O }, (_, index) => {
        const [step, at] = [Math.floor(index / O), index % O];
        return (written[(row * 4 + step) * O + at]! - y[(step * 20 + row) * O + at]!) ** 2;
      }).reduce((total, square) => total + square, 0),
    0,
  );
  expect(squares / (80 * O)).toBeCloseTo(result.bestValidationLoss, 5);
  // targets but for the first are unknown to it: others change nothing that it writes
  const others: SequenceSource = {
    ...source,
    read: (own, into) => {
      source.read(own, into);
      into.y.fill(9);
    },
  };
  expect(await predict({ ...options, source: sequenceExamples(writer, others) })).toEqual(written);
});

test('scheduled sampling changes what is learnt, and a probability of 0 nothing', async () => {
  const writer = smallWriters['gru, padded ids, dot attention']!;
  const sampled = async (scheduled_sampling?: ScheduledSampling) =>
    (
      await run({
        writer,
        training: trainingOptions({ epochs: 2, ...(scheduled_sampling && { scheduled_sampling }) }),
      })
    ).result.parameters;
  const never = await sampled({ type: 'constant', probability: 0 });
  const always = await sampled({ type: 'constant', probability: 1 });
  const told = await sampled();
  never.forEach((value, index) => expect(value).toBeCloseTo(told[index]!, 3));
  expect(always).not.toEqual(never);
});

test('a loss that is no number ends training with its step', async () => {
  const writer = smallWriters['vector to numbers']!;
  const trainable = trainableOf(writer);
  const source = examples(writer, 45, 'training');
  const broken: SequenceSource = {
    ...source,
    read: (numbers, into) => {
      source.read(numbers, into);
      into.y.fill(Infinity);
    },
  };
  const parts = { ...trainable.parts, training: sequenceExamples(writer, broken) };
  const failure = run({ writer, training: trainingOptions() }, { trainable: { ...trainable, parts } });
  await expect(failure).rejects.toThrow(DivergedError);
  await expect(failure).rejects.toMatchObject({ step: 1 });
});

/** Networks that write sequences learn small tasks, and write what they learnt with the engine's search and with the exported file. */
import { expect, test } from 'vitest';
import { beamSearch } from '../../engine/decoding/beam-search.ts';
import { decoderOf, decodingPrograms } from '../../engine/decoding/decoder-sessions.ts';
import { greedy } from '../../engine/decoding/greedy.ts';
import { exportWriter } from '../../engine/programs/decoder/export-writer.ts';
import { randomStream } from '../../engine/random/random-stream.ts';
import { openSession } from '../../engine/runtime/session.ts';
import type { DecoderShape, TokenWriting, WriterShape } from '../../engine/spec/decoder-shape.ts';
import type { ScheduledSampling } from '../../engine/spec/scheduled-sampling.ts';
import { readSequences, sequencePairs, type SequencePair } from '../../engine/training/sequence-pairs.ts';
import { trainingOptions } from '../../engine/training/testing.ts';
import { train } from '../../engine/training/train.ts';
import { trainableWriter } from '../../engine/training/trainable.ts';

/** @param pairs - a tenth of them is held out for validation */
async function learn(
  network: WriterShape,
  writing: TokenWriting,
  pairs: readonly SequencePair[],
  o: { readonly epochs: number; readonly batch: number; readonly sampling?: ScheduledSampling },
): Promise<Float32Array> {
  const reads = network.architecture === 'encoder_decoder' ? 'ids' : 'vector';
  const held = pairs.length / 10;
  const { parameters } = await train({
    trainable: trainableWriter({
      network,
      loss: { type: 'cross_entropy', label_smoothing: 0 },
      parts: {
        training: sequencePairs(writing, reads, pairs.slice(held)),
        validation: sequencePairs(writing, reads, pairs.slice(0, held)),
      },
      scheduledSampling: o.sampling,
    }),
    training: trainingOptions({
      epochs: o.epochs,
      batch_size: o.batch,
      ...(o.sampling && { scheduled_sampling: o.sampling }),
    }),
    threads: 1,
    now: () => performance.now(),
    onEpoch: () => undefined,
  });
  return parameters;
}

const open = (bytes: Uint8Array) => openSession(bytes, { threads: 1 });

const digits: TokenWriting = {
  type: 'tokens',
  vocabulary: 13,
  embeddingSize: 12,
  pad: 10,
  start: 11,
  end: 12,
};
const decoder: DecoderShape = { cell: 'gru', hiddenSize: 32, layers: 1, writes: digits };

/** Digits in random number, and the same from back to front. */
function reversed(random: ReturnType<typeof randomStream>): SequencePair {
  const source = Array.from({ length: 2 + random.integer(4) }, () => random.integer(10));
  return { source, target: [...source].reverse() };
}

test('digits are written from back to front, with attention', { timeout: 120_000 }, async () => {
  const writer: WriterShape = {
    architecture: 'encoder_decoder',
    encoder: {
      cell: 'gru',
      inputSize: 1,
      embeddings: [{ vocabulary: 10, size: 12 }],
      padded: true,
      hiddenSize: 32,
      layers: 1,
    },
    decoder: { ...decoder, attention: { score: 'scaled_dot' } },
  };
  const random = randomStream(3, 'pairs');
  const pairs = Array.from({ length: 8000 }, () => reversed(random));
  const parameters = await learn(writer, digits, pairs, {
    epochs: 8,
    batch: 64,
    sampling: { type: 'linear', from: 0, to: 0.3 },
  });

  const held = Array.from({ length: 200 }, () => reversed(random));
  const read = readSequences(held.map(({ source }) => source));
  const right = (written: readonly (readonly number[])[]) =>
    held.filter(({ target }, row) => target.join() === written[row]!.join()).length / held.length;
  const programs = decodingPrograms(writer);
  const sessions = { start: await open(programs.start), step: await open(programs.step) };
  const run = decoderOf(writer, parameters, sessions);
  const likeliest = await greedy(run, digits, read, 6);
  expect(right(likeliest.map(({ tokens }) => tokens))).toBeGreaterThan(0.95);
  const beams = await beamSearch(run, digits, read, { width: 3, lengthPenalty: 0.6, maxLength: 6 });
  expect(right(beams.map(([best]) => best!.tokens))).toBeGreaterThan(0.95);

  const { model } = exportWriter({ writer, parameters, maxSteps: 7, metadata: {} });
  const exported = await open(model);
  const { y } = await exported.run(read);
  const width = y!.dims[1]!;
  likeliest.forEach(({ tokens, ended }, row) => {
    const own = [...y!.data.subarray(row * width, (row + 1) * width)];
    expect(own.slice(0, tokens.length + 1)).toEqual([...tokens, ...(ended ? [digits.end] : [])]);
  });
  for (const one of [exported, ...Object.values(sessions)]) await one.release();
});

test('a vector becomes a word', { timeout: 60_000 }, async () => {
  const names = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
  const alphabet = [...new Set(names.join(''))];
  const letters: TokenWriting = {
    type: 'tokens',
    vocabulary: alphabet.length + 3,
    embeddingSize: 8,
    pad: alphabet.length,
    start: alphabet.length + 1,
    end: alphabet.length + 2,
  };
  const writer: WriterShape = {
    architecture: 'vector_to_sequence',
    vectorSize: 10,
    feedVector: true,
    decoder: { cell: 'lstm', hiddenSize: 24, layers: 1, writes: letters },
  };
  const random = randomStream(5, 'vectors');
  /** A noisy one-hot vector. */
  const vector = (digit: number) =>
    Array.from({ length: 10 }, (_, index) => (index === digit ? 1 : 0) + 0.2 * (random.next() - 0.5));
  const pairOf = (digit: number): SequencePair => ({
    source: vector(digit),
    target: names[digit]!.split('').map((letter) => alphabet.indexOf(letter)),
  });
  const pairs = Array.from({ length: 1000 }, () => pairOf(random.integer(10)));
  const parameters = await learn(writer, letters, pairs, { epochs: 9, batch: 32 });
  const programs = decodingPrograms(writer);
  const sessions = { start: await open(programs.start), step: await open(programs.step) };
  const run = decoderOf(writer, parameters, sessions);
  const x = { data: Float32Array.from(names.flatMap((_, digit) => vector(digit))), dims: [10, 10] };
  const words = await greedy(run, letters, { x }, 6);
  expect(words.map(({ tokens }) => tokens.map((id) => alphabet[id]).join(''))).toEqual(names);
  for (const one of Object.values(sessions)) await one.release();
});

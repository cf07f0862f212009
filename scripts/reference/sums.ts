/**
 * Adding numbers written as text (Zaremba & Sutskever 2014; this size is that of the Keras example «addition_rnn»): of 50,000 different sums of numbers
 * with up to 3 digits, nine tenths are learnt and a tenth is held out. The sum is read from back to front (Sutskever et al. 2014).
 */
import { decoderOf, decodingPrograms } from '../../engine/decoding/decoder-sessions.ts';
import { greedy } from '../../engine/decoding/greedy.ts';
import { compile } from '../../engine/programs/compile.ts';
import { initialWriterParameters } from '../../engine/programs/decoder/initial-writer-parameters.ts';
import { writerProblem } from '../../engine/programs/decoder/writer-loss.ts';
import { optimizationProgram } from '../../engine/programs/optimization-program.ts';
import { permutation, randomStream } from '../../engine/random/random-stream.ts';
import { openSession } from '../../engine/runtime/session.ts';
import type { AttentionScore, TokenWriting, WriterShape } from '../../engine/spec/decoder-shape.ts';
import {
  readBatches,
  readSequences,
  writtenBatches,
  type SequencePair,
} from '../../engine/training/sequence-pairs.ts';
import { writerSteps } from '../../engine/training/writer-steps.ts';
import type { ReferenceProblem } from './problem.ts';

const alphabet = '0123456789+';
const writing: TokenWriting = {
  type: 'tokens',
  vocabulary: 13,
  embeddingSize: 16,
  pad: 10,
  start: 11,
  end: 12,
};
const idsOf = (text: string): number[] => text.split('').map((sign) => alphabet.indexOf(sign));
const hardest = 1000;
const clipNorm = 1;
/** Of the optimiser's steps in one run of the program. */
const stepsPerRun = 20;

function network(units: number, attention: string): WriterShape {
  return {
    architecture: 'encoder_decoder',
    encoder: {
      cell: 'lstm',
      inputSize: 1,
      embeddings: [{ vocabulary: alphabet.length, size: 16 }],
      padded: true,
      hiddenSize: units,
      layers: 1,
    },
    decoder: {
      cell: 'lstm',
      hiddenSize: units,
      layers: 1,
      writes: writing,
      ...(attention !== 'none' && { attention: { score: attention as AttentionScore } }),
    },
  };
}

/** Different sums, in random order. */
function sums(count: number, seed: number): readonly SequencePair[] {
  const random = randomStream(seed, 'sums');
  const known = new Set<string>();
  const found: SequencePair[] = [];
  // as many of one digit as of three, as far as there are different ones
  const number = () => random.integer([10, 100, hardest][random.integer(3)]!);
  while (found.length < count) {
    const [a, b] = [number(), number()];
    const key = [Math.min(a, b), Math.max(a, b)].join('+');
    if (known.has(key)) continue;
    known.add(key);
    found.push({ source: idsOf(`${a}+${b}`).reverse(), target: idsOf(String(a + b)) });
  }
  return found;
}

export const sumsProblem: ReferenceProblem = {
  description: 'adding numbers written as text, up to 3 digits',
  options: {
    seed: '1',
    examples: '50000',
    units: '128',
    attention: 'none',
    epochs: '60',
    batch: '128',
    'learning-rate': '0.004',
    threads: '1',
  },
  run: async (options, say) => {
    const [seed, examples, units, epochs, N] = ['seed', 'examples', 'units', 'epochs', 'batch'].map((name) =>
      Number(options[name]),
    ) as [number, number, number, number, number];
    const highest = Number(options['learning-rate']);
    const threads = Number(options.threads);
    const writer = network(units, options.attention!);
    const all = sums(examples, seed);
    const held = all.slice(0, Math.floor(examples / 10));
    const learnt = all.slice(held.length);

    const adam = {
      type: 'adam',
      learning_rate: highest,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
    } as const;
    const problem = writerProblem({ writer, loss: { type: 'cross_entropy', label_smoothing: 0 } });
    const program = compile(optimizationProgram(problem, { optimizer: adam, clipNorm }));
    const session = await openSession(program, { threads });
    const steps = writerSteps(session, adam, initialWriterParameters(writer, seed));
    const programs = decodingPrograms(writer);
    const sessions = {
      start: await openSession(programs.start, { threads }),
      step: await openSession(programs.step, { threads }),
    };
    const read = readSequences(held.map(({ source }) => source));
    const shareRight = async (): Promise<number> => {
      const decoder = decoderOf(writer, steps.parameters(), sessions);
      const written = await greedy(decoder, writing, read, 5);
      return (
        held.filter(({ target }, row) => target.join() === written[row]!.tokens.join()).length / held.length
      );
    };

    const perEpoch = Math.floor(learnt.length / N);
    let right = 0;
    let firstAbove: number | null = null;
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const order = permutation(learnt.length, randomStream(seed, `order ${epoch}`));
      const losses: number[] = [];
      for (let step = 0; step < perEpoch; step += stepsPerRun) {
        const batches = Array.from({ length: Math.min(stepsPerRun, perEpoch - step) }, (_, k) =>
          Array.from({ length: N }, (_row, n) => learnt[order[(step + k) * N + n]!]!),
        );
        const share = ((epoch - 1) * perEpoch + step) / (epochs * perEpoch);
        const rate = 0.5 * highest * (1 + Math.cos(Math.PI * share));
        losses.push(
          ...(await steps.take({ ...readBatches(batches), ...writtenBatches(writing, batches) }, rate)),
        );
      }
      right = await shareRight();
      if (right >= 0.99) firstAbove ??= epoch;
      const loss = losses.reduce((total, value) => total + value, 0) / losses.length;
      say(`epoch ${epoch}: loss ${loss.toFixed(4)}, ${(100 * right).toFixed(2)} % of held-out sums right`);
    }
    for (const one of [session, ...Object.values(sessions)]) await one.release();
    return `${(100 * right).toFixed(2)} % of ${held.length} held-out sums exactly right after ${epochs} epochs; 99 % ${firstAbove === null ? 'not reached' : `reached in epoch ${firstAbove}`}`;
  },
};

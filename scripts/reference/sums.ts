/**
 * Adding numbers written as text (Zaremba & Sutskever 2014; this size is that of the Keras example «addition_rnn»): of 50,000 different sums of numbers
 * with up to 3 digits, nine tenths are learnt and a tenth is held out. The sum is read from back to front (Sutskever et al. 2014).
 */
import { decoderOf, decodingPrograms } from '../../engine/decoding/decoder-sessions.ts';
import { greedy } from '../../engine/decoding/greedy.ts';
import { randomStream } from '../../engine/random/random-stream.ts';
import { openSession } from '../../engine/runtime/session.ts';
import type { CellKind } from '../../engine/spec/cells.ts';
import type { AttentionScore, TokenWriting, WriterShape } from '../../engine/spec/decoder-shape.ts';
import { readSequences, type SequencePair } from '../../engine/training/sequence-pairs.ts';
import { trainOnPairs } from './pairs.ts';
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

/** @param told - what goes into every step of the decoder: what it wrote last, what was read, or both */
function network(
  { cell, attention, told, both }: Readonly<Record<'cell' | 'attention' | 'told' | 'both', string>>,
  units: number,
): WriterShape {
  return {
    architecture: 'encoder_decoder',
    encoder: {
      cell: cell as CellKind,
      inputSize: 1,
      embeddings: [{ vocabulary: alphabet.length, size: 16 }],
      padded: true,
      hiddenSize: units,
      layers: 1,
      bidirectional: both === 'yes',
    },
    decoder: {
      cell: cell as CellKind,
      hiddenSize: units,
      layers: 1,
      writes: writing,
      feedContext: told !== 'written',
      feedOutput: told !== 'read',
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
    cell: 'lstm',
    units: '128',
    attention: 'none',
    told: 'written',
    both: 'no',
    epochs: '60',
    batch: '128',
    'learning-rate': '0.004',
    'weight-decay': '0',
    threads: '1',
  },
  run: async (options, say) => {
    const [seed, examples, units, epochs, N] = ['seed', 'examples', 'units', 'epochs', 'batch'].map((name) =>
      Number(options[name]),
    ) as [number, number, number, number, number];
    const highest = Number(options['learning-rate']);
    const threads = Number(options.threads);
    const writer = network(options, units);
    const all = sums(examples, seed);
    const held = all.slice(0, Math.floor(examples / 10));
    const learnt = all.slice(held.length);

    const programs = decodingPrograms(writer);
    const sessions = {
      start: await openSession(programs.start, { threads }),
      step: await openSession(programs.step, { threads }),
    };
    const read = readSequences(held.map(({ source }) => source));
    const shareRight = async (parameters: Float32Array): Promise<number> => {
      const decoder = decoderOf(writer, parameters, sessions);
      const written = await greedy(decoder, writing, read, 5);
      return (
        held.filter(({ target }, row) => target.join() === written[row]!.tokens.join()).length / held.length
      );
    };

    let right = 0;
    /** The epochs at whose end 99 % are right. */
    const above: number[] = [];
    await trainOnPairs({
      network: writer,
      writing,
      learnt,
      held: held.slice(0, 500),
      epochs,
      batch: N,
      learningRate: highest,
      weightDecay: Number(options['weight-decay']),
      seed,
      threads,
      observe: async (epoch, loss, parameters) => {
        right = await shareRight(parameters);
        if (right >= 0.99) above.push(epoch);
        say(`epoch ${epoch}: loss ${loss.toFixed(4)}, ${(100 * right).toFixed(2)} % of held-out sums right`);
      },
    });
    for (const one of Object.values(sessions)) await one.release();
    return `${(100 * right).toFixed(2)} % of ${held.length} held-out sums exactly right after ${epochs} epochs; 99 % ${above.length === 0 ? 'not reached' : `reached in epoch ${above[0]}`}`;
  },
};

/** From a vector to a sequence: of the 784 numbers of a handwritten digit its English name is written, letter by letter. */
import { decoderOf, decodingPrograms } from '../../engine/decoding/decoder-sessions.ts';
import { greedy } from '../../engine/decoding/greedy.ts';
import { openSession } from '../../engine/runtime/session.ts';
import type { CellKind } from '../../engine/spec/cells.ts';
import type { TokenWriting, WriterShape } from '../../engine/spec/decoder-shape.ts';
import type { SequencePair } from '../../engine/training/sequence-pairs.ts';
import { digitImages, pixelsOfDigits, type DigitImage } from './digit-images.ts';
import { trainOnPairs } from './pairs.ts';
import type { ReferenceProblem } from './problem.ts';

const names = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
const alphabet = [...new Set(names.join(''))];
const letters: TokenWriting = {
  type: 'tokens',
  vocabulary: alphabet.length + 3,
  embeddingSize: 16,
  pad: alphabet.length,
  start: alphabet.length + 1,
  end: alphabet.length + 2,
};
const longest = Math.max(...names.map(({ length }) => length));

const pairOf = ({ pixels: source, digit }: DigitImage): SequencePair => ({
  source: [...source],
  target: names[digit]!.split('').map((letter) => alphabet.indexOf(letter)),
});

export const digitsToWords: ReferenceProblem = {
  description: 'the English names of handwritten digits, written from their pixels',
  options: {
    seed: '1',
    cell: 'lstm',
    units: '128',
    epochs: '20',
    batch: '50',
    'learning-rate': '0.001',
    threads: '1',
  },
  run: async (options, say) => {
    const [seed, hiddenSize, epochs, N, threads] = ['seed', 'units', 'epochs', 'batch', 'threads'].map(
      (name) => Number(options[name]),
    ) as [number, number, number, number, number];
    const writer: WriterShape = {
      architecture: 'vector_to_sequence',
      vectorSize: pixelsOfDigits,
      decoder: { cell: options.cell as CellKind, hiddenSize, layers: 1, writes: letters },
    };
    const programs = decodingPrograms(writer);
    const sessions = {
      start: await openSession(programs.start, { threads }),
      step: await openSession(programs.step, { threads }),
    };
    const { learnt, held } = digitImages(seed);
    const heldX = Float32Array.from(held.flatMap((image) => [...image.pixels]));
    const shareRight = async (parameters: Float32Array): Promise<number> => {
      const decoder = decoderOf(writer, parameters, sessions);
      const read = { x: { data: heldX, dims: [held.length, pixelsOfDigits] } };
      const written = await greedy(decoder, letters, read, longest);
      const words = written.map(({ tokens }) => tokens.map((id) => alphabet[id]).join(''));
      return held.filter(({ digit }, row) => words[row] === names[digit]).length / held.length;
    };
    let right = 0;
    await trainOnPairs({
      network: writer,
      writing: letters,
      learnt: learnt.map(pairOf),
      held: held.slice(0, 500).map(pairOf),
      epochs,
      batch: N,
      learningRate: Number(options['learning-rate']),
      seed,
      threads,
      observe: async (epoch, loss, parameters) => {
        right = await shareRight(parameters);
        say(
          `epoch ${epoch}: loss ${loss.toFixed(4)}, ${(100 * right).toFixed(2)} % of held-out names exactly right`,
        );
      },
    });
    for (const one of Object.values(sessions)) await one.release();
    return `${(100 * right).toFixed(2)} % of ${held.length} held-out names exactly right after ${epochs} epochs of ${learnt.length}`;
  },
};

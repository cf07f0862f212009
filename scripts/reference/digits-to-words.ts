/** From a vector to a sequence: of the 784 numbers of a handwritten digit its English name is written, letter by letter. */
import { decoderOf, decodingPrograms } from '../../engine/decoding/decoder-sessions.ts';
import { greedy } from '../../engine/decoding/greedy.ts';
import { compile } from '../../engine/programs/compile.ts';
import { initialWriterParameters } from '../../engine/programs/decoder/initial-writer-parameters.ts';
import { writerProblem } from '../../engine/programs/decoder/writer-loss.ts';
import { optimizationProgram } from '../../engine/programs/optimization-program.ts';
import { openSession } from '../../engine/runtime/session.ts';
import type { CellKind } from '../../engine/spec/cells.ts';
import type { TokenWriting, WriterShape } from '../../engine/spec/decoder-shape.ts';
import { writtenBatches, type SequencePair } from '../../engine/training/sequence-pairs.ts';
import { writerSteps } from '../../engine/training/writer-steps.ts';
import { digitImages, inEpochs, pixelsOfDigits, type DigitImage } from './digit-images.ts';
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
const stepsPerRun = 20;

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
    const highest = Number(options['learning-rate']);
    const adam = { type: 'adam', learning_rate: highest, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;
    const problem = writerProblem({ writer, loss: { type: 'cross_entropy', label_smoothing: 0 } });
    const session = await openSession(
      compile(optimizationProgram(problem, { optimizer: adam, clipNorm: 1 })),
      {
        threads,
      },
    );
    const steps = writerSteps(session, adam, initialWriterParameters(writer, seed));
    const programs = decodingPrograms(writer);
    const sessions = {
      start: await openSession(programs.start, { threads }),
      step: await openSession(programs.step, { threads }),
    };
    const { learnt, held } = digitImages(seed);
    const next = inEpochs(learnt, seed);
    const heldX = Float32Array.from(held.flatMap((image) => [...image.pixels]));
    const shareRight = async (): Promise<number> => {
      const decoder = decoderOf(writer, steps.parameters(), sessions);
      const read = { x: { data: heldX, dims: [held.length, pixelsOfDigits] } };
      const written = await greedy(decoder, letters, read, longest);
      const words = written.map(({ tokens }) => tokens.map((id) => alphabet[id]).join(''));
      return held.filter(({ digit }, row) => words[row] === names[digit]).length / held.length;
    };
    const perEpoch = Math.floor(learnt.length / N);
    let right = 0;
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const losses: number[] = [];
      for (let step = 0; step < perEpoch; step += stepsPerRun) {
        const K = Math.min(stepsPerRun, perEpoch - step);
        const batches = Array.from({ length: K }, () => Array.from({ length: N }, () => pairOf(next())));
        const x = Float32Array.from(batches.flat().flatMap(({ source }) => source));
        const share = ((epoch - 1) * perEpoch + step) / (epochs * perEpoch);
        losses.push(
          ...(await steps.take(
            { x: { data: x, dims: [K, N, pixelsOfDigits] }, ...writtenBatches(letters, batches) },
            0.5 * highest * (1 + Math.cos(Math.PI * share)),
          )),
        );
      }
      right = await shareRight();
      const loss = losses.reduce((total, value) => total + value, 0) / losses.length;
      say(
        `epoch ${epoch}: loss ${loss.toFixed(4)}, ${(100 * right).toFixed(2)} % of held-out names exactly right`,
      );
    }
    for (const one of [session, ...Object.values(sessions)]) await one.release();
    return `${(100 * right).toFixed(2)} % of ${held.length} held-out names exactly right after ${epochs} epochs of ${learnt.length}`;
  },
};

/**
 * Handwritten digits, read row by row (28 steps of 28 numbers) or pixel by pixel (784 steps of one number; Le et al. 2015, arXiv 1504.00941), and named after
 * the last step. With `--shrink 2` a pixel is the mean of 2 × 2: 14 steps, or 196. Gated cells start with orthogonal recurrent weights, the relu network («irnn») with the identity, as there.
 */
import type { Initialization } from '../../engine/spec/initialization.ts';
import type { NetworkShape } from '../../engine/spec/network-shape.ts';
import { digitImages, inEpochs, shrunk, sideOfDigits, type DigitImage } from './digit-images.ts';
import type { ReferenceProblem } from './problem.ts';
import { trainOnWindows, type Windows } from './windows.ts';

const classes = 10;
const updatesPerRun = 20;
const orthogonal: Initialization = { input: 'uniform', recurrent: 'orthogonal' };

const networks: Readonly<
  Record<string, { shape: Pick<NetworkShape, 'cell' | 'activation'>; initialization: Initialization }>
> = {
  lstm: { shape: { cell: 'lstm' }, initialization: { ...orthogonal, forget_bias: 1 } },
  gru: { shape: { cell: 'gru' }, initialization: orthogonal },
  rnn: {
    shape: { cell: 'rnn', activation: 'tanh' },
    initialization: { input: 'uniform', recurrent: 'uniform' },
  },
  irnn: {
    shape: { cell: 'rnn', activation: 'relu' },
    initialization: { input: 'uniform', recurrent: 'identity' },
  },
};
const widths: Readonly<Record<string, (side: number) => number>> = { rows: (side) => side, pixels: () => 1 };

const windowsOf = (images: readonly DigitImage[]): Windows => {
  const size = images[0]!.pixels.length;
  const x = new Float32Array(images.length * size);
  images.forEach(({ pixels }, row) => {
    x.set(pixels, row * size);
  });
  return { x, y: Float32Array.from(images, ({ digit }) => digit) };
};

export const digits: ReferenceProblem = {
  description:
    'handwritten digits, read by --read rows or pixels; --network lstm, gru, rnn (tanh) or irnn (relu)',
  options: {
    seed: '1',
    network: 'lstm',
    read: 'rows',
    shrink: '1',
    units: '64',
    epochs: '20',
    batch: '50',
    'learning-rate': '0.002',
    clip: '1',
    threads: '1',
  },
  run: async (options, say) => {
    const [seed, hiddenSize, epochs, batch, threads, shrink] = [
      'seed',
      'units',
      'epochs',
      'batch',
      'threads',
      'shrink',
    ].map((name) => Number(options[name])) as [number, number, number, number, number, number];
    const network = networks[options.network!];
    const width = widths[options.read!];
    if (!network || !width) throw new Error('--network, --read: expected one of those named');
    const side = sideOfDigits / shrink;
    const inputSize = width(side);
    const steps = (side * side) / inputSize;
    const { learnt, held } = shrunk(digitImages(seed), shrink);
    const next = inEpochs(learnt, seed);
    // whole runs of the program
    const perEpoch = Math.ceil(learnt.length / batch / updatesPerRun) * updatesPerRun;
    const highest = Number(options['learning-rate']);
    const updates = epochs * perEpoch;
    const losses: number[] = [];
    const heldWindows = windowsOf(held);
    const shareRight = (prediction: Float32Array): number =>
      held.filter(({ digit }, row) => {
        const scores = prediction.subarray(row * classes, (row + 1) * classes);
        return scores.indexOf(Math.max(...scores)) === digit;
      }).length / held.length;
    let right = 0;
    let best = 0;
    await trainOnWindows({
      network: {
        architecture: 'sequence_to_vector',
        ...network.shape,
        inputSize,
        hiddenSize,
        layers: 1,
        outputSize: classes,
      },
      loss: { type: 'cross_entropy', label_smoothing: 0 },
      lossSteps: 'last',
      seed,
      threads,
      learningRate: (taken) => 0.5 * highest * (1 + Math.cos((Math.PI * taken) / updates)),
      clipNorm: Number(options.clip),
      initialization: network.initialization,
      steps,
      targetSteps: 1,
      targetSize: 1,
      batch,
      updates,
      updatesPerRun,
      windows: (count) => windowsOf(Array.from({ length: count }, next)),
      observe: async (taken, loss, evaluate) => {
        losses.push(loss);
        if (taken % perEpoch !== 0) return;
        right = shareRight((await evaluate(heldWindows)).prediction);
        best = Math.max(best, right);
        const mean = losses.reduce((total, one) => total + one, 0) / losses.length;
        losses.length = 0;
        say(
          `epoch ${taken / perEpoch}: loss ${mean.toFixed(4)}, ${(100 * right).toFixed(2)} % of held-out digits right`,
        );
      },
    });
    return `${(100 * right).toFixed(2)} % of ${held.length} held-out digits named right after ${epochs} epochs of ${learnt.length} (best epoch ${(100 * best).toFixed(2)} %)`;
  },
};

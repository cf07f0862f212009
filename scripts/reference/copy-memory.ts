/**
 * Copy memory (Hochreiter & Schmidhuber 1997; in the set-up of Bai et al. 2018, arXiv 1803.01271): ten digits from 1 to 8, T − 1 zeros, a sign, ten
 * zeros: the digits are to be repeated after the sign, and nothing before. Who remembers nothing has a cross entropy of 10 ln 8 / (T + 20).
 */
import { randomStream } from '../../engine/random/random-stream.ts';
import type { CellKind } from '../../engine/spec/cells.ts';
import type { ReferenceProblem } from './problem.ts';
import { trainOnWindows, type Windows } from './windows.ts';

const heldOut = 500;
const digits = 10;
const symbols = 10;

export const copyMemory: ReferenceProblem = {
  description: 'ten digits repeated after a long silence',
  options: {
    seed: '1',
    cell: 'lstm',
    silence: '100',
    units: '128',
    updates: '4000',
    batch: '32',
    'learning-rate': '0.001',
    'forget-bias': '1',
    threads: '1',
  },
  run: async (options, say) => {
    const [seed, silence, hiddenSize, updates, batch, threads] = [
      'seed',
      'silence',
      'units',
      'updates',
      'batch',
      'threads',
    ].map((name) => Number(options[name])) as [number, number, number, number, number, number];
    const T = silence + 2 * digits;
    const random = randomStream(seed, 'copy memory');
    /** One-hot inputs, and the classes that are wanted. */
    const windows = (count: number): Windows => {
      const [x, y] = [new Float32Array(count * T * symbols), new Float32Array(count * T)];
      for (let row = 0; row < count; row++) {
        for (let t = 0; t < T; t++) {
          const digit = 1 + random.integer(8);
          const isSign = t === T - digits - 1;
          const shown = t < digits ? digit : isSign ? symbols - 1 : 0;
          x[(row * T + t) * symbols + shown] = 1;
          if (t < digits) y[row * T + T - digits + t] = digit;
        }
      }
      return { x, y };
    };
    const baseline = (digits * Math.log(8)) / T;
    const evaluate = await trainOnWindows({
      network: {
        architecture: 'sequence_to_sequence',
        cell: options.cell as CellKind,
        inputSize: symbols,
        hiddenSize,
        layers: 1,
        outputSize: symbols,
      },
      loss: { type: 'cross_entropy', label_smoothing: 0 },
      lossSteps: 'all',
      seed,
      threads,
      learningRate: Number(options['learning-rate']),
      clipNorm: 1,
      initialization: {
        input: 'uniform',
        recurrent: 'orthogonal',
        forget_bias: Number(options['forget-bias']),
      },
      steps: T,
      targetSteps: T,
      targetSize: 1,
      batch,
      updates,
      updatesPerRun: 20,
      windows,
      observe: (taken, loss) => {
        if (taken % 200 === 0) say(`update ${taken}: cross entropy ${loss.toPrecision(3)}`);
      },
    });
    const held = windows(heldOut);
    const { loss, prediction } = await evaluate(held);
    let right = 0;
    for (let t = T - digits; t < T; t++) {
      for (let row = 0; row < heldOut; row++) {
        const scores = prediction.subarray((row * T + t) * symbols, (row * T + t + 1) * symbols);
        if (scores.indexOf(Math.max(...scores)) === held.y[row * T + t]) right++;
      }
    }
    return `cross entropy ${loss.toPrecision(2)} (remembering nothing: ${baseline.toPrecision(2)}), ${((100 * right) / (heldOut * digits)).toFixed(1)} % of the digits right, ${heldOut} other sequences, after ${updates} updates`;
  },
};

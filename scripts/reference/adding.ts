/**
 * The adding problem (Hochreiter & Schmidhuber 1997, task 4): T numbers from 0 to 1, two of them marked, one in each half; their sum is wanted after the last.
 * Always answering 1 has a squared error of 0.167; below a hundredth of that the network has found both.
 */
import { randomStream } from '../../engine/random/random-stream.ts';
import type { CellKind } from '../../engine/spec/cells.ts';
import type { ReferenceProblem } from './problem.ts';
import { trainOnWindows, type Windows } from './windows.ts';

const heldOut = 1000;

export const adding: ReferenceProblem = {
  description: 'the sum of two marked numbers among many',
  options: {
    seed: '1',
    cell: 'lstm',
    steps: '100',
    units: '128',
    updates: '6000',
    batch: '50',
    'learning-rate': '0.001',
    'layer-norm': 'false',
    // with orthogonal recurrent weights; without, all weights are PyTorch's
    'forget-bias': 'none',
    threads: '1',
  },
  run: async (options, say) => {
    const [seed, T, hiddenSize, updates, batch, threads] = [
      'seed',
      'steps',
      'units',
      'updates',
      'batch',
      'threads',
    ].map((name) => Number(options[name])) as [number, number, number, number, number, number];
    const random = randomStream(seed, 'adding');
    const windows = (count: number): Windows => {
      const [x, y] = [new Float32Array(count * T * 2), new Float32Array(count)];
      const half = Math.floor(T / 2);
      for (let row = 0; row < count; row++) {
        for (let t = 0; t < T; t++) x[(row * T + t) * 2] = random.next();
        for (const marked of [random.integer(half), half + random.integer(T - half)]) {
          x[(row * T + marked) * 2 + 1] = 1;
          y[row]! += x[(row * T + marked) * 2]!;
        }
      }
      return { x, y };
    };
    const threshold = 0.167 / 100;
    /** After how many updates a run of 20 was below it. */
    const reached: number[] = [];
    const evaluate = await trainOnWindows({
      network: {
        architecture: 'sequence_to_vector',
        cell: options.cell as CellKind,
        inputSize: 2,
        hiddenSize,
        layers: 1,
        outputSize: 1,
        layerNorm: options['layer-norm'] === 'true',
      },
      loss: 'mse',
      lossSteps: 'last',
      seed,
      threads,
      learningRate: Number(options['learning-rate']),
      clipNorm: 1,
      ...(options['forget-bias'] !== 'none' && {
        initialization: {
          input: 'uniform' as const,
          recurrent: 'orthogonal' as const,
          forget_bias: Number(options['forget-bias']),
        },
      }),
      steps: T,
      targetSteps: 1,
      targetSize: 1,
      batch,
      updates,
      updatesPerRun: 20,
      windows,
      observe: (taken, loss) => {
        if (loss < threshold) reached.push(taken);
        if (taken % 200 === 0) say(`update ${taken}: squared error ${loss.toPrecision(3)}`);
      },
    });
    const { loss } = await evaluate(windows(heldOut));
    return `squared error ${loss.toPrecision(2)} on ${heldOut} other sequences of ${T} steps after ${updates} updates; below ${threshold.toFixed(4)} ${reached.length === 0 ? 'never' : `first at update ${reached[0]!}`}`;
  },
};

/** For tests of training: windows of a noisy sine, in memory. */
import { randomStream } from '../random/random-stream.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import type { TrainingOptions } from '../spec/training.ts';
import type { WindowSource } from './window-source.ts';

export function sineWindows(count: number, targetSteps: 1 | 'all' = 1, first = 0): WindowSource {
  const steps = 12;
  const noise = randomStream(5, 'noise');
  const values = Array.from(
    { length: first + count + steps },
    (_, t) => Math.sin(t / 3) + 0.05 * noise.next(),
  );
  return {
    count,
    steps,
    inputSize: 1,
    targetSteps: targetSteps === 'all' ? steps : 1,
    outputSize: 1,
    read: (windows, x, y) => {
      const N = windows.length;
      windows.forEach((window, n) => {
        for (let t = 0; t < steps; t++) {
          x[t * N + n] = values[first + window + t]!;
          if (targetSteps === 'all') y[t * N + n] = values[first + window + t + 1]!;
        }
        if (targetSteps === 1) y[n] = values[first + window + steps]!;
      });
    },
  };
}

/** Windows of a noisy sine that follow each other, each value the target of the one before it; a new series begins at each of `seriesStarts`. */
export function sineStreams(count: number, seriesStarts: readonly number[]): WindowSource {
  const steps = 10;
  const noise = randomStream(6, 'noise');
  const values = Array.from({ length: count * steps + 1 }, (_, t) => Math.sin(t / 3) + 0.05 * noise.next());
  return {
    count,
    steps,
    inputSize: 1,
    targetSteps: steps,
    outputSize: 1,
    seriesStarts,
    read: (windows, x, y) => {
      const N = windows.length;
      windows.forEach((window, n) => {
        for (let t = 0; t < steps; t++) {
          x[t * N + n] = values[window * steps + t]!;
          y[t * N + n] = values[window * steps + t + 1]!;
        }
      });
    },
  };
}

export const sineNetwork = (cell: NetworkShape['cell']): NetworkShape => ({
  architecture: 'sequence_to_vector',
  cell,
  inputSize: 1,
  hiddenSize: 8,
  layers: 1,
  outputSize: 1,
});

export const trainingOptions = (changes: Partial<TrainingOptions> = {}): TrainingOptions => ({
  epochs: 5,
  batch_size: 16,
  accumulate: 1,
  optimizer: { type: 'adam', learning_rate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  learning_rate_schedule: { type: 'constant' },
  warmup_steps: 0,
  clip_value: null,
  clip_norm: 1,
  early_stopping: null,
  stateful: false,
  seed: 3,
  ...changes,
});

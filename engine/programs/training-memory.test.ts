import { expect, it } from 'vitest';
import type { NetworkShape } from '../spec/network-shape.ts';
import { trainingMemory } from './training-memory.ts';

const MiB = 2 ** 20;
const network = (cell: NetworkShape['cell'], hiddenSize: number, layers = 1): NetworkShape => ({
  architecture: 'sequence_to_vector',
  cell,
  inputSize: 1,
  hiddenSize,
  layers,
  outputSize: 1,
});
const adam = { type: 'adam', learning_rate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;
const sgd = { type: 'sgd', learning_rate: 0.01, momentum: 0, nesterov: false, weight_decay: 0 } as const;

/** What a process that trained these grew by, in MiB, less 80 for the runtime itself. */
it.each([
  [network('lstm', 1024, 2), adam, 1, 2, 606],
  [network('lstm', 1024, 2), sgd, 1, 2, 406],
  [network('gru', 1024, 2), adam, 1, 2, 427],
  [network('lstm', 32), adam, 256, 500, 726],
  [network('lstm', 32, 2), adam, 256, 500, 1102],
  [network('gru', 32), adam, 256, 500, 537],
  [network('rnn', 32), adam, 256, 500, 66],
])('is near what was measured (%#)', (of, optimizer, batchSize, steps, measuredMiB) => {
  const { parameterBytes, stepBytes } = trainingMemory({ network: of, optimizer, batchSize, steps });
  const share = (parameterBytes + stepBytes) / MiB / measuredMiB;
  expect(share).toBeGreaterThan(0.6);
  expect(share).toBeLessThan(1.1);
});

/**
 * Gated recurrent unit in its reset-after form (Cho et al. 2014; this form is PyTorch's and cuDNN's).
 *
 *   z, r = σ(W x + b + R h)                 update and reset gate
 *   n    = tanh(W x + b + r ∘ (R h + b_hh)) candidate
 *   h'   = (1 − z) ∘ n + z ∘ h
 */
import { add, concat, fill, multiply, sigmoid, split, subtract, tanh } from '../../graph/ops.ts';
import type { Cell } from './cell.ts';

export const gru = (): Cell => ({
  gates: ['z', 'r', 'n'],
  parameters: [{ name: 'bias_hh', gates: ['n'] }],
  states: ['h'],
  step: ([h], projected, { recurrent, parameter, tell }) => {
    const size = h!.shape[0] as number;
    const bias = concat([fill(0, [2 * size, 1]), parameter('bias_hh')], 0);
    const [recurrentGates, recurrentCandidate] = split(add(recurrent(h!), bias), 0, [2 * size, size]);
    const [projectedGates, projectedCandidate] = split(projected, 0, [2 * size, size]);
    const [z, r] = split(sigmoid(add(recurrentGates!, projectedGates!)), 0, [size, size]);
    const n = tanh(add(projectedCandidate!, multiply(r!, recurrentCandidate!)));
    tell?.('z', z!);
    tell?.('r', r!);
    tell?.('n', n);
    return [add(n, multiply(z!, subtract(h!, n)))];
  },
  onnx: {
    operator: 'GRU',
    gates: ['z', 'r', 'n'],
    attributes: () => ({ linear_before_reset: 1 }),
  },
});

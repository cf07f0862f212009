/**
 * Gated recurrent unit in its reset-after form (Cho et al. 2014; this form is PyTorch's and cuDNN's).
 *
 *   z, r = σ(W x + b + R h)                 update and reset gate
 *   n    = tanh(W x + b + r ∘ (R h + b_hh)) candidate
 *   h'   = (1 − z) ∘ n + z ∘ h
 */
import { add, concat, fill, matmul, multiply, sigmoid, split, subtract, tanh } from '../../graph/ops.ts';
import type { Cell } from './cell.ts';

export const gru: Cell = {
  gates: ['z', 'r', 'n'],
  onnxGates: ['z', 'r', 'n'],
  onnxOperator: 'GRU',
  onnxAttributes: { linear_before_reset: 1 },
  recurrentBiasGates: ['n'],
  states: ['h'],
  step: ([h], projected, { weightHh, biasHh }) => {
    const size = h!.shape[0] as number;
    const bias = concat([fill(0, [2 * size, 1]), biasHh!], 0);
    const recurrent = add(matmul(weightHh, h!), bias);
    const [recurrentGates, recurrentCandidate] = split(recurrent, 0, [2 * size, size]);
    const [projectedGates, projectedCandidate] = split(projected, 0, [2 * size, size]);
    const [z, r] = split(sigmoid(add(recurrentGates!, projectedGates!)), 0, [size, size]);
    const n = tanh(add(projectedCandidate!, multiply(r!, recurrentCandidate!)));
    return [add(n, multiply(z!, subtract(h!, n)))];
  },
};

/**
 * Long short-term memory with a forget gate (Hochreiter & Schmidhuber 1997; Gers et al. 2000).
 *
 *   i, f, o = σ(W x + b + R h)     input, forget and output gate
 *   g       = tanh(W x + b + R h)  what may be written
 *   c'      = f ∘ c + i ∘ g
 *   h'      = o ∘ tanh(c')
 */
import { add, matmul, multiply, sigmoid, split, tanh } from '../../graph/ops.ts';
import type { Cell } from './cell.ts';

export const lstm: Cell = {
  gates: ['i', 'f', 'o', 'g'],
  onnxGates: ['i', 'o', 'f', 'g'],
  onnxOperator: 'LSTM',
  onnxAttributes: {},
  recurrentBiasGates: [],
  states: ['h', 'c'],
  step: ([h, c], projected, { weightHh }) => {
    const size = h!.shape[0] as number;
    const [gates, candidate] = split(add(matmul(weightHh, h!), projected), 0, [3 * size, size]);
    const [i, f, o] = split(sigmoid(gates!), 0, [size, size, size]);
    const g = tanh(candidate!);
    const nextC = add(multiply(f!, c!), multiply(i!, g));
    return [multiply(o!, tanh(nextC)), nextC];
  },
};

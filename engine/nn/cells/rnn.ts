/** Elman's network (Elman 1990):  h = tanh(W x + b + R h). */
import { add, matmul, tanh } from '../../graph/ops.ts';
import type { Cell } from './cell.ts';

export const rnn: Cell = {
  gates: ['h'],
  onnxGates: ['h'],
  onnxOperator: 'RNN',
  onnxAttributes: {},
  recurrentBiasGates: [],
  states: ['h'],
  step: ([h], projected, { weightHh }) => [tanh(add(matmul(weightHh, h!), projected))],
};

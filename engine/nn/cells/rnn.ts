/** Elman's network (Elman 1990):  h' = f(W x + b + R h), with f = tanh unless another is named. */
import { add, elu, leakyRelu, relu, sigmoid, softsign, tanh } from '../../graph/ops.ts';
import { leakySlope } from '../../graph/ops/leaky-relu.ts';
import type { Tensor } from '../../graph/tensor.ts';
import type { Activation } from '../../spec/cells.ts';
import type { Cell } from './cell.ts';

interface ActivationForm {
  readonly apply: (x: Tensor) => Tensor;
  /** ONNX's name, and its two parameters where it has any. */
  readonly onnx: string;
  readonly alpha?: number;
  readonly beta?: number;
}

const activations: Record<Activation, ActivationForm> = {
  tanh: { apply: tanh, onnx: 'Tanh' },
  relu: { apply: relu, onnx: 'Relu' },
  sigmoid: { apply: sigmoid, onnx: 'Sigmoid' },
  softsign: { apply: softsign, onnx: 'Softsign' },
  elu: { apply: elu, onnx: 'Elu', alpha: 1 },
  leaky_relu: { apply: leakyRelu, onnx: 'LeakyRelu', alpha: leakySlope },
  identity: { apply: (x) => x, onnx: 'Affine', alpha: 1, beta: 0 },
};

export function rnn(activation: Activation = 'tanh'): Cell {
  const { apply, onnx, alpha, beta } = activations[activation];
  const each = (value: number, directions: number) => ({ floats: new Array<number>(directions).fill(value) });
  return {
    gates: ['h'],
    parameters: [],
    states: ['h'],
    step: ([h], projected, { recurrent }) => [apply(add(recurrent(h!), projected))],
    onnx: {
      operator: 'RNN',
      gates: ['h'],
      attributes: (directions) => ({
        activations: { strings: new Array<string>(directions).fill(onnx) },
        ...(alpha !== undefined && { activation_alpha: each(alpha, directions) }),
        ...(beta !== undefined && { activation_beta: each(beta, directions) }),
      }),
    },
  };
}

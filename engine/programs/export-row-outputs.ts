/** The last part of the model file of a network over rows: what the numbers of the head mean. */
import { emitGraph } from '../graph/onnx/emit.ts';
import type { OnnxGraph } from '../graph/onnx/proto.ts';
import { add, constant, input, multiply, sigmoid, softmax } from '../graph/ops.ts';
import { optimize } from '../graph/passes/optimize.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import type { NumberScaling } from '../spec/row-inputs.ts';
import { withoutLogarithms } from './logarithms.ts';

/** What the numbers of the head are. */
export type RowOutputs =
  | { readonly kind: 'classes' }
  | { readonly kind: 'labels' }
  | { readonly kind: 'numbers'; readonly scaling: NumberScaling };

/** Input `head` [N,P], or [N,T,P] with an output after every step; outputs `probabilities` and `logits`, or `y`, of its shape. */
export function rowOutputsGraph(network: NetworkShape, outputs: RowOutputs): OnnxGraph {
  const everyStep = network.architecture === 'sequence_to_sequence';
  const head = input('head', ['batch', ...(everyStep ? ['time'] : []), network.outputSize]);
  const found = outputsOf[outputs.kind](head, outputs as never);
  return emitGraph(optimize({ inputs: [head], outputs: found }), 'outputs');
}

type Named = readonly { readonly name: string; readonly tensor: Tensor }[];
const outputsOf: {
  readonly [Kind in RowOutputs['kind']]: (
    head: Tensor,
    outputs: Extract<RowOutputs, { kind: Kind }>,
  ) => Named;
} = {
  classes: (head) => [
    { name: 'probabilities', tensor: softmax(head, head.shape.length - 1) },
    { name: 'logits', tensor: head },
  ],
  labels: (head) => [
    { name: 'probabilities', tensor: sigmoid(head) },
    { name: 'logits', tensor: head },
  ],
  numbers: (head, { scaling }) => {
    const column = (values: readonly number[]) => constant(values, [values.length]);
    const inLine = add(multiply(head, column(scaling.std)), column(scaling.mean));
    return [{ name: 'y', tensor: withoutLogarithms(inLine, scaling.log) }];
  },
};

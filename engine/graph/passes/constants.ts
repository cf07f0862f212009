/** Constant folding: what is made of constants alone is computed once, when the program is made. */
import type { Graph } from '../graph.ts';
import { sizeOf, type NdArray } from '../nd-array.ts';
import type { OperationKind } from '../operation.ts';
import { constant } from '../ops.ts';
import { operation } from '../ops/table.ts';
import { isNode, type Node, type Tensor } from '../tensor.ts';
import { rewrite } from './rewrite.ts';

/** Numbers of the largest constant that is written out: it is kept in the model's file. */
const mostNumbers = 1024;

export const foldConstants = (graph: Graph): Graph =>
  rewrite(graph, {
    node: (node, inputs) => {
      const operands = inputs.map(valueOf);
      const isLeaf = inputs.length === 0;
      if (isLeaf || !operands.every((operand) => operand !== null)) return null;
      if (!node.outputs.every(({ shape }) => isSmall(shape))) return null;
      return evaluate(node, operands).map(({ data, shape }) => constant([...data], shape));
    },
  });

const evaluate = <Kind extends OperationKind>(
  node: Node<Kind>,
  operands: readonly NdArray[],
): readonly NdArray[] =>
  operation(node.kind).evaluate(operands, node.attributes, (size) => {
    if (typeof size === 'string') throw new Error(`internal: a constant of unknown size ${size}`);
    return size;
  });

/** Null: not known before the program runs. */
function valueOf({ node, shape }: Tensor): NdArray | null {
  if (isNode(node, 'constant'))
    return { shape: node.attributes.shape, data: Float64Array.from(node.attributes.data) };
  if (!isNode(node, 'fill') || !isSmall(shape)) return null;
  return { shape, data: new Float64Array(sizeOf(shape)).fill(node.attributes.value) };
}

const isSmall = (shape: Tensor['shape']): shape is readonly number[] =>
  shape.every((size) => typeof size === 'number') && sizeOf(shape) <= mostNumbers;

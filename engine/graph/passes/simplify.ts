/** Small identities: transposes and reshapes that undo each other, sums of sums, adding 0, multiplying by 1 or 0. */
import { sameShape } from '../dimensions.ts';
import type { Graph } from '../graph.ts';
import { fill, negate, reduceSum, reshape, subtract, transpose } from '../ops.ts';
import { isNode, type Node, type Tensor } from '../tensor.ts';
import { rewrite } from './rewrite.ts';

type Rule = (node: Node, inputs: readonly Tensor[]) => Tensor | null;

/** The number that a tensor is everywhere; null when it is not one, or not known. */
function uniform({ node }: Tensor): number | null {
  if (isNode(node, 'fill')) return node.attributes.value;
  if (isNode(node, 'constant') && node.attributes.data.length === 1) return node.attributes.data[0]!;
  if (node.kind === 'reshape' || node.kind === 'expand') return uniform(node.inputs[0]!);
  return null;
}

const rules: readonly Rule[] = [
  function transposeOfTranspose(node, inputs) {
    const x = inputs[0]!;
    if (!isNode(node, 'transpose')) return null;
    const { permutation } = node.attributes;
    if (permutation.every((axis, index) => axis === index)) return x;
    if (!isNode(x.node, 'transpose')) return null;
    const inner = x.node.attributes.permutation;
    return transpose(
      x.node.inputs[0]!,
      permutation.map((axis) => inner[axis]!),
    );
  },
  function reshapeOfReshape(node, inputs) {
    const x = inputs[0]!;
    if (!isNode(node, 'reshape')) return null;
    if (sameShape(node.attributes.shape, x.shape)) return x;
    return x.node.kind === 'reshape' ? reshape(x.node.inputs[0]!, node.attributes.shape) : null;
  },
  function expandToItself(node, inputs) {
    const x = inputs[0]!;
    return isNode(node, 'expand') && sameShape(node.attributes.shape, x.shape) ? x : null;
  },
  function sumOfSum(node, inputs) {
    const x = inputs[0]!;
    if (!isNode(node, 'reduceSum') || !isNode(x.node, 'reduceSum')) return null;
    const inner = x.node.attributes.axes;
    const left = x.node.inputs[0]!.shape.map((_, axis) => axis).filter((axis) => !inner.includes(axis));
    const axes = [...inner, ...node.attributes.axes.map((axis) => left[axis]!)].sort((a, b) => a - b);
    return reduceSum(x.node.inputs[0]!, axes);
  },
  function sumOfReshape(node, inputs) {
    const x = inputs[0]!;
    // [.., n, 1] → [.., n] under a sum: what sumTo leaves of a bias
    if (!isNode(node, 'reduceSum') || !isNode(x.node, 'reshape')) return null;
    const source = x.node.inputs[0]!;
    const rank = source.shape.length;
    const onlyAppends =
      sameShape(x.shape.slice(0, rank), source.shape) && x.shape.slice(rank).every((size) => size === 1);
    if (!onlyAppends || node.attributes.axes.some((axis) => axis >= rank)) return null;
    return reshape(reduceSum(source, node.attributes.axes), node.outputs[0]!.shape);
  },
  function addNothing(node, [a, b]) {
    if (!isNode(node, 'add')) return null;
    if (uniform(a!) === 0 && sameShape(b!.shape, node.outputs[0]!.shape)) return b!;
    if (uniform(b!) === 0 && sameShape(a!.shape, node.outputs[0]!.shape)) return a!;
    if (b!.node.kind === 'negate') return subtract(a!, b!.node.inputs[0]!);
    return null;
  },
  function subtractNothing(node, [a, b]) {
    if (!isNode(node, 'subtract')) return null;
    return uniform(b!) === 0 && sameShape(a!.shape, node.outputs[0]!.shape) ? a! : null;
  },
  function multiplyByOneOrNothing(node, [a, b]) {
    if (!isNode(node, 'multiply')) return null;
    const { shape } = node.outputs[0]!;
    for (const [factor, other] of [[a!, b!] as const, [b!, a!] as const]) {
      const value = uniform(factor);
      if (value === 1 && sameShape(other.shape, shape)) return other;
      if (value === -1 && sameShape(other.shape, shape)) return negate(other);
      if (value === 0) return fill(0, shape);
    }
    return null;
  },
  function negateNegated(node, inputs) {
    const x = inputs[0]!;
    return isNode(node, 'negate') && x.node.kind === 'negate' ? x.node.inputs[0]! : null;
  },
];

export const simplify = (graph: Graph): Graph =>
  rewrite(graph, {
    node: (node, inputs) => {
      for (const rule of rules) {
        const simpler = rule(node, inputs);
        if (simpler) return [simpler];
      }
      return null;
    },
  });

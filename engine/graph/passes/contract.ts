/**
 * A sum over the steps of a loop becomes part of what is summed: Σ over steps of a_t · b_t is one product over steps and sequences (a weight's
 * gradient in one GEMM), and rows that are added to a table at each step are added to one table.
 */
import { product } from '../dimensions.ts';
import type { Graph } from '../graph.ts';
import { contract as contractProducts } from '../ops/matmul.ts';
import { matmul, ops, reshape, scatterAdd, transpose } from '../ops.ts';
import { isNode, type Node, type Tensor } from '../tensor.ts';
import { rewrite } from './rewrite.ts';

export const contract = (graph: Graph): Graph =>
  rewrite(graph, {
    node: (node, [operand]) => {
      if (!isNode(node, 'reduceSum') || node.attributes.axes.join() !== '0') return null;
      const summed = operand!.node;
      if (isNode(summed, 'matmul')) return contractProduct(summed);
      if (isNode(summed, 'scatterAdd') && summed.attributes.kept === 1) {
        const [values, indices] = summed.inputs as [Tensor, Tensor];
        return [scatterAdd(values, indices, summed.attributes.size)];
      }
      return null;
    },
  });

function contractProduct({ inputs: [a, b] }: Node<'matmul'>): readonly Tensor[] | null {
  if (a?.shape[0] !== b?.shape[0] || a?.shape.length !== b?.shape.length) return null;
  if (a!.shape.length === 3) return [contractProducts(ops, a!, b!)];
  if (a!.shape.length !== 4 || a!.shape[1] !== b!.shape[1]) return null;
  // Σ_t a[t,n] · b[t,n] for each n, as [n, m, t·k] · [n, t·k, p]: what attention adds to the states it looks at
  const [T, N, m, k] = a!.shape as [number, number, number, number];
  const inner = product([T, k]);
  return [
    matmul(
      reshape(transpose(a!, [1, 2, 0, 3]), [N, m, inner]),
      reshape(transpose(b!, [1, 0, 2, 3]), [N, inner, b!.shape[3]!]),
    ),
  ];
}

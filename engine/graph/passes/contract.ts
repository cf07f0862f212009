/** Σ over steps of a_t · b_t becomes one product over steps and sequences: a weight's gradient in one GEMM. */
import type { Graph } from '../graph.ts';
import { contract as contractProducts } from '../ops/matmul.ts';
import { ops } from '../ops.ts';
import { isNode } from '../tensor.ts';
import { rewrite } from './rewrite.ts';

export const contract = (graph: Graph): Graph =>
  rewrite(graph, {
    node: (node, [operand]) => {
      if (
        !isNode(node, 'reduceSum') ||
        node.attributes.axes.join() !== '0' ||
        operand?.node.kind !== 'matmul'
      ) {
        return null;
      }
      const [a, b] = operand.node.inputs;
      const fits = a?.shape.length === 3 && b?.shape.length === 3 && a.shape[0] === b.shape[0];
      return fits ? [contractProducts(ops, a, b)] : null;
    },
  });

/** Makes equal nodes one: the same operation with the same attributes on the same inputs. */
import type { Graph } from '../graph.ts';
import type { Tensor } from '../tensor.ts';
import { rewrite } from './rewrite.ts';

export function commonSubexpressions(graph: Graph): Graph {
  const known = new Map<string, readonly Tensor[]>();
  return rewrite(graph, {
    node: (node, inputs) => {
      if (node.kind === 'input' || node.kind === 'argument' || node.kind === 'weights') return null;
      const operands = inputs.map((tensor) => `${tensor.node.id}.${tensor.index}`).join();
      const key = `${node.kind} ${JSON.stringify(node.attributes)} ${operands}`;
      const same = known.get(key);
      if (same) return same;
      // a node whose inputs changed is made by the rewriting; it is known by its new self from the next pass on
      if (inputs.every((tensor, index) => tensor === node.inputs[index])) known.set(key, node.outputs);
      return null;
    },
  });
}

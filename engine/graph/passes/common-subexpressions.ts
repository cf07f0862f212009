/** Makes equal nodes one: the same operation with the same attributes on the same inputs. */
import type { Graph } from '../graph.ts';
import type { Tensor } from '../tensor.ts';
import { remake, rewrite } from './rewrite.ts';

export function commonSubexpressions(graph: Graph): Graph {
  const known = new Map<string, readonly Tensor[]>();
  return rewrite(graph, {
    node: (node, inputs) => {
      if (node.kind === 'input' || node.kind === 'argument' || node.kind === 'weights') return null;
      const operands = inputs.map((tensor) => `${tensor.node.id}.${tensor.index}`).join();
      const key = `${node.kind} ${JSON.stringify(node.attributes)} ${operands}`;
      const same = inputs.every((tensor, index) => tensor === node.inputs[index]);
      const outputs = known.get(key) ?? (same ? node.outputs : remake(node, inputs));
      known.set(key, outputs);
      return outputs;
    },
  });
}

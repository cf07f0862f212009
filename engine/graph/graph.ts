/** A program: named results, and what they are made of. */
import type { Tensor } from './tensor.ts';
import type { Shape } from './dimensions.ts';
import { isNode, type Node } from './tensor.ts';

export interface Graph {
  /** The inputs, in the order in which a program declares them, also those that no output uses. */
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly { readonly name: string; readonly tensor: Tensor }[];
}

export interface ProgramInput {
  readonly name: string;
  readonly shape: Shape;
}

export const inputOf = (tensor: Tensor): ProgramInput => {
  if (!isNode(tensor.node, 'input')) throw new Error('internal: expected an input of the graph');
  return { name: tensor.node.attributes.name, shape: tensor.shape };
};

/** All nodes of a graph, those in the bodies of loops included; each after the nodes that it uses. */
export function allNodes(graph: Graph): readonly Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  const visit = ({ node }: Tensor): void => {
    if (seen.has(node)) return;
    seen.add(node);
    node.inputs.forEach(visit);
    if (isNode(node, 'scan')) [...node.attributes.carryOut, ...node.attributes.ys].forEach(visit);
    order.push(node);
  };
  graph.outputs.forEach(({ tensor }) => visit(tensor));
  return order;
}

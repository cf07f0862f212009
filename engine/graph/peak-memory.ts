/**
 * How much memory a program takes at its peak when its nodes are run one after the other, in ONNX Runtime's order: a tensor
 * lives from the node that makes it to the last that uses it, a loop's outputs are there as a whole from its start, and an
 * elementwise result takes the place of an operand that nobody needs any more.
 */
import { evaluateDimension, product } from './dimensions.ts';
import type { Graph } from './graph.ts';
import { scanParts } from './make-scan.ts';
import { operation } from './ops/table.ts';
import { isNode, type Node, type Scope, type Tensor } from './tensor.ts';

const bytesPerNumber = 4;

/**
 * @param extent - the sizes behind the symbols of the graph's shapes
 * @returns bytes, without the program's inputs
 * @throws Error when a symbol has no size
 */
export function peakMemory(graph: Graph, extent: Readonly<Record<string, number>>): number {
  const valueOf = (symbol: string): number => {
    const size = extent[symbol];
    if (size === undefined) throw new Error(`internal: expected a size of ${symbol}, got none`);
    return size;
  };
  const bytesOf = ({ shape }: Tensor): number => bytesPerNumber * evaluateDimension(product(shape), valueOf);
  return peakOf(
    graph.outputs.map(({ tensor }) => tensor),
    null,
    bytesOf,
  );
}

/** Of the nodes of one scope, the results included. */
function peakOf(
  results: readonly Tensor[],
  scope: Scope | null,
  bytesOf: (tensor: Tensor) => number,
): number {
  const order = executionOrder(results, scope);
  const usesLeft = new Map<Tensor, number>();
  const owner = new Map<Tensor, Tensor>();
  /** A reshaped tensor is the same memory. */
  const memoryOf = (tensor: Tensor): Tensor => owner.get(tensor) ?? tensor;
  for (const node of order)
    if (isNode(node, 'reshape')) owner.set(node.outputs[0]!, memoryOf(node.inputs[0]!));
  const use = (tensor: Tensor): void => {
    usesLeft.set(memoryOf(tensor), (usesLeft.get(memoryOf(tensor)) ?? 0) + 1);
  };
  for (const node of order) node.inputs.forEach(use);
  results.forEach(use);

  let live = 0;
  let peak = 0;
  for (const node of order) {
    const dying = new Set(
      node.inputs.map(memoryOf).filter((tensor) => {
        usesLeft.set(tensor, usesLeft.get(tensor)! - 1);
        return usesLeft.get(tensor) === 0 && isMade(tensor, scope);
      }),
    );
    if (!isNode(node, 'reshape')) {
      const inPlace =
        operation(node.kind).elementwise === true &&
        [...dying].find((tensor) => bytesOf(tensor) === bytesOf(node.outputs[0]!));
      if (inPlace) {
        dying.delete(inPlace);
      } else {
        for (const output of node.outputs) live += bytesOf(output);
      }
      peak = Math.max(peak, live + whileRunning(node, bytesOf));
      for (const output of node.outputs) if (!usesLeft.get(output)) live -= bytesOf(output);
    }
    for (const tensor of dying) live -= bytesOf(tensor);
  }
  return peak;
}

/** What a node takes for itself while it runs. */
const whileRunning = (node: Node, bytesOf: (tensor: Tensor) => number): number =>
  isNode(node, 'scan')
    ? bodyPeak(node, bytesOf)
    : (operation(node.kind).workspaces ?? 0) * bytesOf(node.outputs[0]!);

function bodyPeak(node: Node<'scan'>, bytesOf: (tensor: Tensor) => number): number {
  const { scope, carries, ys } = scanParts(node);
  // what a step hands on exists twice while the next one is made; its outputs stand in the loop's
  const carried = carries.reduce((sum, { in: argument }) => sum + bytesOf(argument), 0);
  const written = ys.reduce((sum, tensor) => sum + (isMade(tensor, scope) ? bytesOf(tensor) : 0), 0);
  const results = [...carries.map(({ out }) => out), ...ys];
  return Math.max(0, carried + peakOf(results, scope, bytesOf) - written);
}

/** Whether a tensor takes memory of its own in a scope: not what is handed in. */
const isMade = ({ node }: Tensor, scope: Scope | null): boolean =>
  node.scope === scope && node.kind !== 'argument' && node.kind !== 'input';

/** As they are written into a file: what a node needs stands before it. */
function writtenOrder(results: readonly Tensor[], scope: Scope | null): readonly Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  const visit = (tensor: Tensor): void => {
    const { node } = tensor;
    if (seen.has(node) || !isMade(tensor, scope)) return;
    seen.add(node);
    node.inputs.forEach(visit);
    order.push(node);
  };
  results.forEach(visit);
  return order;
}

/**
 * As ONNX Runtime runs them, whatever their order in the file: depth first from the nodes that no other needs, and of several the one that was written
 * last comes first (its GraphViewer's reverse depth-first search). So a gradient that is wanted is made as soon as it can be.
 */
function executionOrder(results: readonly Tensor[], scope: Scope | null): readonly Node[] {
  const written = writtenOrder(results, scope);
  const place = new Map(written.map((node, index) => [node, index]));
  const needed = (node: Node): readonly Node[] =>
    [...new Set(node.inputs.filter((tensor) => isMade(tensor, scope)).map((tensor) => tensor.node))].sort(
      (one, other) => place.get(other)! - place.get(one)!,
    );
  const inner = new Set(written.flatMap(needed));
  const order: Node[] = [];
  const seen = new Set<Node>();
  const visit = (node: Node): void => {
    if (seen.has(node)) return;
    seen.add(node);
    needed(node).forEach(visit);
    order.push(node);
  };
  written
    .filter((node) => !inner.has(node))
    .reverse()
    .forEach(visit);
  return order;
}

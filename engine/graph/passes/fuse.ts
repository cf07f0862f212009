/**
 * Loop fusion: takes into a loop what is made of its outputs alone, step by step. The factors of backpropagation through
 * time are then made while a step's activations are in the cache, and not from whole sequences in memory. Last of the
 * passes, since collect would take it all out again.
 */
import { evaluateDimension, product } from '../dimensions.ts';
import { allNodes, type Graph } from '../graph.ts';
import { makeScan, scanParts } from '../make-scan.ts';
import { ops } from '../ops.ts';
import { operation } from '../ops/table.ts';
import { isNode, type Node, type Scope, type Tensor } from '../tensor.ts';
import { rewrite } from './rewrite.ts';

/** The sizes that a program will be run with, by their symbols. */
export type Extent = Readonly<Record<string, number>>;

/**
 * Where a loop's outputs take less, the caches hold them: a node for all steps at once then costs less than a node in
 * each step. Measured: docs/performance.md.
 */
const smallestSequenceBytes = 4 * 2 ** 20;

export function fuse(graph: Graph, extent: Extent): Graph {
  const bytesOf = (tensors: Iterable<Tensor>): number => {
    let bytes = 0;
    for (const { shape } of tensors)
      bytes += 4 * evaluateDimension(product(shape), (symbol) => extent[symbol] ?? NaN);
    return bytes;
  };
  const replacements = new Map<Tensor, Tensor>();
  for (const { loop, results } of stepwiseResults(graph)) {
    const made = [...results].filter(({ node }) => node !== loop);
    const outputs = loop.outputs.slice(loop.attributes.carryIn.length);
    const before = bytesOf(outputs);
    if (made.length === 0 || !(before >= smallestSequenceBytes) || bytesOf(results) > before) continue;
    const parts = scanParts(loop);
    const { ys } = makeScan({ ...parts, ys: [...parts.ys, ...made.map(atOneStep)] });
    made.forEach((tensor, index) => replacements.set(tensor, ys[parts.ys.length + index]!));
  }
  return rewrite(graph, { replacements });
}

interface StepwiseResults {
  readonly loop: Node<'scan'>;
  /** What others use of the loop's outputs, and of what is made of them alone, step by step. */
  readonly results: ReadonlySet<Tensor>;
}

function stepwiseResults(graph: Graph): Iterable<StepwiseResults> {
  const loopOf = stepwise();
  const found = new Map<Scope, { loop: Node<'scan'>; results: Set<Tensor> }>();
  const use = (tensor: Tensor, user: Node<'scan'> | null): void => {
    const loop = loopOf(tensor);
    if (!loop || loop === user) return;
    const { scope } = loop.attributes;
    const entry = found.get(scope) ?? { loop, results: new Set() };
    found.set(scope, entry);
    entry.results.add(tensor);
  };
  for (const node of allNodes(graph)) {
    const user = isNode(node, 'scan') || node.outputs.length === 0 ? null : loopOf(node.outputs[0]!);
    for (const tensor of node.inputs) use(tensor, user);
    if (isNode(node, 'scan'))
      for (const tensor of [...node.attributes.carryOut, ...node.attributes.ys]) use(tensor, null);
  }
  for (const { tensor } of graph.outputs) use(tensor, null);
  return found.values();
}

/** Of a tensor [length, …]: the loop of whose outputs alone it is made, step by step; null when there is none. */
function stepwise(): (tensor: Tensor) => Node<'scan'> | null {
  const known = new Map<Tensor, Node<'scan'> | null>();
  const loopOf = (tensor: Tensor): Node<'scan'> | null => {
    const answer = known.get(tensor);
    if (answer !== undefined) return answer;
    const found = find(tensor);
    known.set(tensor, found);
    return found;
  };
  const common = (tensors: readonly Tensor[]): Node<'scan'> | null => {
    const [first = null, ...others] = tensors.map(loopOf);
    return others.every((other) => other === first) ? first : null;
  };
  const find = (tensor: Tensor): Node<'scan'> | null => {
    const { node, shape } = tensor;
    if (isNode(node, 'scan')) {
      const { carryIn, vectorize } = node.attributes;
      return vectorize && tensor.index >= carryIn.length ? node : null;
    }
    if (isNode(node, 'split') || isNode(node, 'concat'))
      return node.attributes.axis > 0 ? common(node.inputs) : null;
    if (!operation(node.kind).elementwise) return null;
    const sequences = node.inputs.filter((input) => !isNumber(input));
    const aligned = sequences.every(
      (input) => input.shape.length === shape.length && input.shape[0] === shape[0],
    );
    return aligned ? common(sequences) : null;
  };
  return loopOf;
}

/** One number, known before any loop. */
const isNumber = ({ node, shape }: Tensor): boolean => shape.length === 0 && node.inputs.length === 0;

/** What a sequence is at one step, made of the values in the loop's body. */
function atOneStep(sequence: Tensor): Tensor {
  const made = new Map<Tensor, Tensor>();
  const visit = (tensor: Tensor): Tensor => {
    if (isNumber(tensor)) return tensor;
    const { node } = tensor;
    if (isNode(node, 'scan')) return node.attributes.ys[tensor.index - node.attributes.carryIn.length]!;
    const known = made.get(tensor);
    if (known) return known;
    const inputs = node.inputs.map(visit);
    const outputs =
      isNode(node, 'split') || isNode(node, 'concat')
        ? ops.apply(node.kind, inputs, { ...node.attributes, axis: node.attributes.axis - 1 })
        : ops.apply(node.kind, inputs, node.attributes);
    node.outputs.forEach((output, index) => made.set(output, outputs[index]!));
    return made.get(tensor)!;
  };
  return visit(sequence);
}

/** Writes a graph as an ONNX model. */
import { inputOf, allNodes, type Graph } from '../graph.ts';
import { scanParts } from '../make-scan.ts';
import type { OperationKind } from '../operation.ts';
import { operation } from '../ops/table.ts';
import { dropDeadCode } from '../passes/dead-code.ts';
import { isNode, type Node, type Tensor } from '../tensor.ts';
import { modelWriter, type ModelWriter } from './model-writer.ts';
import { encodeModel, graphProto, type OnnxGraph } from './proto.ts';

/** @returns the bytes of a model whose inputs and outputs have the graph's names and shapes */
export const emit = (graph: Graph): Uint8Array => encodeModel(emitGraph(graph, 'program'));

export function emitGraph(given: Graph, name: string): OnnxGraph {
  // loops over one body become one, and nothing is written that no output uses
  const graph = dropDeadCode(given);
  const inputs = graph.inputs.map(inputOf);
  const root = modelWriter(inputs);
  const names = new Map<Tensor, string>(graph.inputs.map((tensor) => [tensor, inputOf(tensor).name]));
  const uses = countUses(graph);

  const writeAll = (results: readonly Tensor[], scope: Node['scope'], writer: ModelWriter): void => {
    const visit = (tensor: Tensor): void => {
      if (names.has(tensor)) return;
      if (tensor.node.scope !== scope)
        throw new Error('internal: a value is used outside the loop that makes it');
      if (isNode(tensor.node, 'add') && writeGemm(tensor.node, writer, visit)) return;
      tensor.node.inputs.forEach(visit);
      const outputs = isNode(tensor.node, 'scan')
        ? writeScan(tensor.node, writer)
        : writeNode(tensor.node, writer);
      tensor.node.outputs.forEach((output, index) => names.set(output, outputs[index]!));
    };
    results.forEach(visit);
  };

  const writeNode = <Kind extends OperationKind>(node: Node<Kind>, writer: ModelWriter): readonly string[] =>
    operation(node.kind).onnx(
      writer,
      node.inputs.map((tensor) => names.get(tensor)!),
      node,
    );

  /** a·b + c as one Gemm, where a·b is used for nothing else. */
  const writeGemm = (node: Node<'add'>, writer: ModelWriter, visit: (tensor: Tensor) => void): boolean => {
    const [left, right] = node.inputs as [Tensor, Tensor];
    for (const [term, other] of [[left, right] as const, [right, left] as const]) {
      const { node: factor } = term;
      const fits =
        factor.kind === 'matmul' &&
        factor.scope === node.scope &&
        uses.get(term) === 1 &&
        factor.inputs.every((operand) => operand.shape.length === 2) &&
        !names.has(term) &&
        other.shape.length <= 2 &&
        node.outputs[0]!.shape.every((size, axis) => size === term.shape[axis]);
      if (!fits) continue;
      const operands = [...factor.inputs, other];
      operands.forEach(visit);
      const [name] = writer.node(
        'Gemm',
        operands.map((operand) => names.get(operand)!),
      );
      names.set(node.outputs[0]!, name!);
      return true;
    }
    return false;
  };

  const writeScan = (node: Node<'scan'>, writer: ModelWriter): readonly string[] => {
    const { scope, carries, sequences, ys, reverse } = scanParts(node);
    const body = writer.body();
    const argumentsOf = [...carries, ...sequences].map(({ in: tensor }) => {
      const name = body.name('argument');
      names.set(tensor, name);
      return { name, shape: tensor.shape };
    });
    const results = [...carries.map((carry) => carry.out), ...ys];
    // what the body takes from outside has its name by now: it is an input of the node
    writeAll(
      results.filter((tensor) => tensor.node.scope === scope),
      scope,
      body,
    );
    const taken = new Set(argumentsOf.map(({ name }) => name));
    const outputs = results.map((tensor) => {
      let name = names.get(tensor)!;
      // every output of a body must be made in it, under a name of its own
      if (taken.has(name) || tensor.node.scope !== scope) [name] = body.node('Identity', [name]) as [string];
      taken.add(name);
      return { name, shape: tensor.shape };
    });
    const directions = (count: number) => new Array<number>(count).fill(1);
    return writer.node(
      'Scan',
      node.inputs.slice(0, carries.length + sequences.length).map((tensor) => names.get(tensor)!),
      {
        body: {
          subGraph: graphProto({
            name: body.name('body'),
            nodes: body.nodes,
            inputs: argumentsOf,
            outputs,
            initializers: [],
          }),
        },
        num_scan_inputs: sequences.length,
        ...(reverse && { scan_input_directions: directions(sequences.length) }),
        ...(reverse && ys.length > 0 && { scan_output_directions: directions(ys.length) }),
      },
      results.length,
    );
  };

  writeAll(
    graph.outputs.map(({ tensor }) => tensor),
    null,
    root,
  );
  const outputs = graph.outputs.map(({ name: output, tensor }) => ({ name: output, shape: tensor.shape }));
  const renames = graph.outputs.map(({ name: output, tensor }) => ({
    opType: 'Identity',
    name: `output_${output}`,
    input: [names.get(tensor)!],
    output: [output],
    attributes: {},
  }));
  return {
    name,
    nodes: [...root.nodes, ...renames],
    inputs,
    outputs,
    initializers: root.initializers,
  };
}

function countUses(graph: Graph): ReadonlyMap<Tensor, number> {
  const uses = new Map<Tensor, number>();
  const use = (tensor: Tensor) => uses.set(tensor, (uses.get(tensor) ?? 0) + 1);
  for (const node of allNodes(graph)) {
    node.inputs.forEach(use);
    if (isNode(node, 'scan')) [...node.attributes.carryOut, ...node.attributes.ys].forEach(use);
  }
  graph.outputs.forEach(({ tensor }) => use(tensor));
  return uses;
}

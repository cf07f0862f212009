/** A graph as text: one line a node, the bodies of loops indented. */
import { formatShape } from './dimensions.ts';
import { inputOf, type Graph } from './graph.ts';
import { scanParts } from './make-scan.ts';
import { isNode, type Node, type Tensor } from './tensor.ts';

/** @returns lines like `%7 = matmul(%3, %5) [4, N]`, each after those that it uses */
export function printGraph(graph: Graph): string {
  const lines: string[] = [];
  const names = new Map<Tensor, string>(graph.inputs.map((tensor) => [tensor, inputOf(tensor).name]));
  let count = 0;
  const name = (tensor: Tensor): string => {
    const known = names.get(tensor) ?? `%${++count}`;
    names.set(tensor, known);
    return known;
  };
  const list = (tensors: readonly Tensor[]) => tensors.map((tensor) => name(tensor)).join(', ');

  const print = (results: readonly Tensor[], scope: Node['scope'], indent: string): void => {
    const seen = new Set<Node>();
    const visit = ({ node }: Tensor): void => {
      if (node.scope !== scope || seen.has(node) || node.kind === 'input' || node.kind === 'argument') return;
      seen.add(node);
      node.inputs.forEach(visit);
      if (isNode(node, 'scan')) printScan(node, indent);
      else
        lines.push(
          `${indent}${list(node.outputs)} = ${node.kind}(${list(node.inputs)})${attributesOf(node)} ${shapesOf(node)}`,
        );
    };
    results.forEach(visit);
  };

  const printScan = (node: Node<'scan'>, indent: string): void => {
    const { scope, carries, sequences, ys, reverse } = scanParts(node);
    const binding = (inside: Tensor, outside: Tensor) => `${name(inside)} = ${name(outside)}`;
    lines.push(
      `${indent}${list(node.outputs)} = scan${reverse ? ' reversed' : ''} over ${node.attributes.length} ${shapesOf(node)}`,
      `${indent}  carry ${carries.map((carry) => binding(carry.in, carry.initial)).join(', ') || 'nothing'}`,
      `${indent}  each of ${sequences.map((sequence) => binding(sequence.in, sequence.sequence)).join(', ')}`,
    );
    print([...carries.map((carry) => carry.out), ...ys], scope, `${indent}    `);
    lines.push(
      `${indent}  carry on ${list(carries.map((carry) => carry.out))}; stack ${list(ys) || 'nothing'}`,
    );
  };

  for (const tensor of graph.inputs) lines.push(`input ${name(tensor)} ${formatShape(tensor.shape)}`);
  print(
    graph.outputs.map(({ tensor }) => tensor),
    null,
    '',
  );
  for (const { name: output, tensor } of graph.outputs) lines.push(`output ${output} = ${name(tensor)}`);
  return lines.join('\n');
}

const shapesOf = (node: Node): string => node.outputs.map(({ shape }) => formatShape(shape)).join(' ');

function attributesOf(node: Node): string {
  if (isNode(node, 'constant')) {
    const { data } = node.attributes;
    return ` ${data.length === 1 ? data[0]! : `${data.length} numbers`}`;
  }
  if (isNode(node, 'weights')) return ` ${node.attributes.name}`;
  const entries = Object.entries(node.attributes) as [string, unknown][];
  return entries.length === 0
    ? ''
    : ` {${entries.map(([key, value]) => `${key} ${JSON.stringify(value)}`).join(', ')}}`;
}

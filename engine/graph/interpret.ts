/** The reference interpreter: runs a graph in float64, slowly and plainly, as the measure of everything faster. */
import { evaluateDimension, type Dimension } from './dimensions.ts';
import { inputOf, type Graph } from './graph.ts';
import { sizeOf, zeros, type NdArray } from './nd-array.ts';
import type { OperationKind } from './operation.ts';
import { operation } from './ops/table.ts';
import { scanParts } from './make-scan.ts';
import { isNode, type Node, type Scope, type Tensor } from './tensor.ts';

/** Values of one pass through the body of a loop (or of the program), and of what is around it. */
interface Frame {
  readonly scope: Scope | null;
  readonly values: Map<Node, readonly NdArray[]>;
  readonly outer: Frame | null;
}

/**
 * @param feeds - a value for each input of the graph, by name
 * @returns the value of each output, by name
 */
export function interpret(graph: Graph, feeds: Readonly<Record<string, NdArray>>): Record<string, NdArray> {
  const symbols = new Map<string, number>();
  const root: Frame = { scope: null, values: new Map(), outer: null };
  for (const tensor of graph.inputs) {
    const { name, shape } = inputOf(tensor);
    const value = feeds[name];
    if (!value) throw new Error(`interpret: expected a value for input ${name}`);
    root.values.set(tensor.node, [value]);
    shape.forEach((size, axis) => {
      if (typeof size === 'string') symbols.set(size, value.shape[axis]!);
    });
  }
  const valueOf = (size: Dimension): number =>
    evaluateDimension(size, (symbol) => {
      const value = symbols.get(symbol);
      if (value === undefined) throw new Error(`interpret: no input has the dimension ${symbol}`);
      return value;
    });

  const evaluate = (tensor: Tensor, frame: Frame): NdArray => {
    let home = frame;
    while (home.scope !== tensor.node.scope && home.outer) home = home.outer;
    let values = home.values.get(tensor.node);
    if (!values) {
      values = isNode(tensor.node, 'scan') ? runScan(tensor.node, home) : runNode(tensor.node, home);
      home.values.set(tensor.node, values);
    }
    return values[tensor.index]!;
  };

  const runNode = <Kind extends OperationKind>(node: Node<Kind>, frame: Frame): readonly NdArray[] =>
    operation(node.kind).evaluate(
      node.inputs.map((tensor) => evaluate(tensor, frame)),
      node.attributes,
      valueOf,
    );

  const runScan = (node: Node<'scan'>, frame: Frame): readonly NdArray[] => {
    const { scope, carries, sequences, ys, reverse } = scanParts(node);
    const length = valueOf(node.attributes.length);
    let carry = carries.map(({ initial }) => evaluate(initial, frame));
    const xs = sequences.map(({ sequence }) => evaluate(sequence, frame));
    const stacked = ys.map((y) => zeros([length, ...y.shape.map(valueOf)]));
    for (let step = 0; step < length; step++) {
      const t = reverse ? length - 1 - step : step;
      const inner: Frame = { scope, values: new Map(), outer: frame };
      carries.forEach(({ in: argument }, index) => inner.values.set(argument.node, [carry[index]!]));
      sequences.forEach(({ in: argument }, index) =>
        inner.values.set(argument.node, [elementAt(xs[index]!, t)]),
      );
      const nextCarry = carries.map(({ out }) => evaluate(out, inner));
      ys.forEach((y, index) => {
        const value = evaluate(y, inner);
        stacked[index]!.data.set(value.data, t * value.data.length);
      });
      carry = nextCarry;
    }
    return [...carry, ...stacked];
  };

  return Object.fromEntries(graph.outputs.map(({ name, tensor }) => [name, evaluate(tensor, root)]));
}

function elementAt(sequence: NdArray, t: number): NdArray {
  const shape = sequence.shape.slice(1);
  const size = sizeOf(shape);
  return { shape, data: sequence.data.subarray(t * size, (t + 1) * size) };
}

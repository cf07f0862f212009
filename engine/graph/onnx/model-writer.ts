/** Writes ONNX nodes into a graph and the bodies of its loops, naming everything once. */
import type { Dimension, Shape } from '../dimensions.ts';
import { product, symbolsOf } from '../dimensions.ts';
import type { AttributeValue, OnnxScope } from './onnx-scope.ts';
import type { Initializer, OnnxNode } from './proto.ts';

/** What all graphs of one model share. */
interface Shared {
  readonly root: OnnxNode[];
  readonly initializers: Map<string, Initializer>;
  readonly dimensions: Map<string, string>;
  readonly inputs: readonly { readonly name: string; readonly shape: Shape }[];
  count: number;
}

export interface ModelWriter extends OnnxScope {
  readonly nodes: readonly OnnxNode[];
  /** The constants of the whole model. */
  readonly initializers: readonly Initializer[];
  /** A writer for the body of a loop of this graph. */
  readonly body: () => ModelWriter;
  /** A name that nothing else has. */
  readonly name: (prefix: string) => string;
}

/** Adds nodes of one output each; answers its name. */
export const nodeOf =
  (writer: Pick<OnnxScope, 'node'>) =>
  (
    type: string,
    operands: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): string =>
    writer.node(type, operands, attributes)[0]!;

/** A value under the name that it has outside. */
export const named = (name: string, from: string): OnnxNode => ({
  opType: 'Identity',
  name,
  input: [from],
  output: [name],
  attributes: {},
});

/** @param inputs - of the model; the values of symbolic dimensions are read off them */
export function modelWriter(inputs: Shared['inputs']): ModelWriter {
  const root: OnnxNode[] = [];
  return writer(root, { root, initializers: new Map(), dimensions: new Map(), inputs, count: 0 });
}

function writer(nodes: OnnxNode[], shared: Shared): ModelWriter {
  const name = (prefix: string): string => `${prefix}_${++shared.count}`;

  const add = (
    target: OnnxNode[],
    opType: string,
    input: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    outputCount = 1,
  ): readonly string[] => {
    const own = name(opType.toLowerCase());
    const output =
      outputCount === 1 ? [own] : Array.from({ length: outputCount }, (_, index) => `${own}_${index}`);
    target.push({ opType, name: own, input, output, attributes });
    return output;
  };

  const initializer = (key: string, make: () => Omit<Initializer, 'name'>): string => {
    let known = shared.initializers.get(key);
    if (!known) {
      known = { name: name('constant'), ...make() };
      shared.initializers.set(key, known);
    }
    return known.name;
  };

  const integers = (data: readonly number[]): string =>
    initializer(`i${data.join()}`, () => ({
      shape: [data.length],
      data: BigInt64Array.from(data, (value) => BigInt(value)),
    }));

  const floats = (data: readonly number[], shape: readonly number[]): string =>
    initializer(`f${shape.join()}:${data.join()}`, () => ({ shape, data: Float32Array.from(data) }));

  /** A symbolic dimension, read off an input of the model, as an int64 vector of length 1. */
  const symbol = (of: string): string => {
    const input = shared.inputs.find(({ shape }) => shape.includes(of));
    if (!input) throw new Error(`internal: no input has the dimension ${of}`);
    const [shape] = add(shared.root, 'Shape', [input.name]);
    return add(shared.root, 'Gather', [shape!, integers([input.shape.indexOf(of)])], { axis: 0 })[0]!;
  };

  const memo = (key: string, make: () => string): string => {
    const known = shared.dimensions.get(key) ?? make();
    shared.dimensions.set(key, known);
    return known;
  };

  const size = (dimension: Dimension): string =>
    typeof dimension === 'number'
      ? integers([dimension])
      : memo(dimension, () =>
          dimension
            .split('*')
            .map((part) =>
              Number.isNaN(Number(part)) ? memo(part, () => symbol(part)) : integers([Number(part)]),
            )
            .reduce((left, right) => add(shared.root, 'Mul', [left, right])[0]!),
        );

  const shapeVector = (shape: Shape): string =>
    shape.every((dimension) => typeof dimension === 'number')
      ? integers(shape)
      : memo(`[${shape.join()}]`, () => add(shared.root, 'Concat', shape.map(size), { axis: 0 })[0]!);

  return {
    nodes,
    get initializers() {
      return [...shared.initializers.values()];
    },
    name,
    body: () => writer([], shared),
    node: (type, inputs, attributes, outputCount) => add(nodes, type, inputs, attributes, outputCount),
    floats,
    weights: (own, data, shape) => {
      shared.initializers.set(`w${own}`, { name: own, shape, data });
      return own;
    },
    integers,
    shape: shapeVector,
    reshapeTo: (shape) => {
      const symbolic = shape.filter((dimension) => symbolsOf(dimension).length > 0);
      return symbolic.length === 1 && product(shape) !== 0
        ? integers(shape.map((dimension) => (typeof dimension === 'number' ? dimension : -1)))
        : shapeVector(shape);
    },
    dimensionAsFloat: (dimension) =>
      memo(`float ${dimension}`, () => {
        const [cast] = add(shared.root, 'Cast', [size(dimension)], { to: 1 });
        return add(shared.root, 'Reshape', [cast!, integers([])])[0]!;
      }),
  };
}

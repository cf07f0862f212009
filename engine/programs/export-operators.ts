/** A network as an ONNX graph of standard operators: one RNN, LSTM or GRU node a layer. */
import { modelWriter, named, nodeOf, type ModelWriter } from '../graph/onnx/model-writer.ts';
import type { OnnxGraph } from '../graph/onnx/proto.ts';
import type { Cell } from '../nn/cells/cell.ts';
import { cellOf } from '../nn/cells/table.ts';
import { farBelow } from '../nn/layers/pool.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import type { Pooling } from '../spec/pooling.ts';
import type { Body } from './export-body.ts';
import { directionsOf, embeddedSize, layerWidth, parameterLayout } from './parameters.ts';

type Tensors = ReadonlyMap<string, Float32Array>;

/** Inputs: what it reads, and of a padded network `lengths_int32` [batch] beside `x`, with pooling `mask` [time,batch], too. Output `head`, [batch,P] or [batch,time,P]. */
export function exportOperators({ network, parameters, reads }: Body): OnnxGraph {
  const { inputSize: I, outputSize: P } = network;
  const tensors = tensorsOf(network, parameters);
  const everyStep = network.architecture === 'sequence_to_sequence';
  const inputs = [{ name: reads, shape: reads === 'x' ? ['time', 'batch', I] : ['batch', 'time', I] }];
  const writer = modelWriter(inputs);
  const node = nodeOf(writer);

  const isPadded = reads === 'x' && network.padded === true;
  const { sequence, last } = writeLayers(
    writer,
    network,
    tensors,
    reads === 'x' ? reads : node('Transpose', [reads], { perm: [1, 0, 2] }),
    isPadded ? 'lengths_int32' : '',
  );
  const features = everyStep
    ? node('Transpose', [sequence], { perm: [1, 0, 2] })
    : writePool[network.pooling ?? 'last'](writer, { sequence, last }, isPadded ? 'mask' : null);
  const head = writeHead(writer, network, tensors, features);
  return {
    name: network.architecture,
    nodes: [...writer.nodes, named('head', head)],
    inputs,
    outputs: [{ name: 'head', shape: ['batch', ...(everyStep ? ['time'] : []), P] }],
    initializers: writer.initializers,
  };
}

/** The parameters of a network by name. */
export const tensorsOf = (network: NetworkShape, parameters: Float32Array): Tensors =>
  new Map(
    parameterLayout(network).map(({ name, offset, size }) => [
      name,
      parameters.subarray(offset, offset + size),
    ]),
  );

/**
 * All recurrent layers.
 * @param sequence - [T,N,·], of any width that the first layer takes
 * @param lengths - int32 [N], where windows have lengths of their own
 * @param carried - [N,H] of each state, by layer: what to go on from, of one direction; the initial states if absent
 * @returns sequence [T,N,D·H], last [N,D·H], and where states are carried those after the last step, [N,H] each
 */
export function writeLayers(
  writer: ModelWriter,
  network: NetworkShape,
  tensors: Tensors,
  sequence: string,
  lengths = '',
  carried?: readonly (readonly string[])[],
): { sequence: string; last: string; states: readonly string[] } {
  const sum = (a: string, b: string) => writer.node('Add', [a, b])[0]!;
  let steps = sequence;
  let last = '';
  const states: string[] = [];
  for (let layer = 0; layer < network.layers; layer++) {
    const written = writeLayer(writer, network, tensors, layer, steps, lengths, carried?.[layer]);
    const residual = network.residual === true && layer > 0;
    steps = residual ? sum(written.sequence, steps) : written.sequence;
    last = residual ? sum(written.last, last) : written.last;
    states.push(...written.states);
  }
  return { sequence: steps, last, states };
}

/** The same as nn/layers/pool.ts: of [T,N,W] to [N,W]. @param mask - [T,N], where sequences have lengths of their own */
const writePool: Record<
  Pooling,
  (writer: ModelWriter, steps: { sequence: string; last: string }, mask: string | null) => string
> = {
  last: (_writer, { last }) => last,
  mean: (writer, { sequence }, mask) => {
    const node = nodeOf(writer);
    if (mask === null) return node('ReduceMean', [sequence], { axes: [0], keepdims: 0 });
    const first = writer.integers([0]);
    const real = node('Unsqueeze', [mask, writer.integers([2])]);
    return node('Div', [
      node('ReduceSum', [node('Mul', [sequence, real]), first], { keepdims: 0 }),
      node('ReduceSum', [real, first], { keepdims: 0 }),
    ]);
  },
  max: (writer, { sequence }, mask) => {
    const node = nodeOf(writer);
    const largest = (of: string) => node('ReduceMax', [of], { axes: [0], keepdims: 0 });
    if (mask === null) return largest(sequence);
    const below = node('Mul', [node('Sub', [mask, writer.floats([1], [1])]), writer.floats([farBelow], [1])]);
    return largest(node('Add', [sequence, node('Unsqueeze', [below, writer.integers([2])])]));
  },
};

/** @param features - […,D·H]; @returns […,P] */
export function writeHead(
  writer: ModelWriter,
  network: NetworkShape,
  tensors: Tensors,
  features: string,
): string {
  const { outputSize: P } = network;
  const width = layerWidth(network);
  const weight = writer.weights('head.weight', transposed(tensors.get('head.weight')!, P, width), [width, P]);
  const [product] = writer.node('MatMul', [features, weight]);
  return writer.node('Add', [product!, writer.weights('head.bias', tensors.get('head.bias')!, [P])])[0]!;
}

/**
 * One LSTM, GRU or RNN node.
 * @param sequence - [T,N,·]
 * @returns as writeLayers
 */
function writeLayer(
  writer: ModelWriter,
  network: NetworkShape,
  tensors: Tensors,
  layer: number,
  sequence: string,
  lengths: string,
  carried: readonly string[] | undefined,
): { sequence: string; last: string; states: readonly string[] } {
  const { hiddenSize: H } = network;
  const { gates, parameters, onnx, states } = cellOf(network);
  const directions = directionsOf(network);
  const D = directions.length;
  const width = layer === 0 ? embeddedSize(network) : layerWidth(network);
  const prefix = `layers.${layer}`;
  const node = nodeOf(writer);

  /** The same parameter of all directions, one after the other, its gates in the operator's order. */
  const stacked = (name: string, from: readonly string[], to: readonly string[], columns: number) =>
    concatenated(
      directions.map((direction) =>
        reordered(tensors.get(`${prefix}.${name}${direction}`)!, from, to, H * columns),
      ),
    );
  const weight = (name: string, columns: number) =>
    writer.weights(`${prefix}.${name}`, stacked(name, gates, onnx.gates, columns), [
      D,
      gates.length * H,
      columns,
    ]);
  const biases = directions.map((direction) =>
    concatenated([
      reordered(tensors.get(`${prefix}.bias${direction}`)!, gates, onnx.gates, H),
      recurrentBias(parameters, onnx.gates, tensors.get(`${prefix}.bias_hh${direction}`), H),
    ]),
  );
  const bias = writer.weights(`${prefix}.bias`, concatenated(biases), [D, 2 * gates.length * H]);
  const peephole = parameters.find(({ name }) => name === 'peephole');
  const peepholes =
    peephole && onnx.peepholes
      ? writer.weights(`${prefix}.peephole`, stacked('peephole', peephole.gates, onnx.peepholes, 1), [
          D,
          onnx.peepholes.length * H,
        ])
      : '';
  const given = carried?.map((state) => node('Unsqueeze', [state, writer.integers([0])]));
  const initial = states.map((state, index) =>
    given
      ? given[index]!
      : network.learnInitialState
        ? initialState(writer, sequence, `${prefix}.initial_${state}`, directions, tensors, H)
        : '',
  );
  const operands = [
    sequence,
    weight('weight_ih', width),
    weight('weight_hh', H),
    bias,
    lengths,
    ...initial,
    peepholes,
  ];
  while (operands.at(-1) === '') operands.pop();

  const [outputs, final, ...others] = writer.node(
    onnx.operator,
    operands,
    {
      hidden_size: H,
      ...(D === 2 && { direction: 'bidirectional' }),
      ...onnx.attributes(D),
    },
    given ? 1 + states.length : 2,
  );
  // [T,D,N,H] → [T,N,D·H], and [D,N,H] → [N,D·H]
  const steps = node('Transpose', [outputs!], { perm: [0, 2, 1, 3] });
  const ends = node('Transpose', [final!], { perm: [1, 0, 2] });
  return {
    sequence: node('Reshape', [steps, writer.integers([0, 0, D * H])]),
    last: node('Reshape', [ends, writer.integers([0, D * H])]),
    states: given ? [final!, ...others].map((state) => node('Squeeze', [state, writer.integers([0])])) : [],
  };
}

/** A learned state [D,1,H], for every sequence of the batch: [D,N,H]. */
function initialState(
  writer: ModelWriter,
  sequence: string,
  name: string,
  directions: readonly string[],
  tensors: Tensors,
  H: number,
): string {
  const values = concatenated(directions.map((direction) => tensors.get(`${name}${direction}`)!));
  const learned = writer.weights(name, values, [directions.length, 1, H]);
  const [shape] = writer.node('Shape', [sequence]);
  const [batch] = writer.node('Gather', [shape!, writer.integers([1])], { axis: 0 });
  const [target] = writer.node(
    'Concat',
    [writer.integers([directions.length]), batch!, writer.integers([H])],
    {
      axis: 0,
    },
  );
  return writer.node('Expand', [learned, target!])[0]!;
}

/** The recurrent biases of all gates, in the operator's order: 0 for those that have none of their own. */
function recurrentBias(
  parameters: Cell['parameters'],
  to: readonly string[],
  values: Float32Array | undefined,
  H: number,
): Float32Array {
  const all = new Float32Array(to.length * H);
  const own = parameters.find(({ name }) => name === 'bias_hh');
  own?.gates.forEach((gate, index) => {
    all.set(values!.subarray(index * H, (index + 1) * H), to.indexOf(gate) * H);
  });
  return all;
}

/** Puts the gates' blocks of a parameter into another order. */
function reordered(
  values: Float32Array,
  from: readonly string[],
  to: readonly string[],
  block: number,
): Float32Array {
  return concatenated(
    to.map((gate) => values.subarray(from.indexOf(gate) * block, (from.indexOf(gate) + 1) * block)),
  );
}

function concatenated(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((total, { length }) => total + length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      result[column * rows + row] = values[row * columns + column]!;
    }
  }
  return result;
}

/**
 * The model file of a classifier: ids of tokens in, probabilities of labels out, in any ONNX runtime. Batch and time are free dimensions.
 */
import { emitGraph } from '../graph/onnx/emit.ts';
import { elementType } from '../graph/onnx/element-type.ts';
import { modelWriter } from '../graph/onnx/model-writer.ts';
import { encodeModel, type OnnxGraph } from '../graph/onnx/proto.ts';
import { input, reshape, softmax, transpose, weights } from '../graph/ops.ts';
import { optimize } from '../graph/passes/optimize.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import { tensorsOf, writeHead, writeLayers } from './export-operators.ts';
import { forward } from './forward.ts';
import { parameterLayout } from './parameters.ts';

export interface ClassifierExport {
  /** With one embedding and no numbers, padded. */
  readonly network: NetworkShape;
  /** [P], in the order of parameterLayout. */
  readonly parameters: Float32Array;
  /** Becomes the file's metadata_props. */
  readonly metadata: Readonly<Record<string, string>>;
}

const modelInputs = [
  { name: 'tokens', shape: ['batch', 'time'], type: 'int64' },
  { name: 'lengths', shape: ['batch'], type: 'int64' },
] as const;

/**
 * Inputs `tokens` [N,T], ids of one text a row, and `lengths` [N], how many of each row count, from 1 to T; both int64. Outputs
 * `probabilities` [N,C] and `logits` [N,C] of the labels. Cells that have a standard operator (RNN, LSTM, GRU) use it, with its
 * sequence_lens; the layer-normalised ones are a Scan over their equations.
 */
export function exportClassifier(options: ClassifierExport): Uint8Array {
  const { network, metadata } = options;
  if (network.embeddings?.length !== 1 || network.inputSize !== 1 || network.padded !== true)
    throw new Error('export: expected a padded network of one embedding and no numbers');
  return encodeModel(network.layerNorm ? equations(options) : operators(options), metadata);
}

const outputsOf = ({ outputSize }: NetworkShape) =>
  ['probabilities', 'logits'].map((name) => ({ name, shape: ['batch', outputSize] }));

function operators({ network, parameters }: ClassifierExport): OnnxGraph {
  const tensors = tensorsOf(network, parameters);
  const [{ vocabulary, size }] = network.embeddings as [{ vocabulary: number; size: number }];
  const writer = modelWriter(modelInputs);
  const node = (type: string, operands: readonly string[], attributes = {}) =>
    writer.node(type, operands, attributes)[0]!;
  const table = writer.weights('embeddings.0.weight', tensors.get('embeddings.0.weight')!, [
    vocabulary,
    size,
  ]);
  const steps = node('Transpose', ['tokens'], { perm: [1, 0] });
  const sequence = node('Gather', [table, steps], { axis: 0 });
  const lengths = node('Cast', ['lengths'], { to: elementType.int32 });
  const { last } = writeLayers(writer, network, tensors, sequence, lengths);
  const logits = writeHead(writer, network, tensors, last);
  const probabilities = node('Softmax', [logits], { axis: 1 });
  const named = (name: string, from: string) => ({
    opType: 'Identity',
    name,
    input: [from],
    output: [name],
    attributes: {},
  });
  return {
    name: network.architecture,
    nodes: [...writer.nodes, named('probabilities', probabilities), named('logits', logits)],
    inputs: modelInputs,
    outputs: outputsOf(network),
    initializers: writer.initializers,
  };
}

function equations({ network, parameters }: ClassifierExport): OnnxGraph {
  const [ids, mask] = [input('float_tokens', ['batch', 'time']), input('float_mask', ['batch', 'time'])];
  const tensors = new Map(
    parameterLayout(network).map(({ name, shape, offset, size }) => [
      name,
      weights(name, parameters.subarray(offset, offset + size), shape),
    ]),
  );
  const x = reshape(transpose(ids, [1, 0]), ['time', 'batch', 1]);
  const padding = transpose(mask, [1, 0]);
  const logits = reshape(forward(network, tensors, x, 'last', { padding }), ['batch', network.outputSize]);
  const graph = emitGraph(
    optimize({
      inputs: [ids, mask],
      outputs: [
        { name: 'probabilities', tensor: softmax(logits, 1) },
        { name: 'logits', tensor: logits },
      ],
    }),
    network.architecture,
  );
  return withIntegerInputs(graph);
}

/** Makes the two float inputs of a graph of the integer ones that the file has. */
function withIntegerInputs(graph: OnnxGraph): OnnxGraph {
  const writer = modelWriter(modelInputs);
  const node = (type: string, operands: readonly string[], attributes = {}) =>
    writer.node(type, operands, attributes)[0]!;
  const time = node('Squeeze', [
    node('Gather', [node('Shape', ['tokens']), writer.integers([1])], { axis: 0 }),
  ]);
  const zero = node('Squeeze', [writer.integers([0])]);
  const one = node('Squeeze', [writer.integers([1])]);
  const positions = node('Range', [zero, time, one]);
  const column = node('Unsqueeze', ['lengths', writer.integers([1])]);
  const before = node('Less', [positions, column]);
  const casts = [
    { from: 'tokens', to: 'float_tokens' },
    { from: before, to: 'float_mask' },
  ].map(({ from, to }) => ({
    opType: 'Cast',
    name: to,
    input: [from],
    output: [to],
    attributes: { to: elementType.float32 },
  }));
  // two writers count from 1, each for itself
  const own = (name: string) => (writtenHere.has(name) ? `inputs_${name}` : name);
  const writtenHere = new Set([
    ...writer.nodes.flatMap(({ output }) => output),
    ...writer.initializers.map(({ name }) => name),
  ]);
  const renamed = [...writer.nodes, ...casts].map((item) => ({
    ...item,
    name: `inputs_${item.name}`,
    input: item.input.map(own),
    output: item.output.map(own),
  }));
  return {
    ...graph,
    nodes: [...renamed, ...graph.nodes],
    inputs: modelInputs,
    initializers: [
      ...graph.initializers,
      ...writer.initializers.map((item) => ({ ...item, name: own(item.name) })),
    ],
  };
}

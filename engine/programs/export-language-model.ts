/**
 * The model file of a language model: ids of tokens and states in, what may come next and states out, in any ONNX runtime. With one step at a
 * time it is the entry that sampling needs, with many it reads a prompt or scores a text. Batch and time are free dimensions.
 */
import { elementType } from '../graph/onnx/element-type.ts';
import { emitGraph } from '../graph/onnx/emit.ts';
import { modelWriter } from '../graph/onnx/model-writer.ts';
import { encodeModel, type OnnxGraph } from '../graph/onnx/proto.ts';
import { input, reshape, softmax, transpose, weights } from '../graph/ops.ts';
import { optimize } from '../graph/passes/optimize.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import { byLayer, carriedStates } from './carried-states.ts';
import { tensorsOf, writeHead, writeLayers } from './export-operators.ts';
import { forwardWithStates } from './forward.ts';
import { parameterLayout } from './parameters.ts';
import { collectTraces } from './trace.ts';

export interface LanguageModelExport {
  /** With one embedding and no numbers, an output after every step; initial states are 0. */
  readonly network: NetworkShape;
  /** [P], in the order of parameterLayout. */
  readonly parameters: Float32Array;
  /** Whether the file tells its states and gates, too (see trace.ts). */
  readonly trace?: boolean;
  /** Becomes the file's metadata_props. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Inputs `tokens` [N,T], int64, and each state [N,H] by the names of carriedStates (`layers.0.h`, of an lstm `layers.0.c`, too), 0 where a text
 * begins. Outputs `probabilities` [N,T,V] and `logits` [N,T,V] of the token that follows each, and `next_<state>` [N,H] after the last step.
 * Cells that have a standard operator (RNN, LSTM, GRU) use it; the layer-normalised ones are a Scan over their equations.
 */
export function exportLanguageModel(options: LanguageModelExport): Uint8Array {
  const { network, metadata } = options;
  if (
    network.embeddings?.length !== 1 ||
    network.inputSize !== 1 ||
    network.architecture !== 'sequence_to_sequence'
  )
    throw new Error('export: expected a sequence_to_sequence network of one embedding and no numbers');
  if (network.bidirectional || network.learnInitialState)
    throw new Error('export: expected one direction and initial states of 0');
  return encodeModel(network.layerNorm || options.trace ? equations(options) : operators(options), metadata);
}

const modelInputs = (network: NetworkShape) => [
  { name: 'tokens', shape: ['batch', 'time'], type: 'int64' as const },
  ...carriedStates(network).map(({ name }) => ({ name, shape: ['batch', network.hiddenSize] })),
];
const modelOutputs = (network: NetworkShape) => [
  ...['probabilities', 'logits'].map((name) => ({ name, shape: ['batch', 'time', network.outputSize] })),
  ...carriedStates(network).map(({ name }) => ({
    name: `next_${name}`,
    shape: ['batch', network.hiddenSize],
  })),
];

function operators({ network, parameters }: LanguageModelExport): OnnxGraph {
  const tensors = tensorsOf(network, parameters);
  const [{ vocabulary, size }] = network.embeddings as [{ vocabulary: number; size: number }];
  const inputs = modelInputs(network);
  const writer = modelWriter(inputs);
  const node = (type: string, operands: readonly string[], attributes = {}) =>
    writer.node(type, operands, attributes)[0]!;
  const table = writer.weights('embeddings.0.weight', tensors.get('embeddings.0.weight')!, [
    vocabulary,
    size,
  ]);
  const steps = node('Transpose', ['tokens'], { perm: [1, 0] });
  const carried = byLayer(
    network,
    carriedStates(network).map(({ name }) => name),
  );
  const read = writeLayers(
    writer,
    network,
    tensors,
    node('Gather', [table, steps], { axis: 0 }),
    '',
    carried,
  );
  const features = node('Transpose', [read.sequence], { perm: [1, 0, 2] });
  const logits = writeHead(writer, network, tensors, features);
  const probabilities = node('Softmax', [logits], { axis: 2 });
  const named = (name: string, from: string) => ({
    opType: 'Identity',
    name,
    input: [from],
    output: [name],
    attributes: {},
  });
  return {
    name: network.architecture,
    nodes: [
      ...writer.nodes,
      named('probabilities', probabilities),
      named('logits', logits),
      ...carriedStates(network).map(({ name }, index) => named(`next_${name}`, read.states[index]!)),
    ],
    inputs,
    outputs: modelOutputs(network),
    initializers: writer.initializers,
  };
}

function equations({ network, parameters, trace = false }: LanguageModelExport): OnnxGraph {
  const traces = collectTraces('layers');
  const ids = input('float_tokens', ['batch', 'time']);
  const states = carriedStates(network);
  const given = states.map(({ name }) => input(name, ['batch', network.hiddenSize]));
  const tensors = new Map(
    parameterLayout(network).map(({ name, shape, offset, size }) => [
      name,
      weights(name, parameters.subarray(offset, offset + size), shape),
    ]),
  );
  const featureMajor = given.map((state) => transpose(state, [1, 0]));
  const { outputs, states: next } = forwardWithStates(
    network,
    tensors,
    reshape(transpose(ids, [1, 0]), ['time', 'batch', 1]),
    'all',
    { initial: byLayer(network, featureMajor), ...(trace && { tracer: traces.tracer }) },
  );
  const logits = transpose(outputs, [1, 0, 2]);
  const graph = emitGraph(
    optimize({
      inputs: [ids, ...given],
      outputs: [
        { name: 'probabilities', tensor: softmax(logits, 2) },
        { name: 'logits', tensor: logits },
        ...states.map(({ name }, index) => ({
          name: `next_${name}`,
          tensor: transpose(next[index]!, [1, 0]),
        })),
        ...traces.outputs,
      ],
    }),
    network.architecture,
  );
  const cast = {
    opType: 'Cast',
    name: 'float_tokens',
    input: ['tokens'],
    output: ['float_tokens'],
    attributes: { to: elementType.float32 },
  };
  return { ...graph, nodes: [cast, ...graph.nodes], inputs: modelInputs(network) };
}

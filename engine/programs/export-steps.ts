/**
 * The file of a forecast that is driven step by step: rows and states in, a forecast after each row and the states behind the last out, in any ONNX
 * runtime. Its numbers are those of the whole file (export-model.ts): T rows one by one come to what they come to at once.
 */
import { chain, prepend } from '../graph/onnx/chain.ts';
import { emitGraph } from '../graph/onnx/emit.ts';
import { modelWriter, type ModelWriter } from '../graph/onnx/model-writer.ts';
import { encodeModel, type OnnxGraph, type ValueInfo } from '../graph/onnx/proto.ts';
import { input, transpose, weights } from '../graph/ops.ts';
import { optimize } from '../graph/passes/optimize.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import { byLayer, carriedStates, initialStates } from './carried-states.ts';
import { behindEmbeddings } from './export-categories.ts';
import { tensorsOf, writeHead, writeLayers } from './export-operators.ts';
import { onePerTarget, type ExportOptions } from './export-options.ts';
import { windowInputsGraph } from './export-window-inputs.ts';
import { forecastOutputs } from './forecast-outputs.ts';
import { forwardWithStates } from './forward.ts';
import { parameterLayout } from './parameters.ts';

/** Says which rows of the batch go on from their states (1), and which begin anew (0): an input of networks that learn their initial states. */
export const keepName = 'keep';

/**
 * Inputs: those of exportModel, each state [N,H] by the names of carriedStates (`layers.0.h`, of an lstm `layers.0.c`, too), 0 where a series begins, and
 * where initial states are learned `keep` [N]. Outputs: those of exportModel with an output at every step, and `next_<state>` [N,H].
 * @throws Error for networks whose answer to a row needs rows behind it: both directions, scaling by the window, numbers known ahead, and those that write
 */
export function exportSteps(options: ExportOptions & { readonly network: NetworkShape }): Uint8Array {
  const { inputScaling, outputScaling, metadata, forecast = onePerTarget, categories = [] } = options;
  if (options.network.bidirectional)
    throw new Error('export: expected a network of one direction, got one of both');
  if (inputScaling.window || outputScaling.window)
    throw new Error('export: expected scaling by training or series, got scaling by the window');
  if ((options.ahead ?? []).length > 0) throw new Error('export: expected no numbers known ahead, got some');
  const { network, parameters, tables } = behindEmbeddings(
    { ...options.network, architecture: 'sequence_to_sequence' },
    options.parameters,
  );
  const states = carriedStates(network);
  const body = (network.layerNorm ? equations : operators)(network, parameters);
  const inputs = windowInputsGraph({
    inputSize: network.inputSize,
    architecture: network.architecture,
    inputScaling,
    outputScaling,
    ...(categories.length > 0 && { categories: { kinds: categories, tables } }),
  });
  const whole = prepend(inputs, body);
  const outputs = emitGraph(optimize(forecastOutputs({ ...options, network, forecast })), 'outputs');
  const chained = chain({ ...whole, outputs: [...whole.outputs, ...inputs.outputs] }, outputs);
  return encodeModel(
    {
      ...chained,
      inputs: [...chained.inputs, ...stateInputs(network)],
      outputs: [
        ...chained.outputs,
        ...states.map(({ name }) => ({ name: `next_${name}`, shape: ['batch', network.hiddenSize] })),
      ],
    },
    metadata,
  );
}

const stateInputs = (network: NetworkShape): readonly ValueInfo[] => [
  ...carriedStates(network).map(({ name }) => ({ name, shape: ['batch', network.hiddenSize] })),
  ...(network.learnInitialState ? [{ name: keepName, shape: ['batch'] }] : []),
];

/** From `scaled` [batch,time,I] and the states to `head` [batch,time,P] and the next states: one RNN, LSTM or GRU node a layer. */
function operators(network: NetworkShape, parameters: Float32Array): OnnxGraph {
  const { inputSize: I, outputSize: P } = network;
  const tensors = tensorsOf(network, parameters);
  const inputs = [{ name: 'scaled', shape: ['batch', 'time', I] }, ...stateInputs(network)];
  const writer = modelWriter(inputs);
  const node = nodeOf(writer);
  const begins = network.learnInitialState ? beginning(writer) : null;
  const given = carriedStates(network).map(({ name, layer, state }) => {
    if (begins === null) return name;
    const learned = `layers.${layer}.initial_${state}`;
    const first = writer.weights(learned, tensors.get(learned)!, [1, network.hiddenSize]);
    return node('Add', [node('Mul', [name, begins.kept]), node('Mul', [first, begins.anew])]);
  });
  const read = writeLayers(
    writer,
    network,
    tensors,
    node('Transpose', ['scaled'], { perm: [1, 0, 2] }),
    '',
    byLayer(network, given),
  );
  const head = writeHead(writer, network, tensors, node('Transpose', [read.sequence], { perm: [1, 0, 2] }));
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
      named('head', head),
      ...carriedStates(network).map(({ name }, index) => named(`next_${name}`, read.states[index]!)),
    ],
    inputs,
    outputs: [{ name: 'head', shape: ['batch', 'time', P] }],
    initializers: writer.initializers,
  };
}

const nodeOf =
  (writer: ModelWriter) =>
  (type: string, operands: readonly string[], attributes = {}): string =>
    writer.node(type, operands, attributes)[0]!;

/** [N,1] each: 1 for rows that go on, and 1 for rows that begin anew. */
function beginning(writer: ModelWriter): { readonly kept: string; readonly anew: string } {
  const node = nodeOf(writer);
  const kept = node('Unsqueeze', [keepName, writer.integers([1])]);
  return { kept, anew: node('Sub', [writer.floats([1], [1]), kept]) };
}

/** The same as a Scan over the network's own equations, for cells that no standard operator computes. */
function equations(network: NetworkShape, parameters: Float32Array): OnnxGraph {
  const x = input('scaled', ['batch', 'time', network.inputSize]);
  const states = carriedStates(network);
  const given = states.map(({ name }) => input(name, ['batch', network.hiddenSize]));
  const keep = network.learnInitialState ? input(keepName, ['batch']) : null;
  const tensors = new Map(
    parameterLayout(network).map(({ name, shape, offset, size }) => [
      name,
      weights(name, parameters.subarray(offset, offset + size), shape),
    ]),
  );
  const featureMajor = given.map((state) => transpose(state, [1, 0]));
  const { outputs, states: next } = forwardWithStates(network, tensors, transpose(x, [1, 0, 2]), 'all', {
    initial: keep ? initialStates(network, tensors, featureMajor, keep) : byLayer(network, featureMajor),
  });
  return emitGraph(
    optimize({
      inputs: [x, ...given, ...(keep ? [keep] : [])],
      outputs: [
        { name: 'head', tensor: transpose(outputs, [1, 0, 2]) },
        ...states.map(({ name }, index) => ({
          name: `next_${name}`,
          tensor: transpose(next[index]!, [1, 0]),
        })),
      ],
    }),
    network.architecture,
  );
}

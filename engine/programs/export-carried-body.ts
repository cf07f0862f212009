/**
 * The middle part of a file whose states go on from run to run: the layers of a network and its head, with an output after every step, and its states as inputs
 * and outputs.
 */
import { emitGraph } from '../graph/onnx/emit.ts';
import { modelWriter, named, nodeOf, type ModelWriter } from '../graph/onnx/model-writer.ts';
import type { OnnxGraph, ValueInfo } from '../graph/onnx/proto.ts';
import { input, transpose } from '../graph/ops.ts';
import { optimize } from '../graph/passes/optimize.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import { byLayer, carriedStates, initialStates, keepName } from './carried-states.ts';
import type { Body } from './export-body.ts';
import { tensorsOf, writeHead, writeLayers } from './export-operators.ts';
import { forwardWithStates } from './forward.ts';
import { parameterLayout } from './parameters.ts';
import { collectTraces } from './trace.ts';
import { trainedWeights } from './trained-weights.ts';

/** Each state [N,H] by the names of carriedStates (`layers.0.h`, of an lstm `layers.0.c`, too), and where initial states are learned `keep` [N]. */
export const stateInputs = (network: NetworkShape): readonly ValueInfo[] => [
  ...carriedStates(network).map(({ name }) => ({ name, shape: ['batch', network.hiddenSize] })),
  ...(network.learnInitialState ? [{ name: keepName, shape: ['batch'] }] : []),
];

/** `next_<state>` [N,H], after the last step. */
export const stateOutputs = (network: NetworkShape): readonly ValueInfo[] =>
  carriedStates(network).map(({ name }) => ({ name: `next_${name}`, shape: ['batch', network.hiddenSize] }));

/**
 * From `scaled` [batch,time,I] and `stateInputs` to `head` [batch,time,P] and `stateOutputs`: one RNN, LSTM or GRU node a layer; layer-normalised cells, and those
 * that are looked at, are a Scan over their equations.
 */
export const exportCarriedBody = (body: Omit<Body, 'reads'>): OnnxGraph =>
  body.network.layerNorm || body.trace ? equations(body) : operators(body);

/** What a network pools over is more than it carries. */
export function refusePooling({ pooling = 'last' }: NetworkShape): void {
  if (pooling !== 'last') throw new Error(`export: expected pooling last, got ${pooling}`);
}

function operators({ network, parameters }: Omit<Body, 'reads'>): OnnxGraph {
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
  return {
    name: network.architecture,
    nodes: [
      ...writer.nodes,
      named('head', head),
      ...stateOutputs(network).map(({ name }, index) => named(name, read.states[index]!)),
    ],
    inputs,
    outputs: [{ name: 'head', shape: ['batch', 'time', P] }],
    initializers: writer.initializers,
  };
}

/** [N,1] each: 1 for rows that go on, and 1 for rows that begin anew. */
function beginning(writer: ModelWriter): { readonly kept: string; readonly anew: string } {
  const node = nodeOf(writer);
  const kept = node('Unsqueeze', [keepName, writer.integers([1])]);
  return { kept, anew: node('Sub', [writer.floats([1], [1]), kept]) };
}

function equations({ network, parameters, trace = false }: Omit<Body, 'reads'>): OnnxGraph {
  const x = input('scaled', ['batch', 'time', network.inputSize]);
  const given = carriedStates(network).map(({ name }) => input(name, ['batch', network.hiddenSize]));
  const keep = network.learnInitialState ? input(keepName, ['batch']) : null;
  const tensors = trainedWeights(parameterLayout(network), parameters);
  const traces = collectTraces('layers');
  const featureMajor = given.map((state) => transpose(state, [1, 0]));
  const { outputs, states } = forwardWithStates(network, tensors, transpose(x, [1, 0, 2]), 'all', {
    initial: keep ? initialStates(network, tensors, featureMajor, keep) : byLayer(network, featureMajor),
    ...(trace && { tracer: traces.tracer }),
  });
  return emitGraph(
    optimize({
      inputs: [x, ...given, ...(keep ? [keep] : [])],
      outputs: [
        { name: 'head', tensor: transpose(outputs, [1, 0, 2]) },
        ...stateOutputs(network).map(({ name }, index) => ({
          name,
          tensor: transpose(states[index]!, [1, 0]),
        })),
        ...traces.outputs,
      ],
    }),
    network.architecture,
  );
}

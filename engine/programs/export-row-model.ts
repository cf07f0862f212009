/**
 * The model file of a network over rows, or over series of rows: raw values in, answers in the dataset's own terms out, in any ONNX runtime. Scaling, one-hot, embeddings and what the
 * outputs mean are inside; batch and time are free dimensions.
 */
import { chain, prepend } from '../graph/onnx/chain.ts';
import { emitGraph } from '../graph/onnx/emit.ts';
import { modelWriter } from '../graph/onnx/model-writer.ts';
import { encodeModel, type OnnxGraph } from '../graph/onnx/proto.ts';
import type { Graph } from '../graph/graph.ts';
import {
  add,
  constant,
  input,
  multiply,
  reshape,
  sigmoid,
  softmax,
  transpose,
  weights,
} from '../graph/ops.ts';
import type { Tensor } from '../graph/tensor.ts';
import { optimize } from '../graph/passes/optimize.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import { rowSizes, type NumberScaling, type RowInputs } from '../spec/row-inputs.ts';
import { tensorsOf, writeHead, writeLayers } from './export-operators.ts';
import { rowInputsGraph } from './export-row-inputs.ts';
import { forward } from './forward.ts';
import { withoutLogarithms } from './logarithms.ts';
import { embeddedSize, parameterLayout } from './parameters.ts';
import { collectTraces, isTrace } from './trace.ts';

/** What the numbers of the head are. */
export type RowOutputs =
  | { readonly kind: 'classes' }
  | { readonly kind: 'labels' }
  | { readonly kind: 'numbers'; readonly scaling: NumberScaling };

export interface RowModelExport {
  /** Its sizes are those of `inputs`. */
  readonly network: NetworkShape;
  readonly inputs: RowInputs;
  readonly outputs: RowOutputs;
  /** [P], in the order of parameterLayout. */
  readonly parameters: Float32Array;
  /** Whether the file tells its states and gates, too (see trace.ts). */
  readonly trace?: boolean;
  /** Becomes the file's metadata_props. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Inputs: those of `rowModelInputs`. Outputs of classes and labels: `probabilities` [N,C], of all together 1 or each by itself, and `logits` [N,C]; of
 * numbers: `y` [N,targets]. A network with an output after every step has [N,T,C] of both. Cells that have a standard operator (RNN, LSTM, GRU) use it, with its sequence_lens; the layer-normalised ones are a
 * Scan over their equations.
 */
export function exportRowModel({
  network,
  inputs,
  outputs,
  parameters,
  trace = false,
  metadata,
}: RowModelExport): Uint8Array {
  const sizes = rowSizes(inputs);
  if (sizes.inputSize !== network.inputSize || (sizes.padded ?? false) !== (network.padded ?? false))
    throw new Error(
      `export: expected a network of ${sizes.inputSize} inputs, got one of ${network.inputSize}, or padding of one of both alone`,
    );
  const tensors = tensorsOf(network, parameters);
  const tables = (network.embeddings ?? []).map((_, index) => tensors.get(`embeddings.${index}.weight`)!);
  const body =
    network.layerNorm || trace
      ? equations(withoutEmbeddings(network), network, parameters, trace)
      : operators(withoutEmbeddings(network), tensors);
  const traces = body.outputs.filter(({ name }) => isTrace(name));
  const chained = chain(
    prepend(rowInputsGraph(inputs, tables), body),
    emitGraph(optimize(outputsGraph(network, outputs)), 'outputs'),
  );
  return encodeModel({ ...chained, outputs: [...chained.outputs, ...traces] }, metadata);
}

/** What is behind the embeddings. */
function withoutEmbeddings(network: NetworkShape): NetworkShape {
  return { ...network, inputSize: embeddedSize(network), embeddings: [] };
}

const everyStep = ({ architecture }: NetworkShape): boolean => architecture === 'sequence_to_sequence';
/** [N,P], or [N,T,P]. */
const headShape = (network: NetworkShape) => [
  'batch',
  ...(everyStep(network) ? ['time'] : []),
  network.outputSize,
];

/** Inputs `x` [T,N,F], `lengths_int32` [N]; output `head`, as `headShape` has it. */
function operators(network: NetworkShape, tensors: ReadonlyMap<string, Float32Array>): OnnxGraph {
  const inputs = [{ name: 'x', shape: ['time', 'batch', network.inputSize] }];
  const writer = modelWriter(inputs);
  const { sequence, last } = writeLayers(
    writer,
    network,
    tensors,
    'x',
    network.padded === true ? 'lengths_int32' : '',
  );
  const head = writeHead(
    writer,
    network,
    tensors,
    everyStep(network) ? writer.node('Transpose', [sequence], { perm: [1, 0, 2] })[0]! : last,
  );
  return {
    name: network.architecture,
    nodes: [
      ...writer.nodes,
      { opType: 'Identity', name: 'head', input: [head], output: ['head'], attributes: {} },
    ],
    inputs,
    outputs: [{ name: 'head', shape: headShape(network) }],
    initializers: writer.initializers,
  };
}

/** Inputs `x` [T,N,F], `mask` [T,N]; output `head`, as `headShape` has it. */
function equations(
  network: NetworkShape,
  whole: NetworkShape,
  parameters: Float32Array,
  trace: boolean,
): OnnxGraph {
  const traces = collectTraces('layers');
  const x = input('x', ['time', 'batch', network.inputSize]);
  const mask = network.padded === true ? input('mask', ['time', 'batch']) : null;
  const tensors = new Map(
    parameterLayout(whole).map(({ name, shape, offset, size }) => [
      name,
      weights(name, parameters.subarray(offset, offset + size), shape),
    ]),
  );
  const outputs = forward(network, tensors, x, everyStep(network) ? 'all' : 'last', {
    ...(mask && { padding: mask }),
    ...(trace && { tracer: traces.tracer }),
  });
  const head = everyStep(network)
    ? transpose(outputs, [1, 0, 2])
    : reshape(outputs, ['batch', network.outputSize]);
  return emitGraph(
    optimize({
      inputs: mask ? [x, mask] : [x],
      outputs: [{ name: 'head', tensor: head }, ...traces.outputs],
    }),
    network.architecture,
  );
}

function outputsGraph(network: NetworkShape, outputs: RowOutputs): Graph {
  const head = input('head', headShape(network));
  return { inputs: [head], outputs: outputsOf[outputs.kind](head, outputs as never) };
}

type Named = readonly { readonly name: string; readonly tensor: Tensor }[];
const outputsOf: {
  readonly [Kind in RowOutputs['kind']]: (
    head: Tensor,
    outputs: Extract<RowOutputs, { kind: Kind }>,
  ) => Named;
} = {
  classes: (head) => [
    { name: 'probabilities', tensor: softmax(head, head.shape.length - 1) },
    { name: 'logits', tensor: head },
  ],
  labels: (head) => [
    { name: 'probabilities', tensor: sigmoid(head) },
    { name: 'logits', tensor: head },
  ],
  numbers: (head, { scaling }) => {
    const column = (values: readonly number[]) => constant(values, [values.length]);
    const inLine = add(multiply(head, column(scaling.std)), column(scaling.mean));
    return [{ name: 'y', tensor: withoutLogarithms(inLine, scaling.log) }];
  },
};

/**
 * The model file of a language model: ids of tokens and states in, what may come next and states out, in any ONNX runtime. With one step at a
 * time it is the entry that sampling needs, with many it reads a prompt or scores a text. Batch and time are free dimensions.
 */
import { chain, prepend } from '../graph/onnx/chain.ts';
import { modelWriter, named } from '../graph/onnx/model-writer.ts';
import { encodeModel, type OnnxGraph } from '../graph/onnx/proto.ts';
import type { Embedding, NetworkShape } from '../spec/network-shape.ts';
import { exportCarriedBody, stateInputs, stateOutputs } from './export-carried-body.ts';
import { behindEmbeddings } from './export-categories.ts';
import { rowOutputsGraph } from './export-row-outputs.ts';
import { isTrace } from './trace.ts';

export interface LanguageModelExport {
  /** With one embedding and no numbers, an output after every step, and one direction. */
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
 * begins, and where initial states are learned `keep` [N]: 1 for texts that go on from those states, 0 for those that begin. Outputs `probabilities` [N,T,V] and `logits` [N,T,V] of the token that follows each, and `next_<state>` [N,H] after the last step.
 * Cells that have a standard operator (RNN, LSTM, GRU) use it; the layer-normalised ones are a Scan over their equations.
 */
export function exportLanguageModel({
  network,
  parameters,
  trace = false,
  metadata,
}: LanguageModelExport): Uint8Array {
  if (
    network.embeddings?.length !== 1 ||
    network.inputSize !== 1 ||
    network.architecture !== 'sequence_to_sequence'
  )
    throw new Error('export: expected a sequence_to_sequence network of one embedding and no numbers');
  if (network.bidirectional) throw new Error('export: expected one direction, got both');
  const behind = behindEmbeddings(network, parameters);
  const body = exportCarriedBody({ ...behind, trace });
  const [{ vocabulary, size }] = network.embeddings as [Embedding];
  const chained = chain(
    prepend(tokensGraph(behind.tables[0]!, [vocabulary, size]), body),
    rowOutputsGraph(network, { kind: 'classes' }),
  );
  return encodeModel(
    {
      ...chained,
      inputs: [...chained.inputs, ...stateInputs(network)],
      outputs: [
        ...chained.outputs,
        ...stateOutputs(network),
        ...body.outputs.filter(({ name }) => isTrace(name)),
      ],
    },
    metadata,
  );
}

/** `tokens` [N,T] → `scaled` [N,T,E], their vectors. @param table - [V,E] */
function tokensGraph(table: Float32Array, shape: readonly [vocabulary: number, size: number]): OnnxGraph {
  const inputs = [{ name: 'tokens', shape: ['batch', 'time'], type: 'int64' as const }];
  const writer = modelWriter(inputs);
  const [vectors] = writer.node('Gather', [writer.weights('embeddings.0.weight', table, shape), 'tokens'], {
    axis: 0,
  });
  return {
    name: 'inputs',
    nodes: [...writer.nodes, named('scaled', vectors!)],
    inputs,
    outputs: [{ name: 'scaled', shape: [] }],
    initializers: writer.initializers,
  };
}

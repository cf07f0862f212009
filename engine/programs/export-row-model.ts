/**
 * The model file of a network over rows, or over series of rows: raw values in, answers in the dataset's own terms out, in any ONNX runtime. Scaling, one-hot, embeddings and what the
 * outputs mean are inside; batch and time are free dimensions.
 */
import { chain, prepend } from '../graph/onnx/chain.ts';
import { encodeModel } from '../graph/onnx/proto.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import { rowSizes, type RowInputs } from '../spec/row-inputs.ts';
import { exportBody } from './export-body.ts';
import { behindEmbeddings } from './export-categories.ts';
import { rowInputsGraph } from './export-row-inputs.ts';
import { rowOutputsGraph, type RowOutputs } from './export-row-outputs.ts';
import { isTrace } from './trace.ts';

export type { RowOutputs };

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
  const behind = behindEmbeddings(network, parameters);
  const body = exportBody({ ...behind, reads: 'x', trace });
  const traces = body.outputs.filter(({ name }) => isTrace(name));
  const chained = chain(
    prepend(rowInputsGraph(inputs, behind.tables), body),
    rowOutputsGraph(network, outputs),
  );
  return encodeModel({ ...chained, outputs: [...chained.outputs, ...traces] }, metadata);
}

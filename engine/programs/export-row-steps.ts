/**
 * The file of a network over sequences that is driven step by step: rows of a series, or tokens of a text, and states in, an answer after each step and the states
 * behind the last out, in any ONNX runtime. Its numbers are those of the whole file (export-row-model.ts): T steps one by one come to what they come to at once.
 */
import { chain, prepend } from '../graph/onnx/chain.ts';
import { modelWriter, named } from '../graph/onnx/model-writer.ts';
import { encodeModel, type OnnxGraph } from '../graph/onnx/proto.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import { exportCarriedBody, refusePooling, stateInputs, stateOutputs } from './export-carried-body.ts';
import { behindEmbeddings } from './export-categories.ts';
import { rowInputsGraph } from './export-row-inputs.ts';
import type { RowModelExport } from './export-row-model.ts';
import { rowOutputsGraph } from './export-row-outputs.ts';

/**
 * Inputs: those of exportRowModel but for `lengths`, each state [N,H] by the names of carriedStates (`layers.0.h`, of an lstm `layers.0.c`, too), 0 where a sequence
 * begins, and where initial states are learned `keep` [N]. Outputs: those of exportRowModel with an output at every step, [N,T,·], and `next_<state>` [N,H].
 * @throws Error for networks of both directions, whose answer to a step needs those behind it, for those that pool over steps, and for rows without a sequence
 */
export function exportRowSteps({
  network: whole,
  inputs,
  outputs,
  parameters: all,
  metadata,
}: Omit<RowModelExport, 'trace'>): Uint8Array {
  if (whole.bidirectional) throw new Error('export: expected a network of one direction, got one of both');
  refusePooling(whole);
  const { sequence } = inputs;
  if (sequence === null) throw new Error('export: expected a sequence among the inputs, got none');
  const { network, parameters, tables } = behindEmbeddings<NetworkShape>(
    { ...whole, architecture: 'sequence_to_sequence', padded: false },
    all,
  );
  const read = rowInputsGraph({ ...inputs, sequence: { ...sequence, padded: false } }, tables);
  const body = prepend(chain(read, stepsSecond()), exportCarriedBody({ network, parameters }));
  const chained = chain(body, rowOutputsGraph(network, outputs));
  return encodeModel(
    {
      ...chained,
      inputs: [...chained.inputs, ...stateInputs(network)],
      outputs: [...chained.outputs, ...stateOutputs(network)],
    },
    metadata,
  );
}

/** `x` [T,N,F] → `scaled` [N,T,F]. */
function stepsSecond(): OnnxGraph {
  const inputs = [{ name: 'x', shape: ['time', 'batch', 'features'] }];
  const writer = modelWriter(inputs);
  const [scaled] = writer.node('Transpose', ['x'], { perm: [1, 0, 2] });
  return {
    name: 'steps',
    nodes: [...writer.nodes, named('scaled', scaled!)],
    inputs,
    outputs: [{ name: 'scaled', shape: [] }],
    initializers: writer.initializers,
  };
}

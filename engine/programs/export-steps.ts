/**
 * The file of a forecast that is driven step by step: rows and states in, a forecast after each row and the states behind the last out, in any ONNX
 * runtime. Its numbers are those of the whole file (export-model.ts): T rows one by one come to what they come to at once.
 */
import { chain, prepend } from '../graph/onnx/chain.ts';
import { emitGraph } from '../graph/onnx/emit.ts';
import { encodeModel } from '../graph/onnx/proto.ts';
import { optimize } from '../graph/passes/optimize.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import { exportCarriedBody, refusePooling, stateInputs, stateOutputs } from './export-carried-body.ts';
import { behindEmbeddings } from './export-categories.ts';
import { onePerTarget, type ExportOptions } from './export-options.ts';
import { windowInputsGraph } from './export-window-inputs.ts';
import { forecastOutputs } from './forecast-outputs.ts';

/**
 * Inputs: those of exportModel, each state [N,H] by the names of carriedStates (`layers.0.h`, of an lstm `layers.0.c`, too), 0 where a series begins, and
 * where initial states are learned `keep` [N]. Outputs: those of exportModel with an output at every step, and `next_<state>` [N,H].
 * @throws Error for networks whose answer to a row needs rows behind it, or more of those before it than a state: both directions, pooling, scaling by the window, numbers known ahead, and those that write
 */
export function exportSteps(options: ExportOptions & { readonly network: NetworkShape }): Uint8Array {
  const { inputScaling, outputScaling, metadata, forecast = onePerTarget, categories = [] } = options;
  if (options.network.bidirectional)
    throw new Error('export: expected a network of one direction, got one of both');
  refusePooling(options.network);
  if (inputScaling.window || outputScaling.window)
    throw new Error('export: expected scaling by training or series, got scaling by the window');
  if ((options.ahead ?? []).length > 0) throw new Error('export: expected no numbers known ahead, got some');
  const { network, parameters, tables } = behindEmbeddings(
    { ...options.network, architecture: 'sequence_to_sequence' },
    options.parameters,
  );
  const body = exportCarriedBody({ network, parameters });
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
      outputs: [...chained.outputs, ...stateOutputs(network)],
    },
    metadata,
  );
}

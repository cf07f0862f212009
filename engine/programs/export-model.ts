/**
 * The model file: raw values in, raw values out, in any ONNX runtime. Scaling is inside the graph; batch and time are
 * free dimensions.
 */
import { encodeModel, opset } from '../graph/onnx/proto.ts';
import { exportEquations } from './export-equations.ts';
import { exportOperators } from './export-operators.ts';
import type { ExportOptions } from './export-options.ts';

export { opset };

/**
 * Input `x` [N,T,I]. Output `y` [N,horizon,targets] (sequence_to_vector) or [N,T,horizon,targets]
 * (sequence_to_sequence). All float32, in the columns' own units. Cells that have a standard operator (RNN, LSTM, GRU)
 * use it; the layer-normalised ones are a Scan over their equations.
 * @throws Error when the sizes don't fit each other
 */
export function exportModel(options: ExportOptions): Uint8Array {
  const { network, horizon, inputScaling, outputScaling, metadata } = options;
  const { inputSize: I, outputSize: O } = network;
  const targets = outputScaling.mean.length;
  if (inputScaling.mean.length !== I || horizon * targets !== O) {
    throw new Error(
      `export: expected ${I} input columns and ${O} outputs, got scaling of ${inputScaling.mean.length} and ${horizon} × ${targets}`,
    );
  }
  return encodeModel(network.layerNorm ? exportEquations(options) : exportOperators(options), metadata);
}

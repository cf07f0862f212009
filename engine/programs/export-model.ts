/**
 * The model file: raw values in, raw values out, in any ONNX runtime. Scaling is inside the graph; batch and time are
 * free dimensions.
 */
import { chain, prepend } from '../graph/onnx/chain.ts';
import { emitGraph } from '../graph/onnx/emit.ts';
import { encodeModel, opset } from '../graph/onnx/proto.ts';
import { optimize } from '../graph/passes/optimize.ts';
import { lossOf } from '../nn/losses/table.ts';
import { outputSize } from '../spec/decoder-shape.ts';
import { readSize, tablesOf } from './decoder/export-writer.ts';
import { exportWindowWriter } from './decoder/export-window-writer.ts';
import { exportBody } from './export-body.ts';
import { behindEmbeddings } from './export-categories.ts';
import { onePerTarget, type ExportOptions } from './export-options.ts';
import { windowInputsGraph } from './export-window-inputs.ts';
import { forecastOutputs } from './forecast-outputs.ts';
import { isTrace } from './trace.ts';

export { opset };

/**
 * Input `x` [N,T,I], behind whose numbers the ids of categories stand, and `series` [N] (int64) where series have a scale of their own: the number of each, any other for a series that training did not have; `future` [N,horizon,F], the numbers that are known ahead. Output `y` [N,horizon,targets] (sequence_to_vector, encoder_decoder) or [N,T,horizon,targets]
 * (sequence_to_sequence), and what forecastOutputs says of distributions. All float32, in the columns' own units. Cells that have a standard operator (RNN, LSTM, GRU)
 * use it; the layer-normalised ones are a Scan over their equations, and encoder_decoder is that and a Loop.
 * @throws Error when the sizes don't fit each other
 */
export function exportModel(options: ExportOptions): Uint8Array {
  const {
    network,
    parameters,
    horizon,
    inputScaling,
    outputScaling,
    forecast = onePerTarget,
    metadata,
    ahead = [],
    categories = [],
    trace = false,
  } = options;
  const isWriter = network.architecture === 'encoder_decoder';
  const behind = isWriter ? null : behindEmbeddings(network, parameters);
  const I = isWriter ? readSize(network) : behind!.network.inputSize;
  const tables = isWriter ? tablesOf({ writer: network, parameters }) : behind!.tables;
  const O = lossOf(forecast.loss).targetSize(
    isWriter ? horizon * outputSize(network.decoder) : network.outputSize,
  );
  const targets = outputScaling.mean.length;
  if (inputScaling.mean.length > I || horizon * targets !== O) {
    throw new Error(
      `export: expected ${I} input columns and ${O} outputs, got scaling of ${inputScaling.mean.length} and ${horizon} × ${targets}`,
    );
  }
  const body = isWriter
    ? exportWindowWriter(network, parameters, horizon, trace)
    : exportBody({ ...behind!, reads: 'scaled', trace });
  const outputs = emitGraph(optimize(forecastOutputs({ ...options, forecast })), 'outputs');
  const inputs = windowInputsGraph({
    inputSize: I,
    architecture: network.architecture,
    inputScaling,
    outputScaling,
    ...(categories.length > 0 && { categories: { kinds: categories, tables } }),
    ...(ahead.length > 0 && { ahead: { columns: ahead, horizon } }),
  });
  const whole = prepend(inputs, body);
  const known = { ...whole, outputs: [...whole.outputs, ...inputs.outputs] };
  const chained = chain(known, outputs);
  const traces = body.outputs.filter(({ name }) => isTrace(name));
  return encodeModel({ ...chained, outputs: [...chained.outputs, ...traces] }, metadata);
}

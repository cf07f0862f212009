/**
 * The model file: standard ONNX operators, raw values in, raw values out. Scaling is inside the graph; batch and time
 * are free dimensions.
 */
import { modelWriter, type ModelWriter } from '../graph/onnx/model-writer.ts';
import { encodeModel } from '../graph/onnx/proto.ts';
import type { Cell } from '../nn/cells/cell.ts';
import { cells } from '../nn/cells/table.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import { parameterLayout } from './parameters.ts';

export { opset } from '../graph/onnx/proto.ts';

/** x_scaled = (x − mean) / std, one of each per column. */
export interface ColumnScaling {
  readonly mean: ArrayLike<number>;
  readonly std: ArrayLike<number>;
}

export interface ExportOptions {
  readonly network: NetworkShape;
  /** [P], in the order of parameterLayout. */
  readonly parameters: Float32Array;
  readonly horizon: number;
  /** Of the I input columns. */
  readonly inputScaling: ColumnScaling;
  /** Of the target columns. */
  readonly outputScaling: ColumnScaling;
  /** Becomes the file's metadata_props. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Input `x` [N,T,I]. Output `y` [N,horizon,targets] (sequence_to_vector) or [N,T,horizon,targets]
 * (sequence_to_sequence). All float32, in the columns' own units.
 * @throws Error when the sizes don't fit each other
 */
export function exportModel(options: ExportOptions): Uint8Array {
  const { network, parameters, horizon, inputScaling, outputScaling } = options;
  const { inputSize: I, outputSize: O, hiddenSize: H } = network;
  const targets = outputScaling.mean.length;
  if (inputScaling.mean.length !== I || horizon * targets !== O) {
    throw new Error(
      `export: expected ${I} input columns and ${O} outputs, got scaling of ${inputScaling.mean.length} and ${horizon} × ${targets}`,
    );
  }
  const tensors = new Map(
    parameterLayout(network).map(({ name, offset, size }) => [
      name,
      parameters.subarray(offset, offset + size),
    ]),
  );
  const everyStep = network.architecture === 'sequence_to_sequence';
  const writer = modelWriter([{ name: 'x', shape: ['batch', 'time', I] }]);
  const node = (type: string, inputs: readonly string[], attributes = {}) =>
    writer.node(type, inputs, attributes)[0]!;
  const column = (name: string, values: ArrayLike<number>) =>
    writer.weights(name, Float32Array.from(values), [values.length]);

  const centred = node('Sub', ['x', column('input_mean', inputScaling.mean)]);
  const scaled = node('Div', [centred, column('input_std', inputScaling.std)]);
  let sequence = node('Transpose', [scaled], { perm: [1, 0, 2] });
  let last = '';
  for (let layer = 0; layer < network.layers; layer++) {
    ({ sequence, last } = writeLayer(writer, network, tensors, layer, sequence));
  }
  const features = everyStep ? node('Transpose', [sequence], { perm: [1, 0, 2] }) : last;
  const headWeight = writer.weights('head.weight', transposed(tensors.get('head.weight')!, O, H), [H, O]);
  const product = node('MatMul', [features, headWeight]);
  const output = node('Add', [product, writer.weights('head.bias', tensors.get('head.bias')!, [O])]);
  const shape = writer.integers(everyStep ? [0, 0, horizon, targets] : [0, horizon, targets]);
  const shaped = node('Reshape', [output, shape]);
  const stretched = node('Mul', [shaped, column('output_std', outputScaling.std)]);
  const y = node('Add', [stretched, column('output_mean', outputScaling.mean)]);

  return encodeModel(
    {
      name: network.architecture,
      nodes: [...writer.nodes, { opType: 'Identity', name: 'y', input: [y], output: ['y'], attributes: {} }],
      inputs: [{ name: 'x', shape: ['batch', 'time', I] }],
      outputs: [
        { name: 'y', shape: everyStep ? ['batch', 'time', horizon, targets] : ['batch', horizon, targets] },
      ],
      initializers: writer.initializers,
    },
    options.metadata,
  );
}

/** One LSTM, GRU or RNN node. @param sequence - [T,N,·] */
function writeLayer(
  writer: ModelWriter,
  { cell: kind, hiddenSize: H, inputSize }: NetworkShape,
  tensors: ReadonlyMap<string, Float32Array>,
  layer: number,
  sequence: string,
): { sequence: string; last: string } {
  const cell = cells[kind];
  const prefix = `layers.${layer}`;
  const rows = cell.gates.length * H;
  const width = layer === 0 ? inputSize : H;
  const get = (name: string) => tensors.get(`${prefix}.${name}`)!;
  const weight = (name: string, columns: number) =>
    writer.weights(`${prefix}.${name}`, inOnnxOrder(cell, get(name), H * columns), [1, rows, columns]);

  const inputBias = inOnnxOrder(cell, get('bias'), H);
  const recurrentBias = new Float32Array(rows);
  cell.recurrentBiasGates.forEach((gate, index) => {
    const values = get('bias_hh').subarray(index * H, (index + 1) * H);
    recurrentBias.set(values, cell.onnxGates.indexOf(gate) * H);
  });
  const bias = new Float32Array(2 * rows);
  bias.set(inputBias);
  bias.set(recurrentBias, rows);

  const [outputs, final] = writer.node(
    cell.onnxOperator,
    [
      sequence,
      weight('weight_ih', width),
      weight('weight_hh', H),
      writer.weights(`${prefix}.bias`, bias, [1, 2 * rows]),
    ],
    { hidden_size: H, ...cell.onnxAttributes },
    2,
  );
  const [next] = writer.node('Squeeze', [outputs!, writer.integers([1])]);
  const [last] = writer.node('Squeeze', [final!, writer.integers([0])]);
  return { sequence: next!, last: last! };
}

/** Puts the gates' blocks of a parameter into the order of ONNX's operator. */
function inOnnxOrder(cell: Cell, values: Float32Array, block: number): Float32Array {
  const ordered = new Float32Array(values.length);
  cell.onnxGates.forEach((gate, position) => {
    const from = cell.gates.indexOf(gate) * block;
    ordered.set(values.subarray(from, from + block), position * block);
  });
  return ordered;
}

function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      result[column * rows + row] = values[row * columns + column]!;
    }
  }
  return result;
}

/** ONNX's protocol buffers: the few messages that are written, by the onnx-proto package. */
import onnxProto from 'onnx-proto';
import type { Shape } from '../dimensions.ts';
import type { AttributeValue } from './onnx-scope.ts';

const { onnx } = onnxProto;
type Attribute = InstanceType<typeof onnx.AttributeProto>;

/** opset 17 and IR version 8: what every current ONNX runtime reads, WebGPU and mobile ones included. */
export const opset = 17;
const irVersion = 8;

export interface OnnxNode {
  readonly opType: string;
  readonly name: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

export interface ValueInfo {
  readonly name: string;
  readonly shape: Shape;
  /** float32 unless it says otherwise. */
  readonly type?: 'int64' | 'bool';
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly initializers: readonly Initializer[];
}

export interface Initializer {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

const elementTypes = {
  float32: onnx.TensorProto.DataType.FLOAT,
  int64: onnx.TensorProto.DataType.INT64,
  bool: onnx.TensorProto.DataType.BOOL,
};

const valueInfo = ({ name, shape, type }: ValueInfo) => ({
  name,
  type: {
    tensorType: {
      elemType: elementTypes[type ?? 'float32'],
      shape: {
        dim: shape.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size })),
      },
    },
  },
});

const text = new TextEncoder();

function attribute(name: string, value: AttributeValue): Attribute {
  const { AttributeType } = onnx.AttributeProto;
  const fields =
    typeof value === 'number'
      ? { type: AttributeType.INT, i: value }
      : typeof value === 'string'
        ? { type: AttributeType.STRING, s: text.encode(value) }
        : 'floats' in value
          ? { type: AttributeType.FLOATS, floats: [...value.floats] }
          : 'strings' in value
            ? { type: AttributeType.STRINGS, strings: value.strings.map((item) => text.encode(item)) }
            : 'subGraph' in value
              ? { type: AttributeType.GRAPH, g: value.subGraph }
              : { type: AttributeType.INTS, ints: [...value] };
  return onnx.AttributeProto.create({ name, ...fields });
}

export function graphProto(graph: OnnxGraph): object {
  return onnx.GraphProto.create({
    name: graph.name,
    node: graph.nodes.map((node) =>
      onnx.NodeProto.create({
        opType: node.opType,
        name: node.name,
        input: [...node.input],
        output: [...node.output],
        attribute: Object.entries(node.attributes).map(([name, value]) => attribute(name, value)),
      }),
    ),
    input: graph.inputs.map(valueInfo),
    output: graph.outputs.map(valueInfo),
    initializer: graph.initializers.map(({ name, shape, data }) =>
      onnx.TensorProto.create({
        name,
        dims: [...shape],
        dataType:
          data instanceof Float32Array ? onnx.TensorProto.DataType.FLOAT : onnx.TensorProto.DataType.INT64,
        rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      }),
    ),
  });
}

/** The bytes of a model file. `metadata` becomes its metadata_props. */
export function encodeModel(graph: OnnxGraph, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const model = onnx.ModelProto.create({
    irVersion,
    producerName: 'unroll',
    opsetImport: [{ domain: '', version: opset }],
    graph: graphProto(graph),
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
  });
  return onnx.ModelProto.encode(model).finish();
}

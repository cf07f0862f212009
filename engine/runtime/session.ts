/** A compiled ONNX program on ONNX Runtime: the engine's one dependency with side effects. */
import './no-telemetry.ts'; // Before the first session.
import * as ort from 'onnxruntime-node';
import { denormalOptions } from './denormals.ts';

/** A float32 tensor: data in row-major order. */
export interface Value {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** An int64 tensor, which exported files take. */
export interface IntegerValue {
  readonly data: BigInt64Array;
  readonly dims: readonly number[];
}

export type Tensor = Value | IntegerValue;

/** What a file says of one of its inputs or outputs. */
export interface TensorSignature {
  readonly name: string;
  /** As ONNX Runtime names it: float32, int64 … */
  readonly type: string;
  /** Sizes; those that are free have names, and the same name means the same size. */
  readonly shape: readonly (number | string)[];
}

/** What a file takes and gives. */
export interface Signature {
  readonly inputs: readonly TensorSignature[];
  readonly outputs: readonly TensorSignature[];
}

export interface Session {
  readonly signature: Signature;
  /**
   * Runs a program whose outputs are all float32. It blocks the calling thread until the end.
   * @param outputs - those that are wanted; all if absent
   */
  run(feeds: Readonly<Record<string, Tensor>>, outputs?: readonly string[]): Promise<Record<string, Value>>;
  /** The same for outputs of float32 and int64. */
  runTensors(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>;
  release(): Promise<void>;
}

export interface SessionOptions {
  /** How many compute inside one operator. */
  readonly threads: number;
  /** Whether ONNX Runtime plans the memory of a run ahead, which takes about twice as much; true if absent. */
  readonly memoryPattern?: boolean;
}

/** @param model - the bytes of an ONNX file, or its path */
export async function openSession(model: Uint8Array | string, options: SessionOptions): Promise<Session> {
  const sessionOptions: ort.InferenceSession.SessionOptions = {
    executionProviders: ['cpu'],
    intraOpNumThreads: options.threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    enableMemPattern: options.memoryPattern ?? true,
    logSeverityLevel: 3,
    ...denormalOptions(),
  };
  const session =
    typeof model === 'string'
      ? await ort.InferenceSession.create(model, sessionOptions)
      : await ort.InferenceSession.create(model, sessionOptions);
  const runTensors = async (
    feeds: Readonly<Record<string, Tensor>>,
    outputs?: readonly string[],
  ): Promise<Record<string, Tensor>> => {
    const tensors = Object.fromEntries(
      Object.entries(feeds).map(([name, value]): readonly [string, ort.Tensor] => [
        name,
        value.data instanceof Float32Array
          ? new ort.Tensor('float32', value.data, value.dims)
          : new ort.Tensor('int64', value.data, value.dims),
      ]),
    );
    const results = await (outputs === undefined ? session.run(tensors) : session.run(tensors, outputs));
    return Object.fromEntries(
      Object.entries(results).map(([name, { data, dims, type }]): readonly [string, Tensor] => {
        if (data instanceof Float32Array) return [name, { data, dims }];
        if (data instanceof BigInt64Array) return [name, { data, dims }];
        throw new Error(`expected an output ${name} of float32 or int64, got ${type}`);
      }),
    );
  };
  return {
    signature: {
      inputs: session.inputMetadata.map(signatureOf),
      outputs: session.outputMetadata.map(signatureOf),
    },
    runTensors,
    run: async (feeds, outputs) =>
      Object.fromEntries(
        Object.entries(await runTensors(feeds, outputs)).map(([name, { data, dims }]) => {
          if (data instanceof Float32Array) return [name, { data, dims }];
          throw new Error(`expected a float32 output ${name}, got int64`);
        }),
      ),
    release: () => session.release(),
  };
}

function signatureOf(metadata: ort.InferenceSession.ValueMetadata): TensorSignature {
  if (!metadata.isTensor) throw new Error(`expected a tensor ${metadata.name}, got something else`);
  const { name, type, shape } = metadata;
  return { name, type, shape };
}

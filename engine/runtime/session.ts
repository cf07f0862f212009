/** A compiled ONNX program on ONNX Runtime: the engine's one dependency with side effects. */
import './no-telemetry.ts'; // Before the runtime is loaded.
import * as ort from 'onnxruntime-node';

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

export interface Session {
  /** Runs the program. It blocks the calling thread until the end. */
  run(feeds: Readonly<Record<string, Value | IntegerValue>>): Promise<Record<string, Value>>;
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
  };
  const session =
    typeof model === 'string'
      ? await ort.InferenceSession.create(model, sessionOptions)
      : await ort.InferenceSession.create(model, sessionOptions);
  return {
    async run(feeds) {
      const tensors = Object.fromEntries(
        Object.entries(feeds).map(([name, value]) => [
          name,
          value.data instanceof Float32Array
            ? new ort.Tensor('float32', value.data, value.dims)
            : new ort.Tensor('int64', value.data, value.dims),
        ]),
      );
      const results = await session.run(tensors);
      return Object.fromEntries(
        Object.entries(results).map(([name, tensor]) => {
          if (!(tensor.data instanceof Float32Array)) {
            throw new Error(`expected a float32 output ${name}, got ${tensor.type}`);
          }
          return [name, { data: tensor.data, dims: tensor.dims }];
        }),
      );
    },
    release: () => session.release(),
  };
}

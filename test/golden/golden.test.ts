/**
 * The engine against PyTorch (README.md says how the values were made): outputs, loss, every gradient, its norm, and all
 * parameters after three Adam steps. Twice: the graph as written, in the float64 reference interpreter, and what the
 * compiler makes of it, in ONNX Runtime. And the outputs of exported model files, which are made of other operators.
 */
import { describe, expect, test } from 'vitest';
import { interpret } from '../../engine/graph/interpret.ts';
import type { Graph } from '../../engine/graph/graph.ts';
import { emit } from '../../engine/graph/onnx/emit.ts';
import { optimize } from '../../engine/graph/passes/optimize.ts';
import { optimizerOf } from '../../engine/nn/optimizers/table.ts';
import { exportModel } from '../../engine/programs/export-model.ts';
import { parameterLayout } from '../../engine/programs/parameters.ts';
import { gradientProgram, trainProgram } from '../../engine/programs/train-program.ts';
import { openSession } from '../../engine/runtime/session.ts';
import type { CellKind } from '../../engine/spec/cells.ts';
import type { NetworkShape } from '../../engine/spec/network-shape.ts';
import {
  difference,
  flatten,
  networkOf,
  readGoldenFile,
  type GoldenCase,
  type GoldenFile,
} from './golden-values.ts';

interface Numbers {
  readonly shape: readonly number[];
  readonly data: readonly number[] | Float64Array;
}
type Run = (graph: Graph, feeds: Record<string, Numbers>) => Promise<Record<string, ArrayLike<number>>>;

const inInterpreter: Run = async (graph, feeds) => {
  const values = interpret(
    graph,
    Object.fromEntries(
      Object.entries(feeds).map(([name, { shape, data }]) => [
        name,
        { shape, data: Float64Array.from(data) },
      ]),
    ),
  );
  return Object.fromEntries(Object.entries(values).map(([name, { data }]) => [name, data]));
};

const inOnnxRuntime: Run = async (graph, feeds) => {
  const session = await openSession(emit(optimize(graph)), { threads: 1 });
  const values = await session.run(
    Object.fromEntries(
      Object.entries(feeds).map(([name, { shape, data }]) => [
        name,
        { dims: shape, data: Float32Array.from(data) },
      ]),
    ),
  );
  await session.release();
  return Object.fromEntries(Object.entries(values).map(([name, { data }]) => [name, data]));
};

const runs: [name: string, run: Run, tolerance: number][] = [
  // what is left in float64 is the 10 digits that the golden values are written with
  ['reference interpreter', inInterpreter, 2e-9],
  ['ONNX Runtime', inOnnxRuntime, 1e-5],
];

const cellKinds: readonly CellKind[] = ['rnn', 'lstm', 'gru'];

const lossStepsOf = ({ architecture }: GoldenCase) =>
  architecture === 'sequence_to_sequence' ? 'all' : 'last';

/** By name, how far each parameter (or its gradient) is from what is expected. */
function differences(
  network: NetworkShape,
  got: ArrayLike<number>,
  expected: Float64Array,
): Record<string, number> {
  const values = Float64Array.from(got);
  expect(values).toHaveLength(expected.length);
  return Object.fromEntries(
    parameterLayout(network).map(({ name, offset, size }) => [
      name,
      difference(values.subarray(offset, offset + size), expected.subarray(offset, offset + size)),
    ]),
  );
}

function expectNear(found: Record<string, number>, tolerance: number): void {
  const far = Object.entries(found).filter(([, distance]) => !(distance <= tolerance));
  expect(Object.fromEntries(far)).toEqual({});
}

async function checkGradients(file: GoldenFile, golden: GoldenCase, run: Run, tolerance: number) {
  const network = networkOf(file, golden);
  const parameters = flatten(file, network, golden.initial_parameters);
  const { x, y } = golden.batches[0]!;
  const result = await run(gradientProgram({ network, loss: golden.loss, lossSteps: lossStepsOf(golden) }), {
    parameters: { shape: [parameters.length], data: parameters },
    x,
    y,
  });
  expectNear(
    {
      prediction: difference(result['prediction']!, golden.outputs.data),
      loss: difference(result['loss']!, [golden.losses[0]!]),
      ...differences(network, result['gradient']!, flatten(file, network, golden.gradients)),
    },
    tolerance,
  );
}

async function checkThreeSteps(file: GoldenFile, golden: GoldenCase, run: Run, tolerance: number) {
  const network = networkOf(file, golden);
  const { batches, loss, clip_norm: clipNorm } = golden;
  const parameters = flatten(file, network, golden.initial_parameters);
  const P = parameters.length;
  const K = batches.length;
  const stacked = (part: 'x' | 'y'): Numbers => ({
    shape: [K, ...batches[0]![part].shape],
    data: batches.flatMap((batch) => batch[part].data),
  });
  const optimizer = optimizerOf(file.optimizer);
  const schedule = batches.map((_, step) => optimizer.scheduleAt(step + 1, file.optimizer.learning_rate));
  const zeros = { shape: [P], data: new Float64Array(P) };
  const result = await run(
    trainProgram({ network, loss, lossSteps: lossStepsOf(golden), optimizer: file.optimizer, clipNorm }),
    {
      parameters: { shape: [P], data: parameters },
      first_moment: zeros,
      second_moment: zeros,
      x: stacked('x'),
      y: stacked('y'),
      step_size: { shape: [K], data: schedule.map(([stepSize]) => stepSize!) },
      root_correction: { shape: [K], data: schedule.map(([, rootCorrection]) => rootCorrection!) },
    },
  );
  expectNear(
    {
      losses: difference(result['loss']!, golden.losses),
      gradient_norm: difference([result['gradient_norm']![0]!], [golden.gradient_norm]),
      ...differences(network, result['next_parameters']!, flatten(file, network, golden.final_parameters)),
    },
    tolerance,
  );
}

describe.each(runs)('%s', (_, run, tolerance) => {
  for (const cell of cellKinds) {
    const file = readGoldenFile(cell);
    test.each(file.cases)('$name: outputs, loss and gradients', (golden) =>
      checkGradients(file, golden, run, tolerance),
    );
    test.each(file.cases)('$name: three Adam steps', (golden) =>
      checkThreeSteps(file, golden, run, tolerance),
    );
  }
});

describe('exported model file', () => {
  const untouched = (columns: number) => ({
    mean: new Array<number>(columns).fill(0),
    std: new Array<number>(columns).fill(1),
  });
  for (const cell of cellKinds) {
    const file = readGoldenFile(cell);
    const networks = file.cases.filter(({ loss, clip_norm }) => loss === 'mse' && clip_norm === null);
    test.each(networks)('$name: outputs', async (golden) => {
      const network = networkOf(file, golden);
      const model = exportModel({
        network,
        parameters: Float32Array.from(flatten(file, network, golden.initial_parameters)),
        horizon: 1,
        inputScaling: untouched(network.inputSize),
        outputScaling: untouched(network.outputSize),
        metadata: {},
      });
      const session = await openSession(model, { threads: 1 });
      const result = await session.run({ x: batchFirst(golden.batches[0]!.x) });
      await session.release();
      const { data } = batchFirst(golden.outputs); // [N,1,O] or [N,T,O]: the shapes of a horizon of 1 but for ones
      expect(difference(result['y']!.data, data)).toBeLessThanOrEqual(1e-5);
    });
  }
});

/** [T,N,·] to [N,T,·]. */
function batchFirst({ shape, data }: Numbers): { dims: number[]; data: Float32Array } {
  const [T, N, width] = shape as [number, number, number];
  const result = new Float32Array(data.length);
  for (let t = 0; t < T; t++) {
    for (let n = 0; n < N; n++) {
      const from = (t * N + n) * width;
      result.set(data.slice(from, from + width), (n * T + t) * width);
    }
  }
  return { dims: [N, T, width], data: result };
}

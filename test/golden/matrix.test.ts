/**
 * Every cell × structure × loss × optimiser that PyTorch has (matrix.py made the values): outputs, losses and every gradient, and all parameters after three
 * steps. All of it in the float64 interpreter; in ONNX Runtime every loss and every optimiser.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { evaluateDimension } from '../../engine/graph/dimensions.ts';
import type { Graph } from '../../engine/graph/graph.ts';
import { interpret } from '../../engine/graph/interpret.ts';
import type { NdArray } from '../../engine/graph/nd-array.ts';
import { optimize } from '../../engine/graph/passes/optimize.ts';
import { runOnnx } from '../../engine/graph/testing/programs.ts';
import { optimizerOf } from '../../engine/nn/optimizers/table.ts';
import { dropoutMasks } from '../../engine/programs/dropout-masks.ts';
import { parameterLayout } from '../../engine/programs/parameters.ts';
import { gradientProgram, trainProgram } from '../../engine/programs/train-program.ts';
import type { LossKind, LossSpecification } from '../../engine/spec/losses.ts';
import type { NetworkShape } from '../../engine/spec/network-shape.ts';
import type { OptimizerSpecification } from '../../engine/spec/optimizers.ts';
import { difference } from './golden-values.ts';

interface GoldenLoss {
  readonly outputs: readonly number[];
  readonly loss: number;
  readonly gradient: readonly number[];
  /** By optimiser, in their order. */
  readonly final_parameters: readonly (readonly number[])[];
}
type BatchPart = 'x' | 'y' | 'classes';
interface Case extends Pick<NetworkShape, 'cell' | 'layers'> {
  readonly name: string;
  readonly activation: 'relu' | null;
  readonly bidirectional: boolean;
  /** Its head has as many outputs as the loss that needs most. */
  readonly layout: readonly (readonly [name: string, shape: readonly number[]])[];
  readonly parameters: readonly number[];
  readonly batches: readonly Readonly<Record<BatchPart, readonly number[]>>[];
  readonly losses: Readonly<Partial<Record<LossKind, GoldenLoss>>>;
}
const golden = JSON.parse(readFileSync(new URL('matrix.json', import.meta.url), 'utf8')) as {
  readonly sizes: Readonly<Record<'input' | 'hidden' | 'steps' | 'batch' | 'classes', number>>;
  readonly quantiles: readonly number[];
  readonly optimizers: readonly OptimizerSpecification[];
  readonly cases: readonly Case[];
};
const { input: I, hidden, steps: T, batch: N, classes } = golden.sizes;

const losses: Readonly<Partial<Record<LossKind, { outputs: number; loss: LossSpecification }>>> = {
  mse: { outputs: 1, loss: 'mse' },
  mae: { outputs: 1, loss: 'mae' },
  huber: { outputs: 1, loss: 'huber' },
  gaussian: { outputs: 2, loss: 'gaussian' },
  student_t: { outputs: 3, loss: 'student_t' },
  quantile: {
    outputs: golden.quantiles.length,
    loss: { type: 'quantile', quantiles: golden.quantiles },
  },
  cross_entropy: { outputs: classes, loss: { type: 'cross_entropy', label_smoothing: 0.1 } },
};

type Run = (graph: Graph, feeds: Record<string, NdArray>) => Promise<Record<string, NdArray>>;
const runs: readonly { name: string; run: Run; tolerance: number; everyPair: boolean }[] = [
  {
    name: 'reference interpreter',
    run: (graph, feeds) => Promise.resolve(interpret(graph, feeds)),
    tolerance: 1e-8,
    everyPair: true,
  },
  {
    name: 'ONNX Runtime',
    run: (graph, feeds) => runOnnx(optimize(graph), feeds),
    tolerance: 1e-5,
    everyPair: false,
  },
];

describe.each(runs)('$name', ({ run, tolerance, everyPair }) => {
  const pairs = golden.cases.flatMap((one) =>
    (Object.keys(losses) as LossKind[]).map((kind) => [one.name, kind, one] as const),
  );
  test.each(pairs)('%s, %s', async (_name, kind, one) => {
    const { outputs, loss } = losses[kind]!;
    const expected = one.losses[kind]!;
    const network: NetworkShape = {
      architecture: 'sequence_to_sequence',
      cell: one.cell,
      ...(one.activation && { activation: one.activation }),
      inputSize: I,
      hiddenSize: hidden,
      layers: one.layers,
      bidirectional: one.bidirectional,
      outputSize: outputs,
    };
    const parameters = withHead(one, network);
    const near = (got: ArrayLike<number>, values: readonly number[]) => {
      const far = parameterLayout(network).filter(
        ({ offset, size }) =>
          !(
            difference(
              Array.prototype.slice.call(got, offset, offset + size),
              values.slice(offset, offset + size),
            ) <= tolerance
          ),
      );
      expect(far.map(({ name }) => name)).toEqual([]);
    };
    const part = (name: BatchPart, batches: Case['batches'], width: number): NdArray => ({
      shape: [batches.length, T, N, width],
      data: Float64Array.from(batches.flatMap((batch) => batch[name])),
    });
    const target = kind === 'cross_entropy' ? 'classes' : 'y';
    const only = (array: NdArray): NdArray => ({ ...array, shape: array.shape.slice(1) });
    const [first] = one.batches;
    const options = { network, loss, lossSteps: 'all' } as const;

    const found = await run(gradientProgram(options), {
      parameters: { shape: [parameters.length], data: parameters },
      x: only(part('x', [first!], I)),
      y: only(part(target, [first!], 1)),
    });
    expect(difference(found.prediction!.data, expected.outputs)).toBeLessThanOrEqual(tolerance);
    expect(difference(found.loss!.data, [expected.loss])).toBeLessThanOrEqual(tolerance);
    near(found.gradient!.data, expected.gradient);

    for (const [index, specification] of golden.optimizers.entries()) {
      if (!everyPair && kind !== 'mse' && specification.type !== 'adam') continue;
      const optimizer = optimizerOf(specification);
      const K = one.batches.length;
      // dropout whose masks drop nothing is no dropout
      const dropping = { ...network, dropout: 0.5, recurrentDropout: 0.5 };
      const masks = dropoutMasks(dropping).map(({ name, shape: symbols }): [string, NdArray] => {
        const shape = [K, ...symbols.map((size) => evaluateDimension(size, (of) => (of === 'T' ? T : N)))];
        return [name, { shape, data: new Float64Array(shape.reduce((size, dim) => size * dim, 1)).fill(1) }];
      });
      const schedule = one.batches.map((_, step) =>
        optimizer.scheduleAt(step + 1, specification.learning_rate),
      );
      const trained = await run(
        trainProgram({ ...options, network: dropping, optimizer: specification, clipNorm: null }),
        {
          parameters: { shape: [parameters.length], data: parameters },
          ...Object.fromEntries(
            optimizer.state.map((name) => [
              name,
              { shape: [parameters.length], data: new Float64Array(parameters.length) },
            ]),
          ),
          x: part('x', one.batches, I),
          y: part(target, one.batches, 1),
          ...Object.fromEntries(
            optimizer.schedule.map((name, at) => [
              name,
              { shape: [K], data: Float64Array.from(schedule, (numbers) => numbers[at]!) },
            ]),
          ),
          ...Object.fromEntries(masks),
        },
      );
      near(trained.next_parameters!.data, expected.final_parameters[index]!);
    }
  });
});

/** The parameters with as many rows of the head as the network has outputs. */
function withHead({ layout, parameters }: Case, network: NetworkShape): Float64Array {
  let offset = 0;
  const found = parameterLayout(network).flatMap(({ name, size }, index) => {
    const [golden, shape] = layout[index]!;
    expect(golden).toBe(name);
    const own = parameters.slice(offset, offset + size);
    offset += shape.reduce((total, dim) => total * dim, 1);
    return own;
  });
  return Float64Array.from(found);
}

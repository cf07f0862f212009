/** Windows of different lengths in one batch: each row gets what it gets alone, whatever stands in the others and in the padding. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { interpret } from '../graph/interpret.ts';
import type { NdArray } from '../graph/nd-array.ts';
import { optimize } from '../graph/passes/optimize.ts';
import { difference, randomArray } from '../graph/testing/numbers.ts';
import { differenceOfGraphs, runOnnx } from '../graph/testing/programs.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import { parameterCount, parameterLayout } from './parameters.ts';
import { gradientProgram } from './train-program.ts';

const classes = 3;
const vocabulary = 5;
const loss = { type: 'cross_entropy', label_smoothing: 0.1 } as const;

const network = (changes: Partial<NetworkShape>): NetworkShape => ({
  architecture: 'sequence_to_vector',
  cell: 'lstm',
  inputSize: 3,
  embeddings: [
    { vocabulary, size: 4 },
    { vocabulary: 2, size: 1 },
  ],
  padded: true,
  hiddenSize: 3,
  layers: 2,
  outputSize: classes,
  ...changes,
});

const variants: readonly Partial<NetworkShape>[] = [
  { cell: 'rnn' },
  { cell: 'gru', bidirectional: true },
  { cell: 'lstm', bidirectional: true, peepholes: true, residual: true, learnInitialState: true },
  { cell: 'lstm', layerNorm: true },
  { cell: 'rnn', activation: 'relu', bidirectional: true, pooling: 'max' },
  { cell: 'lstm', bidirectional: true, residual: true, learnInitialState: true, pooling: 'max' },
  { cell: 'gru', bidirectional: true, layerNorm: true, pooling: 'mean' },
  { cell: 'gru', pooling: 'mean' },
];

/** One example: the steps of its window [length, 3] and its class. */
interface Example {
  readonly steps: readonly (readonly [number, number, number])[];
  readonly label: number;
  readonly weight: number;
}

/** A batch of them, padded to T steps with whatever is given. */
function batchOf(shape: NetworkShape, examples: readonly Example[], T: number, filler: number) {
  const [N, P] = [examples.length, parameterCount(shape)];
  const x = new Float64Array(T * N * 3);
  const mask = new Float64Array(T * N);
  examples.forEach(({ steps }, n) => {
    for (let t = 0; t < T; t++) {
      x.set(steps[t] ?? [filler, filler % vocabulary, filler % 2], (t * N + n) * 3);
      mask[t * N + n] = t < steps.length ? 1 : 0;
    }
  });
  const of = (data: ArrayLike<number>, dims: number[]): NdArray => ({
    data: Float64Array.from(data),
    shape: dims,
  });
  return {
    parameters: randomArray([P], 'parameters'),
    x: of(x, [T, N, 3]),
    y: of(
      examples.map(({ label }) => label),
      [1, N, 1],
    ),
    weights: of(
      examples.map(({ weight }) => weight),
      [1, N, 1],
    ),
    mask: of(mask, [T, N]),
  };
}

const example = fc.record({
  steps: fc.array(
    fc.tuple(
      fc.double({ min: -2, max: 2, noNaN: true }),
      fc.integer({ min: 0, max: vocabulary - 1 }),
      fc.integer({ min: 0, max: 1 }),
    ),
    { minLength: 1, maxLength: 5 },
  ),
  label: fc.integer({ min: 0, max: classes - 1 }),
  weight: fc.constantFrom(0, 0.5, 1, 3),
});

test.each(variants.map((variant) => [JSON.stringify(variant), network(variant)] as const))(
  '%s: a padded batch gives each row what it gives alone, in any order',
  (_name, shape) => {
    const graph = optimize(gradientProgram({ network: shape, loss, lossSteps: 'last', weightsPerOutput: 1 }));
    fc.assert(
      fc.property(
        fc.array(example, { minLength: 1, maxLength: 4 }),
        fc.nat(3),
        fc.nat(4),
        (examples, extra, filler) => {
          const T = Math.max(...examples.map(({ steps }) => steps.length)) + extra;
          const together = interpret(graph, batchOf(shape, examples, T, filler));
          const alone = examples.map((one) => interpret(graph, batchOf(shape, [one], one.steps.length, 0)));
          const weight = examples.reduce((sum, one) => sum + one.weight, 0);
          const share = (index: number) => (weight === 0 ? 0 : examples[index]!.weight / weight);
          expect(
            difference(
              together.prediction!.data,
              alone.flatMap(({ prediction }) => [...prediction!.data]),
            ),
          ).toBeLessThan(1e-12);
          const mean = (of: (row: (typeof alone)[number]) => number) =>
            alone.reduce((sum, row, index) => sum + share(index) * of(row), 0);
          // a row without weight has a loss of 0 by itself, and a share of 0 in the batch
          expect(together.loss!.data[0]).toBeCloseTo(
            mean(({ loss: own }) => own!.data[0]!),
            10,
          );
          const gradient = together.gradient!.data;
          gradient.forEach((value, index) => {
            expect(value).toBeCloseTo(
              mean(({ gradient: own }) => own!.data[index]!),
              10,
            );
          });
          const turned = interpret(graph, batchOf(shape, examples.toReversed(), T, filler));
          expect(difference(turned.gradient!.data, gradient)).toBeLessThan(1e-9);
        },
      ),
      { numRuns: 20 },
    );
  },
);

test.each(variants.map((variant) => [JSON.stringify(variant), network(variant)] as const))(
  '%s: the gradient is that of central differences, and ONNX Runtime agrees',
  async (_name, shape) => {
    const graph = gradientProgram({ network: shape, loss, lossSteps: 'last', weightsPerOutput: 1 });
    const examples: Example[] = [
      { steps: [[0.3, 4, 0]], label: 2, weight: 1 },
      {
        steps: [
          [0.1, 0, 1],
          [-1, 2, 1],
          [0.5, 4, 0],
          [0.5, 4, 0],
        ],
        label: 0,
        weight: 2,
      },
      {
        steps: [
          [1, 1, 0],
          [2, 1, 1],
        ],
        label: 1,
        weight: 0.5,
      },
    ];
    const feeds = batchOf(shape, examples, 5, 3);
    const exact = interpret(graph, feeds).gradient!.data;
    const lossAt = (index: number, offset: number) => {
      const data = feeds.parameters.data.slice();
      data[index]! += offset;
      return interpret(graph, { ...feeds, parameters: { ...feeds.parameters, data } }).loss!.data[0]!;
    };
    const step = 1e-6;
    const sample = parameterLayout(shape).map(({ offset, size }) => offset + ((offset * 7) % size));
    const numeric = sample.map((index) => (lossAt(index, step) - lossAt(index, -step)) / (2 * step));
    expect(
      difference(
        sample.map((index) => exact[index]!),
        numeric,
      ),
    ).toBeLessThan(1e-6);
    const optimized = optimize(graph);
    expect(differenceOfGraphs(graph, optimized, feeds)).toBeLessThan(1e-11);
    const { gradient } = await runOnnx(optimized, feeds);
    expect(difference(gradient!.data, exact)).toBeLessThan(shape.layerNorm === true ? 1e-4 : 1e-5);
  },
);

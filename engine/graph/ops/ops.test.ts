/**
 * Every operation: its gradient against central differences in float64, ONNX Runtime's value against the interpreter's,
 * and the same inside a loop before and after the passes.
 */
import { describe, expect, test } from 'vitest';
import { evaluateDimension } from '../dimensions.ts';
import { gradients } from '../gradients.ts';
import { inputOf, type Graph } from '../graph.ts';
import { interpret } from '../interpret.ts';
import type { NdArray } from '../nd-array.ts';
import type { OperationKind } from '../operation.ts';
import * as ops from '../ops.ts';
import { optimize } from '../passes/optimize.ts';
import type { Tensor } from '../tensor.ts';
import { difference, randomArray } from '../testing/numbers.ts';
import { differenceOfGraphs, runOnnx } from '../testing/programs.ts';

interface Case {
  /** Shapes of the operands; N is 3 when the graph runs. */
  readonly operands: readonly (readonly (number | string)[])[];
  readonly apply: (...operands: Tensor[]) => Tensor | readonly Tensor[];
  /** Moves the random operands, in [−1, 1], to where the operation is smooth. */
  readonly shift?: number;
}

const elementwise = (apply: (x: Tensor) => Tensor, shift?: number): Case => ({
  operands: [['N', 4]],
  apply,
  ...(shift !== undefined && { shift }),
});
const broadcast = (apply: (a: Tensor, b: Tensor) => Tensor, shift?: number): Case => ({
  operands: [
    [2, 'N', 4],
    ['N', 1],
  ],
  apply,
  ...(shift !== undefined && { shift }),
});

/** Whole numbers from 0 to below − 1, some of them equal, which small changes of x leave as they are. */
function indicesLike(x: Tensor, below: number): Tensor {
  const columns = ops.constant(
    Array.from({ length: below }, (_, index) => Math.sin(7 * index + 1)),
    [below],
  );
  return ops.argmax(ops.multiply(ops.reshape(ops.sign(x), [...x.shape, 1]), columns), x.shape.length);
}

const cases: Record<OperationKind, readonly Case[]> = {
  input: [elementwise((x) => ops.add(x, x))],
  argument: [
    { operands: [['N', 2]], apply: (x) => ops.scan([], [x], (_, [row]) => ({ carry: [], ys: [row!] })).ys },
  ],
  constant: [elementwise((x) => ops.multiply(x, ops.constant([1, 2, 3, 4], [4])))],
  weights: [elementwise((x) => ops.multiply(x, ops.weights('four', Float32Array.of(1, 2, 3, 4), [4])))],
  fill: [elementwise((x) => ops.multiply(x, ops.fill(2, ['N', 1])))],
  dimension: [elementwise((x) => ops.divide(x, ops.dimension('N')))],
  add: [broadcast(ops.add)],
  subtract: [broadcast(ops.subtract)],
  multiply: [broadcast(ops.multiply)],
  divide: [broadcast(ops.divide, 2)],
  minimum: [broadcast(ops.minimum)],
  maximum: [broadcast(ops.maximum)],
  negate: [elementwise(ops.negate)],
  sigmoid: [elementwise(ops.sigmoid)],
  tanh: [elementwise(ops.tanh)],
  relu: [elementwise(ops.relu)],
  elu: [elementwise(ops.elu)],
  softsign: [elementwise(ops.softsign)],
  leakyRelu: [elementwise(ops.leakyRelu)],
  softplus: [elementwise(ops.softplus)],
  sqrt: [elementwise(ops.sqrt, 2)],
  exp: [elementwise(ops.exp)],
  log: [elementwise(ops.log, 2)],
  stopGradient: [elementwise((x) => ops.add(ops.stopGradient(ops.sign(x)), x))],
  absolute: [elementwise(ops.absolute)],
  sign: [elementwise((x) => ops.multiply(ops.sign(x), x))],
  matmul: [
    {
      operands: [
        [2, 3],
        [3, 'N'],
      ],
      apply: ops.matmul,
    },
    {
      operands: [
        [2, 3],
        [5, 3, 'N'],
      ],
      apply: ops.matmul,
    },
    {
      operands: [
        [5, 2, 3],
        [3, 2],
      ],
      apply: ops.matmul,
    },
    {
      operands: [
        [5, 2, 3],
        [5, 3, 'N'],
      ],
      apply: ops.matmul,
    },
  ],
  transpose: [{ operands: [[2, 'N', 4]], apply: (x) => ops.transpose(x, [2, 0, 1]) }],
  reshape: [
    { operands: [[2, 'N', 4]], apply: (x) => ops.reshape(x, ['2*N', 4]) },
    { operands: [[2, 'N', 'N']], apply: (x) => ops.reshape(x, ['2*N', 'N']) },
  ],
  concat: [
    {
      operands: [
        [2, 'N'],
        [3, 'N'],
      ],
      apply: (a, b) => ops.concat([a, b, a], 0),
    },
  ],
  split: [
    { operands: [['N', 5]], apply: (x) => ops.split(x, 1, [2, 3]) },
    { operands: [['N', 5]], apply: (x) => ops.split(x, 1, [2, 3])[1]! },
  ],
  reduceSum: [
    { operands: [[2, 'N', 4]], apply: (x) => ops.reduceSum(x, [0, 2]) },
    { operands: [[2, 'N', 4]], apply: (x) => ops.reduceSum(x, [1]) },
  ],
  reduceMax: [
    { operands: [[2, 'N', 4]], apply: (x) => ops.reduceMax(x, [0]) },
    { operands: [[2, 'N', 4]], apply: (x) => ops.reduceMax(x, [0, 2]) },
  ],
  expand: [{ operands: [['N', 1]], apply: (x) => ops.expand(x, [2, 'N', 4]) }],
  softmax: [
    { operands: [[2, 'N', 4]], apply: (x) => ops.softmax(x, 2) },
    { operands: [[2, 'N', 4]], apply: (x) => ops.softmax(x, 1) },
  ],
  logSoftmax: [
    { operands: [[2, 'N', 4]], apply: (x) => ops.logSoftmax(x, 2) },
    { operands: [[2, 'N', 4]], apply: (x) => ops.logSoftmax(x, 0) },
  ],
  argmax: [{ operands: [[2, 'N', 4]], apply: (x) => ops.multiply(ops.argmax(x, 1), ops.reduceSum(x, [1])) }],
  oneHot: [
    {
      operands: [[2, 'N', 4]],
      apply: (x) => ops.multiply(ops.oneHot(indicesLike(x, 6), 1, 6), ops.reshape(x, [2, 1, 'N', 4])),
    },
  ],
  gather: [
    {
      operands: [
        [5, 4],
        ['N', 2],
      ],
      apply: (table, x) => ops.gather(table, indicesLike(x, 5)),
    },
    {
      operands: [
        [2, 5, 4],
        [2, 'N'],
      ],
      apply: (table, x) => ops.gather(table, indicesLike(x, 5), 1),
    },
  ],
  scatterAdd: [
    {
      operands: [
        ['N', 2, 4],
        ['N', 2],
      ],
      apply: (values, x) => ops.scatterAdd(values, indicesLike(x, 3), 3),
    },
    {
      operands: [
        ['N', 2, 4],
        ['N', 2],
      ],
      apply: (values, x) => ops.scatterAdd(values, indicesLike(x, 300), 300),
    },
    {
      operands: [
        ['N', 2, 4],
        ['N', 2],
      ],
      apply: (values, x) => ops.scatterAdd(values, indicesLike(x, 3), 3, 1),
    },
  ],
  scan: [
    {
      operands: [[2], [5, 2], [2]],
      apply: (initial, xs, weight) => {
        const { carry, ys } = ops.scan([initial], [xs], ([c], [x]) => {
          const next = ops.tanh(ops.add(ops.multiply(c!, weight), x!));
          return { carry: [next], ys: [ops.multiply(next, x!)] };
        });
        return [...carry, ...ys];
      },
    },
    {
      operands: [[2], [5, 2], [2]],
      apply: (initial, xs, weight) =>
        ops.scan(
          [initial, initial],
          [xs],
          ([a, b], [x]) => ({ carry: [ops.multiply(b!, weight), ops.add(a!, x!)], ys: [a!, x!, weight] }),
          { reverse: true },
        ).ys,
    },
  ],
};

const N = 3;
const numeric = (shape: readonly (number | string)[]) =>
  shape.map((size) => evaluateDimension(size, () => N));

/** Random weights as inputs of a program, one for each shape that is asked for. */
function weigher() {
  const inputs: Tensor[] = [];
  /** Σ over all results of their product with the weights: a scalar in which every element matters. */
  const weightedSum = (results: readonly Tensor[]): Tensor =>
    results
      .map((result) => {
        const weights = ops.input(`weights_${inputs.length}`, result.shape);
        inputs.push(weights);
        return ops.reduceSum(
          ops.multiply(result, weights),
          result.shape.map((_, axis) => axis),
        );
      })
      .reduce(ops.add);
  return { inputs, weightedSum };
}

const asList = (result: Tensor | readonly Tensor[]): readonly Tensor[] =>
  'node' in result ? [result] : result;

function programOf({ operands, apply }: Case): Graph {
  const { inputs: weights, weightedSum } = weigher();
  // an input that names the dimension N even where no operand does
  const size = ops.input('size', ['N']);
  const inputs = operands.map((shape, index) => ops.input(`operand_${index}`, shape));
  const results = asList(apply(...inputs));
  const loss = weightedSum(results);
  return {
    inputs: [size, ...inputs, ...weights],
    outputs: [
      { name: 'loss', tensor: loss },
      ...results.map((tensor, index) => ({ name: `result_${index}`, tensor })),
      ...gradients(loss, inputs).map((tensor, index) => ({ name: `gradient_${index}`, tensor })),
    ],
  };
}

/** The operation at each step of a loop, on a part that the loop carries and on one that it does not. */
function loopOf({ operands, apply }: Case): Graph {
  const { inputs: weights, weightedSum } = weigher();
  const size = ops.input('size', ['N']);
  const inputs = operands.map((shape, index) => ops.input(`operand_${index}`, shape));
  const sequences = inputs.map((tensor) => ops.expand(tensor, [4, ...tensor.shape]));
  const { carry, ys } = ops.scan([ops.scalar(0.5)], sequences, ([sum], xs) => {
    const plain = weightedSum(asList(apply(...xs)));
    const scale = ops.add(ops.scalar(1), ops.multiply(ops.tanh(sum!), ops.scalar(0.1)));
    const carried = weightedSum(asList(apply(...xs.map((x) => ops.multiply(x, scale)))));
    return {
      carry: [ops.add(ops.multiply(sum!, ops.scalar(0.5)), ops.tanh(ops.add(plain, carried)))],
      ys: [carried],
    };
  });
  const loss = ops.add(carry[0]!, ops.reduceSum(ys[0]!, [0]));
  return {
    inputs: [size, ...inputs, ...weights],
    outputs: [
      { name: 'loss', tensor: loss },
      ...gradients(loss, inputs).map((tensor, index) => ({ name: `gradient_${index}`, tensor })),
    ],
  };
}

function feedsOf({ operands, shift = 0 }: Case, graph: Graph): Record<string, NdArray> {
  const feeds: Record<string, NdArray> = { size: randomArray([N], 'size') };
  operands.forEach((shape, index) => {
    const { data } = randomArray(numeric(shape), `operand ${index}`);
    feeds[`operand_${index}`] = { shape: numeric(shape), data: data.map((value) => value + shift) };
  });
  for (const { name, shape } of graph.inputs.map(inputOf)) {
    if (name.startsWith('weights')) feeds[name] = randomArray(numeric(shape), name);
  }
  return feeds;
}

function centralDifferences(graph: Graph, feeds: Record<string, NdArray>, name: string): Float64Array {
  const step = 1e-6;
  const lossAt = (index: number, offset: number) => {
    const data = feeds[name]!.data.slice();
    data[index]! += offset;
    return interpret(graph, { ...feeds, [name]: { ...feeds[name]!, data } }).loss!.data[0]!;
  };
  return feeds[name]!.data.map((_, index) => (lossAt(index, step) - lossAt(index, -step)) / (2 * step));
}

describe.each(Object.entries(cases))('%s', (_kind, list) => {
  test.each(list.map((one, index) => [index, one] as const))('gradient, case %i', (_index, one) => {
    for (const graph of [programOf(one), loopOf(one)]) {
      const feeds = feedsOf(one, graph);
      const results = interpret(graph, feeds);
      one.operands.forEach((_, index) => {
        const expected = centralDifferences(graph, feeds, `operand_${index}`);
        expect(difference(results[`gradient_${index}`]!.data, expected)).toBeLessThan(1e-7);
      });
    }
  });

  test.each(list.map((one, index) => [index, one] as const))(
    'ONNX and passes, case %i',
    async (_index, one) => {
      for (const graph of [programOf(one), loopOf(one)]) {
        const feeds = feedsOf(one, graph);
        const expected = interpret(graph, feeds);
        const optimized = optimize(graph);
        expect(differenceOfGraphs(graph, optimized, feeds)).toBeLessThan(1e-12);
        for (const variant of [graph, optimized]) {
          const actual = await runOnnx(variant, feeds);
          for (const [name, value] of Object.entries(expected)) {
            expect(actual[name]!.shape).toEqual(value.shape);
            expect(difference(actual[name]!.data, value.data)).toBeLessThan(1e-5);
          }
        }
      }
    },
  );
});

test('the gradient of reduceMax goes to all that are the largest, in equal parts', () => {
  const x = ops.input('x', [3, 2]);
  const loss = ops.reduceSum(ops.reduceMax(x, [0]), [0]);
  const [gradient] = gradients(loss, [x]);
  const found = interpret(
    { inputs: [x], outputs: [{ name: 'gradient', tensor: gradient! }] },
    { x: { shape: [3, 2], data: Float64Array.of(0, 5, 7, 5, 7, 4) } },
  );
  expect([...found.gradient!.data]).toEqual([0, 0.5, 0.5, 0.5, 0.5, 0]);
});

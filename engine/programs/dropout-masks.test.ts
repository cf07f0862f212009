import { expect, test } from 'vitest';
import { interpret } from '../graph/interpret.ts';
import type { NdArray } from '../graph/nd-array.ts';
import { optimize } from '../graph/passes/optimize.ts';
import { difference, randomArray } from '../graph/testing/numbers.ts';
import { runOnnx } from '../graph/testing/programs.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import { drawnShape } from './drawn-inputs.ts';
import { dropoutMasks } from './dropout-masks.ts';
import { parameterCount } from './parameters.ts';
import { trainProgram } from './train-program.ts';

const network: NetworkShape = {
  architecture: 'sequence_to_vector',
  cell: 'gru',
  inputSize: 2,
  hiddenSize: 3,
  layers: 2,
  outputSize: 2,
  bidirectional: true,
  residual: true,
  dropout: 0.5,
  recurrentDropout: 0.25,
};
const [T, N, P] = [4, 3, parameterCount(network)];

/** One step of plain descent at rate 1: what the parameters lose is the gradient. */
const program = (shape: NetworkShape) =>
  trainProgram({
    network: shape,
    loss: 'mse',
    lossSteps: 'last',
    optimizer: { type: 'sgd', learning_rate: 1, momentum: 0, nesterov: false, weight_decay: 0 },
    clipNorm: null,
  });

const feeds: Record<string, NdArray> = {
  parameters: randomArray([P], 'parameters'),
  x: randomArray([1, T, N, 2], 'x'),
  y: randomArray([1, 1, N, 2], 'y'),
  learning_rate: { shape: [1], data: Float64Array.of(1) },
};

const masksOf = (value: (random: number, rate: number) => number): Record<string, NdArray> =>
  Object.fromEntries(
    dropoutMasks(network).map((mask) => {
      const { shape, data } = randomArray([1, ...drawnShape(mask, { T, N })], mask.name);
      return [mask.name, { shape, data: data.map((random) => value((random + 1) / 2, mask.rate)) }];
    }),
  );

test('each layer and direction has its masks', () => {
  expect(dropoutMasks(network).map(({ name, shape }) => [name, shape])).toEqual([
    ['recurrent_dropout_0', [3, 'N']],
    ['recurrent_dropout_0_reverse', [3, 'N']],
    ['dropout_1', ['T', 6, 'N']],
    ['recurrent_dropout_1', [3, 'N']],
    ['recurrent_dropout_1_reverse', [3, 'N']],
  ]);
});

test('masks of ones drop nothing', () => {
  const whole = interpret(program({ ...network, dropout: 0, recurrentDropout: 0 }), feeds);
  const masked = interpret(program(network), { ...feeds, ...masksOf(() => 1) });
  expect(difference(masked.next_parameters!.data, whole.next_parameters!.data)).toBeLessThan(1e-14);
});

test('the gradient is that of the network with its masks', async () => {
  const given = { ...feeds, ...masksOf((random, rate) => (random < rate ? 0 : 1 / (1 - rate))) };
  const graph = program(network);
  const { next_parameters: next } = interpret(graph, given);
  const parameters = feeds.parameters!.data;
  const gradient = parameters.map((value, index) => value - next!.data[index]!);
  const lossAt = (index: number, offset: number) => {
    const data = parameters.slice();
    data[index]! += offset;
    return interpret(graph, { ...given, parameters: { shape: [P], data } }).loss!.data[0]!;
  };
  const sample = Array.from({ length: 30 }, (_, index) => Math.floor((index * P) / 30));
  const numeric = sample.map((index) => (lossAt(index, 1e-6) - lossAt(index, -1e-6)) / 2e-6);
  const exact = sample.map((index) => gradient[index]!);
  expect(difference(exact, numeric)).toBeLessThan(1e-6);

  const fast = await runOnnx(optimize(graph), given);
  expect(difference(fast.next_parameters!.data, next!.data)).toBeLessThan(1e-5);
});

/** Weights of targets, and losses of some of the steps: what counts, and that nothing else does. */
import { describe, expect, test } from 'vitest';
import { interpret } from '../graph/interpret.ts';
import { optimize } from '../graph/passes/optimize.ts';
import { difference, randomArray } from '../graph/testing/numbers.ts';
import { differenceOfGraphs, runOnnx } from '../graph/testing/programs.ts';
import { optimizerOf } from '../nn/optimizers/table.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import { diagnosisProgram, stateGradientNorms } from './diagnosis-program.ts';
import { evaluateProgram } from './evaluate-program.ts';
import type { OutputSteps } from './output-steps.ts';
import { parameterCount } from './parameters.ts';
import { gradientProgram, trainProgram, windowProblem } from './train-program.ts';

const [T, N, O] = [5, 4, 6];
const network: NetworkShape = {
  architecture: 'sequence_to_sequence',
  cell: 'lstm',
  inputSize: 2,
  hiddenSize: 3,
  layers: 2,
  outputSize: O,
};
const P = parameterCount(network);
const parameters = randomArray([P], 'parameters');

const batch = (S: number, windows = N, seed = '') => ({
  x: randomArray([T, windows, 2], `x${seed}`),
  y: randomArray([S, windows, O], `y${seed}`),
});
const array = (shape: readonly number[], value: (index: number) => number) => ({
  shape,
  data: Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, index) => value(index)),
});

describe.each([1, 3])('%i weights for each output', (W) => {
  const graph = gradientProgram({ network, loss: 'mse', lossSteps: 'all', weightsPerOutput: W });
  const feeds = { parameters, ...batch(T) };

  test('equal weights are none', () => {
    const plain = interpret(gradientProgram({ network, loss: 'mse', lossSteps: 'all' }), feeds);
    const equal = interpret(graph, { ...feeds, weights: array([T, N, W], () => 0.3) });
    expect(equal.loss!.data[0]).toBeCloseTo(plain.loss!.data[0]!, 12);
    expect(difference(equal.gradient!.data, plain.gradient!.data)).toBeLessThan(1e-12);
  });

  test('the loss is Σ w·l / Σ w, and its gradient that of the equations', async () => {
    const weights = array([T, N, W], (index) => (index * 7) % 5);
    const { loss, gradient, prediction } = interpret(graph, { ...feeds, weights });
    let [total, sum] = [0, 0];
    for (let index = 0; index < T * N * O; index++) {
      const weight = weights.data[Math.floor(index / (O / W))]!;
      total += (weight * (prediction!.data[index]! - feeds.y.data[index]!) ** 2) / (O / W);
    }
    for (const weight of weights.data) sum += weight;
    expect(loss!.data[0]).toBeCloseTo(total / sum, 12);

    const lossAt = (place: number, offset: number) => {
      const data = parameters.data.slice();
      data[place]! += offset;
      return interpret(graph, { ...feeds, parameters: { shape: [P], data }, weights }).loss!.data[0]!;
    };
    const places = Array.from({ length: 20 }, (_, index) => (index * 31) % P);
    const numeric = places.map((place) => (lossAt(place, 1e-6) - lossAt(place, -1e-6)) / 2e-6);
    expect(
      difference(
        places.map((place) => gradient!.data[place]!),
        numeric,
      ),
    ).toBeLessThan(1e-6);

    const optimized = optimize(graph);
    expect(differenceOfGraphs(graph, optimized, { ...feeds, weights })).toBeLessThan(1e-11);
    const run = await runOnnx(optimized, { ...feeds, weights });
    expect(difference(run.gradient!.data, gradient!.data)).toBeLessThan(1e-5);
  });

  test('a window whose weights are all 0 changes nothing, whatever its targets are', () => {
    const weights = array([T, N, W], (index) => (Math.floor(index / W) % N === 1 ? 0 : 1));
    const other = {
      ...feeds.y,
      data: feeds.y.data.map((value, index) => (Math.floor(index / O) % N === 1 ? 1e6 : value)),
    };
    const first = interpret(graph, { ...feeds, weights });
    const second = interpret(graph, { ...feeds, y: other, weights });
    expect(second.loss!.data).toEqual(first.loss!.data);
    expect(second.gradient!.data).toEqual(first.gradient!.data);
  });

  test('nothing that counts gives a loss and a gradient of 0, and no NaN', async () => {
    const none = { ...feeds, weights: array([T, N, W], () => 0) };
    for (const results of [interpret(graph, none), await runOnnx(optimize(graph), none)]) {
      expect(results.loss!.data[0]).toBe(0);
      expect(results.gradient!.data.every((value) => value === 0)).toBe(true);
    }
  });
});

test('evaluation tells the sum of the weights beside the loss', () => {
  const weights = array([1, N, 3], (index) => index % 3);
  const results = interpret(
    evaluateProgram(windowProblem({ network, loss: 'mae', lossSteps: 'last', weightsPerOutput: 3 })),
    {
      parameters,
      ...batch(1),
      weights,
    },
  );
  expect(results.weight!.data[0]).toBe(N * 3);
});

describe('training', () => {
  const optimizer = {
    type: 'sgd',
    learning_rate: 0.1,
    momentum: 0,
    nesterov: false,
    weight_decay: 0,
  } as const;
  const options = { network, loss: 'mse', lossSteps: 'all', optimizer, clipNorm: null } as const;
  const x = randomArray([1, T, 4, 2], 'x');
  const y = randomArray([1, T, 4, O], 'y');
  const { schedule, state } = optimizerOf(optimizer);
  const others = Object.fromEntries([
    ...schedule.map((name) => [name, array([1], () => 0.1)] as const),
    ...state.map((name) => [name, array([P], () => 0)] as const),
  ]);

  /** The same 4 windows as 2 parts of 2, [1,A,·,N/A,·]. */
  const inParts = (whole: { shape: readonly number[]; data: Float64Array }) => {
    const [, S, windows, width] = whole.shape as [number, number, number, number];
    const half = windows / 2;
    const data = new Float64Array(whole.data.length);
    for (let s = 0; s < S; s++)
      for (let n = 0; n < windows; n++)
        for (let i = 0; i < width; i++)
          data[((Math.floor(n / half) * S + s) * half + (n % half)) * width + i] =
            whole.data[(s * windows + n) * width + i]!;
    return { shape: [1, 2, S, half, width], data };
  };

  test.each([
    ['of unlike sums', (n: number) => (n < 2 ? 1 : 0.01)],
    ['that are 0 in one part', (n: number) => (n < 2 ? 0 : 1)],
  ])('parts of a batch with weights %s make the step of the whole batch', (_, weightOf) => {
    const weights = array([1, T, 4, 1], (index) => weightOf(index % 4));
    const whole = trainProgram({ ...options, weightsPerOutput: 1 });
    const cut = trainProgram({ ...options, weightsPerOutput: 1, accumulate: true });
    const first = interpret(whole, { parameters, x, y, weights, ...others });
    const second = interpret(cut, {
      parameters,
      x: inParts(x),
      y: inParts(y),
      weights: inParts(weights),
      ...others,
    });
    for (const name of ['loss', 'weight', 'gradient_norm', 'next_parameters'])
      expect(difference(second[name]!.data, first[name]!.data)).toBeLessThan(1e-12);
  });
});

describe('loss steps', () => {
  const steps: OutputSteps = { last: 2, of: T };

  test('the last 2 of a window are those of all outputs', () => {
    const all = interpret(gradientProgram({ network, loss: 'mse', lossSteps: 'all' }), {
      parameters,
      ...batch(T),
    });
    const some = interpret(gradientProgram({ network, loss: 'mse', lossSteps: steps }), {
      parameters,
      ...batch(2),
    });
    expect(some.prediction!.data).toEqual(all.prediction!.data.slice(-2 * N * O));
  });

  test('are the same as weights of 0 elsewhere', async () => {
    const y = randomArray([T, N, O], 'y');
    const weights = array([T, N, 1], (index) => (index >= (T - 2) * N ? 1 : 0));
    const { x } = batch(2);
    const masked = interpret(
      gradientProgram({ network, loss: 'huber', lossSteps: 'all', weightsPerOutput: 1 }),
      { parameters, x, y, weights },
    );
    const graph = gradientProgram({ network, loss: 'huber', lossSteps: steps });
    const feeds = { parameters, x, y: { shape: [2, N, O], data: y.data.slice(-2 * N * O) } };
    const some = interpret(graph, feeds);
    expect(some.loss!.data[0]).toBeCloseTo(masked.loss!.data[0]!, 12);
    expect(difference(some.gradient!.data, masked.gradient!.data)).toBeLessThan(1e-12);
    const run = await runOnnx(optimize(graph), feeds);
    expect(difference(run.gradient!.data, some.gradient!.data)).toBeLessThan(1e-5);
  });

  test('gradients pass back only through the outputs that are used', () => {
    // the state after a step has a gradient as long as an output from there on counts, and exactly 0 afterwards
    const weights = array([T, N, 1], (index) => (Math.floor(index / N) === 2 ? 1 : 0));
    const results = interpret(
      diagnosisProgram(windowProblem({ network, loss: 'mse', lossSteps: 'all', weightsPerOutput: 1 })),
      { parameters, ...batch(T), weights },
    );
    for (const layer of [0, 1]) {
      const norms = results[stateGradientNorms(layer)]!;
      expect(norms.shape).toEqual([T]);
      norms.data.forEach((norm, index) => {
        if (index > 2) expect(norm).toBe(0);
        else expect(norm).toBeGreaterThan(0);
      });
    }
  });
});

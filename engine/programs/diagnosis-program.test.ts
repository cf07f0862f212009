import { expect, test } from 'vitest';
import { interpret } from '../graph/interpret.ts';
import { randomArray } from '../graph/testing/numbers.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import { diagnosisProgram, stateGradientNorms } from './diagnosis-program.ts';
import { initialParameters } from './initial-parameters.ts';
import { parameterCount, parameterLayout } from './parameters.ts';
import { windowProblem } from './train-program.ts';

const network: NetworkShape = {
  architecture: 'sequence_to_vector',
  cell: 'rnn',
  activation: 'identity',
  inputSize: 1,
  hiddenSize: 4,
  layers: 1,
  outputSize: 1,
};
const [T, N] = [12, 3];
const feeds = {
  x: randomArray([T, N, 1], 'x'),
  y: randomArray([1, N, 1], 'y'),
};

test.each([0.5, 1, 2])(
  'the gradient of a linear network changes by its recurrent factor %f a step',
  (factor) => {
    const parameters = Float64Array.from(
      initialParameters(network, 1, { input: 'uniform', recurrent: 'orthogonal' }),
    );
    const { offset, size } = parameterLayout(network).find(({ name }) => name === 'layers.0.weight_hh')!;
    for (let index = offset; index < offset + size; index++) parameters[index]! *= factor;
    const results = interpret(diagnosisProgram(windowProblem({ network, loss: 'mse', lossSteps: 'last' })), {
      ...feeds,
      parameters: { shape: [parameters.length], data: parameters },
    });
    const norms = results[stateGradientNorms(0)]!.data;
    expect(norms).toHaveLength(T);
    for (let t = 1; t < T; t++) expect(norms[t - 1]! / norms[t]!).toBeCloseTo(factor, 4);
  },
);

test('each layer and direction has its own norms, and statistics of its outputs', () => {
  const deep: NetworkShape = { ...network, cell: 'lstm', layers: 2, bidirectional: true };
  const {
    activation_mean: means,
    saturated,
    ...others
  } = interpret(diagnosisProgram(windowProblem({ network: deep, loss: 'mse', lossSteps: 'last' })), {
    ...feeds,
    parameters: randomArray([parameterCount(deep)], 'parameters'),
  });
  const norms = [0, 1, 2, 3].map((way) => others[stateGradientNorms(way)]!);
  expect(norms.map(({ shape }) => shape)).toEqual([[T], [T], [T], [T]]);
  expect(new Set(norms.flatMap(({ data }) => [...data])).size).toBe(4 * T);
  expect(means!.data).toHaveLength(4);
  expect(saturated!.data.every((share) => share >= 0 && share <= 1)).toBe(true);
});

import { expect, test } from 'vitest';
import type { Initialization } from '../spec/initialization.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import { initialParameters } from './initial-parameters.ts';
import { parameterLayout } from './parameters.ts';

const H = 16;
const network: NetworkShape = {
  architecture: 'sequence_to_vector',
  cell: 'lstm',
  inputSize: 3,
  hiddenSize: H,
  layers: 2,
  outputSize: 2,
  bidirectional: true,
  layerNorm: true,
  learnInitialState: true,
};

function valuesOf(name: string, initialization?: Initialization, seed = 1): Float32Array {
  const { offset, size } = parameterLayout(network).find((parameter) => parameter.name === name)!;
  return initialParameters(network, seed, initialization).subarray(offset, offset + size);
}

test('the same seed gives the same values, another seed and another parameter others', () => {
  expect(valuesOf('layers.0.weight_hh')).toEqual(valuesOf('layers.0.weight_hh'));
  expect(valuesOf('layers.0.weight_hh', undefined, 2)).not.toEqual(valuesOf('layers.0.weight_hh'));
  expect(valuesOf('layers.0.weight_hh_reverse')).not.toEqual(valuesOf('layers.0.weight_hh'));
});

test('by default all is uniform as in PyTorch', () => {
  const values = valuesOf('layers.1.weight_hh');
  const bound = 1 / Math.sqrt(H);
  expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(bound);
  const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
  expect(variance / (bound ** 2 / 3)).toBeCloseTo(1, 0);
  // the head reads both directions
  expect(Math.max(...valuesOf('head.weight').map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(2 * H));
});

test('gains start at 1 and learned states at 0', () => {
  expect(new Set(valuesOf('layers.0.gain_hh'))).toEqual(new Set([1]));
  expect(new Set(valuesOf('layers.0.initial_c'))).toEqual(new Set([0]));
});

test('orthogonal recurrent weights are orthogonal, gate by gate', () => {
  const values = valuesOf('layers.0.weight_hh', { input: 'uniform', recurrent: 'orthogonal' });
  for (let gate = 0; gate < 4; gate++) {
    const row = (index: number) => values.subarray((gate * H + index) * H, (gate * H + index + 1) * H);
    for (let a = 0; a < H; a++) {
      for (let b = 0; b < H; b++) {
        const product = row(a).reduce((sum, value, index) => sum + value * row(b)[index]!, 0);
        expect(product).toBeCloseTo(a === b ? 1 : 0, 6);
      }
    }
  }
});

test('identity recurrent weights, glorot input weights and the bias of the forget gate', () => {
  const initialization: Initialization = { input: 'glorot_uniform', recurrent: 'identity', forget_bias: 1 };
  const recurrent = valuesOf('layers.0.weight_hh', initialization);
  expect([...recurrent.subarray(0, H + 2)]).toEqual([1, ...new Array<number>(H).fill(0), 1]);
  const largest = Math.max(...valuesOf('layers.0.weight_ih', initialization).map(Math.abs));
  const bound = Math.sqrt(6 / (H + 3));
  expect(largest).toBeLessThanOrEqual(bound);
  expect(largest).toBeGreaterThan(0.9 * bound);
  // gates i f o g
  expect(new Set(valuesOf('layers.1.bias_reverse', initialization).subarray(H, 2 * H))).toEqual(new Set([1]));
  expect(valuesOf('layers.1.bias', initialization)[0]).not.toBe(1);
});

/** Values and gradients of every loss beside those of PyTorch (test/golden/losses.py), in float64 and as ONNX Runtime has them. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { gradients } from '../../graph/gradients.ts';
import type { Graph } from '../../graph/graph.ts';
import { interpret } from '../../graph/interpret.ts';
import { input, reduceSum } from '../../graph/ops.ts';
import { difference } from '../../graph/testing/numbers.ts';
import { runOnnx } from '../../graph/testing/programs.ts';
import type { LossSpecification, PlainLoss } from '../../spec/losses.ts';
import { mean } from './mean.ts';
import { lossOf } from './table.ts';
import { overWeight, weighted } from './weighted.ts';

type LossName = PlainLoss | 'quantile' | 'binary_cross_entropy' | 'binary_cross_entropy_weighted';

interface Numbers {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
interface Case {
  readonly prediction: Numbers;
  readonly target: Numbers;
  readonly weights: Numbers;
  readonly loss: number;
  readonly gradient: Numbers;
  readonly weighted_loss: number;
  readonly weighted_gradient: Numbers;
}
const golden = JSON.parse(
  readFileSync(new URL('../../../test/golden/losses.json', import.meta.url), 'utf8'),
) as {
  readonly quantiles: readonly number[];
  readonly positive_weights: readonly number[];
  readonly cases: Record<LossName, Case>;
};

const specificationOf = (kind: LossName): LossSpecification => {
  switch (kind) {
    case 'quantile':
      return { type: kind, quantiles: golden.quantiles };
    case 'binary_cross_entropy':
      return { type: kind, positive_weights: null };
    case 'binary_cross_entropy_weighted':
      return { type: 'binary_cross_entropy', positive_weights: golden.positive_weights };
    default:
      return kind;
  }
};

const array = ({ shape, data }: Numbers) => ({ shape, data: Float64Array.from(data) });

function programOf(loss: LossSpecification, shapes: readonly (readonly number[])[]): Graph {
  const [prediction, target, weights] = ['prediction', 'target', 'weights'].map((name, index) =>
    input(name, shapes[index]!),
  );
  const elements = lossOf(loss).elements(prediction!, target!);
  const sums = weighted(elements, weights!);
  const [plain, withWeights] = [mean(elements), overWeight(sums.total, sums.weight)];
  return {
    inputs: [prediction!, target!, weights!],
    outputs: [
      { name: 'loss', tensor: plain },
      { name: 'gradient', tensor: gradients(plain, [prediction!])[0]! },
      { name: 'weighted_loss', tensor: withWeights },
      { name: 'weighted_gradient', tensor: gradients(withWeights, [prediction!])[0]! },
    ],
  };
}

test.each(Object.entries(golden.cases))('%s', async (name, one) => {
  const loss = specificationOf(name as LossName);
  expect(lossOf(loss).targetSize(one.prediction.shape[2]!)).toBe(one.target.shape[2]);
  const graph = programOf(
    loss,
    [one.prediction, one.target, one.weights].map(({ shape }) => shape),
  );
  const feeds = {
    prediction: array(one.prediction),
    target: array(one.target),
    weights: array(one.weights),
  };
  for (const [results, tolerance] of [
    [interpret(graph, feeds), 1e-8],
    [await runOnnx(graph, feeds), 1e-5],
  ] as const) {
    expect(difference(results.loss!.data, [one.loss])).toBeLessThan(tolerance);
    expect(difference(results.gradient!.data, one.gradient.data)).toBeLessThan(tolerance);
    expect(difference(results.weighted_loss!.data, [one.weighted_loss])).toBeLessThan(tolerance);
    expect(difference(results.weighted_gradient!.data, one.weighted_gradient.data)).toBeLessThan(tolerance);
  }
});

describe.each(Object.keys(golden.cases))('%s', (name) => {
  test('stays finite far off, in float32', async () => {
    const P =
      golden.cases[name as LossName].prediction.shape[2]! / golden.cases[name as LossName].target.shape[2]!;
    for (const size of [0, 60, -60, 1e4, -1e4]) {
      const O = golden.positive_weights.length;
      const graph = programOf(specificationOf(name as LossName), [
        [1, 1, P * O],
        [1, 1, O],
        [1, 1, 1],
      ]);
      const isBinary = name.startsWith('binary');
      const results = await runOnnx(graph, {
        prediction: { shape: [1, 1, P * O], data: new Float64Array(P * O).fill(size) },
        target: { shape: [1, 1, O], data: new Float64Array(O).fill(isBinary ? 1 : 3) },
        weights: { shape: [1, 1, 1], data: Float64Array.of(1) },
      });
      expect(Number.isFinite(results.loss!.data[0])).toBe(true);
      expect(results.gradient!.data.every(Number.isFinite)).toBe(true);
    }
  });
});

test('a loss of many targets is theirs alone', () => {
  const { prediction, target } = golden.cases.gaussian;
  const [p, t] = [input('prediction', prediction.shape), input('target', target.shape)];
  const elements = lossOf('gaussian').elements(p, t);
  expect(elements.shape).toEqual(target.shape);
  expect(reduceSum(elements, [0, 1, 2]).shape).toEqual([]);
});

/** Gradients of every loss through every cell, against central differences in float64 and in ONNX Runtime. */
import { describe, expect, test } from 'vitest';
import { interpret } from '../graph/interpret.ts';
import { optimize } from '../graph/passes/optimize.ts';
import { difference, randomArray } from '../graph/testing/numbers.ts';
import { differenceOfGraphs, runOnnx } from '../graph/testing/programs.ts';
import type { CellKind } from '../spec/cells.ts';
import type { LossKind, LossSpecification } from '../spec/losses.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import { parameterCount } from './parameters.ts';
import { gradientProgram } from './train-program.ts';

type Case = readonly [LossSpecification, outputsPerTarget: number];
/** A new loss does not compile before it is here. */
const losses: Record<LossKind, readonly Case[]> = {
  mse: [['mse', 1]],
  mae: [['mae', 1]],
  huber: [['huber', 1]],
  gaussian: [['gaussian', 2]],
  student_t: [['student_t', 3]],
  quantile: [[{ type: 'quantile', quantiles: [0.1, 0.5, 0.8] }, 3]],
  cross_entropy: [
    [{ type: 'cross_entropy', label_smoothing: 0 }, 3],
    [{ type: 'cross_entropy', label_smoothing: 0.2 }, 3],
  ],
  binary_cross_entropy: [
    [{ type: 'binary_cross_entropy', positive_weights: null }, 1],
    [{ type: 'binary_cross_entropy', positive_weights: [0.3, 4] }, 1],
  ],
};
const cells: Record<CellKind, true> = { rnn: true, lstm: true, gru: true };
const isOfClasses = (loss: LossSpecification) => typeof loss === 'object' && loss.type === 'cross_entropy';

describe.each(Object.keys(cells) as CellKind[])('%s', (cell) => {
  test.each(Object.values(losses).flat())('%j', async (loss, outputsPerTarget) => {
    const [T, N, O] = [3, 2, isOfClasses(loss) ? 1 : 2];
    const network: NetworkShape = {
      architecture: 'sequence_to_sequence',
      cell,
      inputSize: 2,
      hiddenSize: 3,
      layers: 1,
      outputSize: O * outputsPerTarget,
    };
    const P = parameterCount(network);
    const graph = gradientProgram({ network, loss, lossSteps: 'all', weightsPerOutput: 1 });
    const feeds = {
      parameters: randomArray([P], 'parameters'),
      x: randomArray([T, N, 2], 'x'),
      y: isOfClasses(loss)
        ? { shape: [T, N, 1], data: Float64Array.from({ length: T * N }, (_, index) => index % 3) }
        : randomArray([T, N, O], 'y'),
      weights: { shape: [T, N, 1], data: Float64Array.from({ length: T * N }, (_, index) => index % 3) },
    };
    const exact = interpret(graph, feeds).gradient!.data;
    const lossAt = (index: number, offset: number) => {
      const data = feeds.parameters.data.slice();
      data[index]! += offset;
      return interpret(graph, { ...feeds, parameters: { shape: [P], data } }).loss!.data[0]!;
    };
    const places = Array.from({ length: Math.min(P, 25) }, (_, index) => (index * 17) % P);
    const numeric = places.map((index) => (lossAt(index, 1e-6) - lossAt(index, -1e-6)) / 2e-6);
    expect(
      difference(
        places.map((index) => exact[index]!),
        numeric,
      ),
    ).toBeLessThan(1e-6);
    const optimized = optimize(graph);
    expect(differenceOfGraphs(graph, optimized, feeds)).toBeLessThan(1e-11);
    expect(difference((await runOnnx(optimized, feeds)).gradient!.data, exact)).toBeLessThan(1e-5);
  });
});

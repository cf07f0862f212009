/** The exported file says of quantiles and distributions what the engine's own forward and their equations say, in the targets' units. */
import { expect, test } from 'vitest';
import { interpret } from '../graph/interpret.ts';
import { input } from '../graph/ops.ts';
import { difference, randomArray } from '../graph/testing/numbers.ts';
import { forecastOf } from '../nn/forecasts/forecast-of.ts';
import { openSession } from '../runtime/session.ts';
import type { RegressionLoss } from '../spec/losses.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import { exportModel } from './export-model.ts';
import { forward } from './forward.ts';
import { initialParameters } from './initial-parameters.ts';
import { parameterCount, unpack } from './parameters.ts';

const levels = [0.1, 0.5, 0.8];
const calibration = [
  [-0.3, -0.1],
  [0, 0],
  [0.4, 0.2],
];
const [horizon, targets] = [3, 2];
const O = horizon * targets;
const outputScaling = { mean: [100, -7], std: [25, 2] };
const untouched = { mean: [0, 0], std: [1, 1] };
const losses: readonly (readonly [RegressionLoss, number])[] = [
  [{ type: 'quantile', quantiles: levels }, 3],
  ['gaussian', 2],
  ['student_t', 3],
];
const cases = (['sequence_to_vector', 'sequence_to_sequence'] as const).flatMap((architecture) =>
  [false, true].flatMap((layerNorm) =>
    losses.map(([loss, blocks]) => ({ architecture, layerNorm, loss, blocks })),
  ),
);

test.each(cases)('%j', async ({ architecture, layerNorm, loss, blocks }) => {
  const network: NetworkShape = {
    architecture,
    layerNorm,
    cell: 'gru',
    layers: 1,
    inputSize: 2,
    hiddenSize: 5,
    outputSize: O * blocks,
  };
  const parameters = initialParameters(network, 4).map((value) => 3 * value);
  const everyStep = architecture === 'sequence_to_sequence';
  const x = input('x', ['T', 'N', 2]);
  const flat = input('parameters', [parameterCount(network)]);
  const head = forward(network, unpack(network, flat), x, everyStep ? 'all' : 'last');
  const { point, quantiles, deviation, degreesOfFreedom } = forecastOf(loss, head, { levels, calibration });
  const graph = {
    inputs: [x, flat],
    outputs: [
      { name: 'y', tensor: point },
      ...quantiles.map((tensor, index) => ({ name: `quantile_${index}`, tensor })),
      ...(deviation ? [{ name: 'std', tensor: deviation }] : []),
      ...(degreesOfFreedom ? [{ name: 'degrees_of_freedom', tensor: degreesOfFreedom }] : []),
    ],
  };
  const file = exportModel({
    network,
    parameters,
    horizon,
    inputScaling: untouched,
    outputScaling,
    forecast: { loss, levels, calibration },
    metadata: {},
  });
  const session = await openSession(file, { threads: 1 });
  // one window, so that steps first and windows first are one order
  const [N, T] = [1, 6];
  const given = randomArray([T, N, 2], 'x');
  const results = await session.run({ x: { data: Float32Array.from(given.data), dims: [N, T, 2] } });
  await session.release();
  const expected = interpret(graph, {
    x: given,
    parameters: { shape: [parameters.length], data: Float64Array.from(parameters) },
  });
  const lead = everyStep ? [N, T] : [N];
  const inUnits = (data: ArrayLike<number>, isShifted = true) =>
    Float64Array.from(
      data,
      (value, index) =>
        value * outputScaling.std[index % 2]! + (isShifted ? outputScaling.mean[index % 2]! : 0),
    );

  expect(results.y!.dims).toEqual([...lead, horizon, targets]);
  expect(difference(results.y!.data, inUnits(expected.y!.data))).toBeLessThan(1e-5);
  expect(results.quantiles!.dims).toEqual([...lead, horizon, targets, levels.length]);
  const told = [...results.quantiles!.data];
  levels.forEach((_, level) => {
    const own = told.filter((__, index) => index % levels.length === level);
    expect(difference(own, inUnits(expected[`quantile_${level}`]!.data))).toBeLessThan(1e-5);
  });
  told.forEach((value, index) => {
    if (index % levels.length > 0) expect(value).toBeGreaterThanOrEqual(told[index - 1]!);
  });
  expect('std' in results).toBe(deviation !== undefined);
  if (deviation) expect(difference(results.std!.data, inUnits(expected.std!.data, false))).toBeLessThan(1e-5);
  expect('degrees_of_freedom' in results).toBe(degreesOfFreedom !== undefined);
  if (degreesOfFreedom)
    expect(difference(results.degrees_of_freedom!.data, expected.degrees_of_freedom!.data)).toBeLessThan(
      1e-5,
    );
});

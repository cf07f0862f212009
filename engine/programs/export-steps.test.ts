/** Rows one by one, or in pieces, come to what the whole file makes of them at once. */
import { describe, expect, test } from 'vitest';
import { difference } from '../graph/testing/numbers.ts';
import { randomStream } from '../random/random-stream.ts';
import { openSession, type Session, type Value } from '../runtime/session.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import type { FittedScaling } from '../spec/scaling.ts';
import { carriedStates } from './carried-states.ts';
import { exportModel } from './export-model.ts';
import { exportSteps } from './export-steps.ts';
import { parameterCount } from './parameters.ts';

const [I, horizon, targets] = [2, 3, 1];
const kinds: readonly Partial<NetworkShape>[] = [
  { cell: 'rnn', activation: 'relu' },
  { cell: 'lstm', peepholes: true },
  { cell: 'gru' },
];
const variants: readonly Partial<NetworkShape>[] = [
  {},
  { layers: 2, residual: true, learnInitialState: true },
  { layerNorm: true },
  { layerNorm: true, layers: 2, learnInitialState: true },
];
const cases = kinds.flatMap((kind) => variants.map((variant) => ({ ...kind, ...variant })));

const shapeOf = (changes: Partial<NetworkShape>): NetworkShape => ({
  architecture: 'sequence_to_sequence',
  cell: 'lstm',
  inputSize: I,
  hiddenSize: 5,
  layers: 1,
  outputSize: horizon * targets * 3,
  ...changes,
});
const random = randomStream(5, 'steps');
const numbers = (count: number, scale = 0.6) =>
  Float32Array.from({ length: count }, () => scale * (random.next() * 2 - 1));
const perSeries = (columns: number): FittedScaling => {
  const figures = (mean: number, std: number) => ({
    mean: new Array<number>(columns).fill(mean),
    std: new Array<number>(columns).fill(std),
  });
  return { ...figures(10, 3), series: [figures(8, 2), figures(-4, 5)] };
};
const optionsOf = (network: NetworkShape) => ({
  network,
  parameters: numbers(parameterCount(network)),
  horizon,
  inputScaling: perSeries(I),
  outputScaling: perSeries(targets),
  forecast: {
    loss: { type: 'quantile', quantiles: [0.1, 0.5, 0.9] },
    levels: [0.1, 0.5, 0.9],
    calibration: [[-0.2], [0], [0.3]],
  } as const,
  metadata: {},
});

const zeros = (network: NetworkShape, N: number): Record<string, Value> =>
  Object.fromEntries(
    carriedStates(network).map(({ name }) => [
      name,
      { data: new Float32Array(N * network.hiddenSize), dims: [N, network.hiddenSize] },
    ]),
  );
const statesOf = (network: NetworkShape, results: Record<string, Value>): Record<string, Value> =>
  Object.fromEntries(carriedStates(network).map(({ name }) => [name, results[`next_${name}`]!]));

/** Rows [N,T,I] in pieces of so many; outputs [N,T,…] of all of them together. */
async function stepped(
  session: Session,
  network: NetworkShape,
  x: Float32Array,
  N: number,
  pieces: number[],
) {
  const T = x.length / N / I;
  const of = { y: horizon * targets, quantiles: horizon * targets * 3 };
  const found = { y: new Float32Array(N * T * of.y), quantiles: new Float32Array(N * T * of.quantiles) };
  let states = zeros(network, N);
  let from = 0;
  for (const steps of pieces) {
    const data = new Float32Array(N * steps * I);
    for (let n = 0; n < N; n++)
      data.set(x.subarray((n * T + from) * I, (n * T + from + steps) * I), n * steps * I);
    const results = await session.run({
      x: { data, dims: [N, steps, I] },
      series: { data: BigInt64Array.from({ length: N }, (_, n) => BigInt(n % 3)), dims: [N] },
      ...states,
      ...(network.learnInitialState && {
        keep: { data: new Float32Array(N).fill(from === 0 ? 0 : 1), dims: [N] },
      }),
    });
    for (const name of ['y', 'quantiles'] as const)
      for (let n = 0; n < N; n++)
        found[name].set(
          results[name]!.data.subarray(n * steps * of[name], (n + 1) * steps * of[name]),
          (n * T + from) * of[name],
        );
    states = statesOf(network, results);
    from += steps;
  }
  return found;
}

test.each(cases.map((changes) => [JSON.stringify(changes), changes] as const))(
  '%s',
  async (_name, changes) => {
    for (const architecture of ['sequence_to_sequence', 'sequence_to_vector'] as const) {
      const network = shapeOf({ ...changes, architecture });
      const options = optionsOf(network);
      const [whole, steps] = await Promise.all(
        [exportModel(options), exportSteps(options)].map((file) => openSession(file, { threads: 1 })),
      );
      const [N, T] = [3, 9];
      const x = numbers(N * T * I, 12);
      const expected = await whole!.run({
        x: { data: x, dims: [N, T, I] },
        series: { data: BigInt64Array.from([0n, 1n, 2n]), dims: [N] },
      });
      for (const pieces of [new Array<number>(T).fill(1), [4, 1, 4], [T]]) {
        const found = await stepped(steps!, network, x, N, pieces);
        for (const name of ['y', 'quantiles'] as const) {
          const size = found[name].length / N / T;
          const wanted =
            architecture === 'sequence_to_sequence'
              ? [...found[name]]
              : [0, 1, 2].flatMap((n) => [
                  ...found[name].subarray(((n + 1) * T - 1) * size, (n + 1) * T * size),
                ]);
          expect(wanted).toHaveLength(expected[name]!.data.length);
          expect(difference(wanted, expected[name]!.data)).toBeLessThan(1e-6);
        }
      }
      await Promise.all([whole!.release(), steps!.release()]);
    }
  },
);

describe('what needs rows behind a row', () => {
  const options = optionsOf(shapeOf({}));
  const window = { statistic: 'standard', floor: [1, 1], from: [0, 1] } as const;
  test.each([
    ['one direction', { ...options, network: shapeOf({ bidirectional: true }) }],
    ['pooling last', { ...options, network: shapeOf({ pooling: 'mean' }) }],
    [
      'scaling by the window',
      {
        ...options,
        inputScaling: { mean: [0, 0], std: [1, 1], window: { ...window, floor: [1, 1], from: [0, 1] } },
      },
    ],
    ['known ahead', { ...options, ahead: [0] }],
  ])('is refused: %s', (message, given) => {
    expect(() => exportSteps(given)).toThrow(message);
  });
});

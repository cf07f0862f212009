/** The exported file gives what the engine's own forward gives, at any batch size and length. */
import { expect, test } from 'vitest';
import { interpret } from '../graph/interpret.ts';
import { input } from '../graph/ops.ts';
import { difference, randomArray } from '../graph/testing/numbers.ts';
import { openSession } from '../runtime/session.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import { exportModel } from './export-model.ts';
import { forward } from './forward.ts';
import { initialParameters } from './initial-parameters.ts';
import { parameterCount, unpack } from './parameters.ts';

const inputScaling = { mean: [10, -3, 0], std: [4, 0.5, 1] };
const outputScaling = { mean: [100, -7], std: [25, 2] };
const horizon = 3;

const variants: readonly Partial<NetworkShape>[] = [
  {},
  { residual: true, learnInitialState: true },
  { bidirectional: true },
  { bidirectional: true, residual: true, learnInitialState: true },
  { layerNorm: true },
  { pooling: 'mean' },
  { bidirectional: true, residual: true, learnInitialState: true, pooling: 'max' },
  { layerNorm: true, bidirectional: true, pooling: 'max' },
  { layerNorm: true, bidirectional: true, residual: true, learnInitialState: true },
];
const activations = ['tanh', 'relu', 'sigmoid', 'softsign', 'elu', 'leaky_relu', 'identity'] as const;

const plain = (['sequence_to_vector', 'sequence_to_sequence'] as const).flatMap((architecture) =>
  (['rnn', 'lstm', 'gru'] as const).flatMap((cell) =>
    variants
      .filter(({ pooling }) => pooling === undefined || architecture === 'sequence_to_vector')
      .flatMap((variant) => [1, 2, 3].map((layers) => ({ architecture, cell, layers, ...variant }))),
  ),
);

const cases: readonly Omit<NetworkShape, 'inputSize' | 'hiddenSize' | 'outputSize'>[] = [
  ...plain,
  ...[false, true].flatMap(
    (bidirectional) =>
      [
        ...activations.map((activation) => ({
          architecture: 'sequence_to_vector' as const,
          cell: 'rnn' as const,
          layers: 2,
          activation,
          bidirectional,
        })),
        { architecture: 'sequence_to_vector', cell: 'lstm', layers: 2, peepholes: true, bidirectional },
        {
          architecture: 'sequence_to_vector',
          cell: 'lstm',
          layers: 2,
          peepholes: true,
          layerNorm: true,
          bidirectional,
        },
      ] as const,
  ),
];

test.each(cases.map((network) => [JSON.stringify(network), network] as const))('%s', async (_name, kind) => {
  const { architecture } = kind;
  const network: NetworkShape = { ...kind, inputSize: 3, hiddenSize: 7, outputSize: horizon * 2 };
  const parameters = initialParameters(network, 9);
  // initial states and gains start at 0 and 1: give them values of their own
  const random = randomArray([parameters.length], 'parameters');
  parameters.forEach((value, index) => (parameters[index] = value + 0.2 * random.data[index]!));
  const everyStep = architecture === 'sequence_to_sequence';
  const x = input('x', ['T', 'N', 3]);
  const flat = input('parameters', [parameterCount(network)]);
  const y = forward(network, unpack(network, flat), x, everyStep ? 'all' : 'last');
  const graph = { inputs: [x, flat], outputs: [{ name: 'y', tensor: y }] };

  const session = await openSession(
    exportModel({
      network,
      parameters,
      horizon,
      inputScaling,
      outputScaling,
      metadata: { made: 'by a test' },
    }),
    { threads: 1 },
  );
  for (const [N, T] of [
    [1, 1],
    [4, 9],
    [2, 30],
  ] as const) {
    const scaled = randomArray([T, N, 3], `x ${N} ${T}`);
    const expected = interpret(graph, {
      x: scaled,
      parameters: { shape: [parameters.length], data: Float64Array.from(parameters) },
    }).y!;
    // the same inputs as a user has them: [N,T,I], in their own units
    const raw = new Float32Array(N * T * 3);
    scaled.data.forEach((value, position) => {
      const [t, n, i] = [Math.floor(position / (N * 3)), Math.floor(position / 3) % N, position % 3];
      raw[(n * T + t) * 3 + i] = value * inputScaling.std[i]! + inputScaling.mean[i]!;
    });
    const answer = (await session.run({ x: { data: raw, dims: [N, T, 3] } })).y!;
    expect(answer.dims).toEqual(everyStep ? [N, T, horizon, 2] : [N, horizon, 2]);

    const steps = everyStep ? T : 1;
    const wanted = new Float64Array(answer.data.length);
    expected.data.forEach((value, position) => {
      const o = position % (horizon * 2);
      const n = Math.floor(position / (horizon * 2)) % N;
      const t = Math.floor(position / (horizon * 2 * N));
      wanted[(n * steps + t) * horizon * 2 + o] =
        value * outputScaling.std[o % 2]! + outputScaling.mean[o % 2]!;
    });
    expect(difference(answer.data, wanted)).toBeLessThan(1e-5);
  }
  await session.release();
});

test('sizes that do not fit are refused', () => {
  const network: NetworkShape = {
    architecture: 'sequence_to_vector',
    cell: 'gru',
    layers: 1,
    inputSize: 2,
    hiddenSize: 3,
    outputSize: 6,
  };
  const parameters = initialParameters(network, 1);
  expect(() =>
    exportModel({ network, parameters, horizon, inputScaling, outputScaling, metadata: {} }),
  ).toThrow('expected 2 input columns and 6 outputs');
});

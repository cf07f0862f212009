/** The exported file gives what the engine's forward gives, for texts of different lengths together, and at other sizes than any it was made for. */
import { expect, test } from 'vitest';
import { interpret } from '../graph/interpret.ts';
import { input } from '../graph/ops.ts';
import { difference } from '../graph/testing/numbers.ts';
import { randomStream } from '../random/random-stream.ts';
import { openSession } from '../runtime/session.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import { exportClassifier } from './export-classifier.ts';
import { forward } from './forward.ts';
import { parameterCount, unpack } from './parameters.ts';

const vocabulary = 6;
const classes = 3;

const kinds: readonly Partial<NetworkShape>[] = [
  { cell: 'rnn', activation: 'relu' },
  { cell: 'lstm', peepholes: true },
  { cell: 'gru' },
];
const variants: readonly Partial<NetworkShape>[] = [
  {},
  { layers: 2, bidirectional: true, residual: true },
  { layers: 2, bidirectional: true, learnInitialState: true },
  { layerNorm: true },
  { layerNorm: true, layers: 2, bidirectional: true, residual: true, learnInitialState: true },
];
const cases = kinds.flatMap((kind) => variants.map((variant) => ({ ...kind, ...variant })));

test.each(cases.map((changes) => [JSON.stringify(changes), changes] as const))(
  '%s',
  async (_name, changes) => {
    const network: NetworkShape = {
      architecture: 'sequence_to_vector',
      cell: 'lstm',
      inputSize: 1,
      embeddings: [{ vocabulary, size: 4 }],
      padded: true,
      hiddenSize: 5,
      layers: 1,
      outputSize: classes,
      ...changes,
    };
    const random = randomStream(3, 'export');
    const parameters = Float32Array.from(
      { length: parameterCount(network) },
      () => 0.6 * (random.next() * 2 - 1),
    );
    const session = await openSession(
      exportClassifier({ network, parameters, metadata: { 'unroll.features': '{}' } }),
      { threads: 1 },
    );
    try {
      for (const lengths of [[3], [5, 1, 4], [1, 1], [2, 7, 7, 1, 3]]) {
        const [N, T] = [lengths.length, Math.max(...lengths) + (lengths.length % 2)];
        const ids = Array.from({ length: N * T }, () => random.integer(vocabulary));
        const outputs = await session.run({
          tokens: { data: BigInt64Array.from(ids, BigInt), dims: [N, T] },
          lengths: { data: BigInt64Array.from(lengths, BigInt), dims: [N] },
        });
        const [P, x, mask] = [
          input('parameters', [parameters.length]),
          input('x', ['T', 'N', 1]),
          input('mask', ['T', 'N']),
        ];
        const logits = forward(network, unpack(network, P), x, 'last', { padding: mask });
        const transposed = (of: (n: number, t: number) => number) =>
          Float64Array.from({ length: N * T }, (_, index) => of(index % N, Math.floor(index / N)));
        const expected = interpret(
          { inputs: [P, x, mask], outputs: [{ name: 'logits', tensor: logits }] },
          {
            parameters: { data: Float64Array.from(parameters), shape: [parameters.length] },
            x: { data: transposed((n, t) => ids[n * T + t]!), shape: [T, N, 1] },
            mask: { data: transposed((n, t) => (t < lengths[n]! ? 1 : 0)), shape: [T, N] },
          },
        ).logits!.data;
        expect(outputs.logits!.dims).toEqual([N, classes]);
        expect(difference(outputs.logits!.data, expected)).toBeLessThan(
          network.layerNorm === true ? 1e-4 : 1e-5,
        );
        const probabilities = Array.from({ length: N }, (_, n) => {
          const own = [...expected.slice(n * classes, (n + 1) * classes)].map(Math.exp);
          const sum = own.reduce((total, value) => total + value, 0);
          return own.map((value) => value / sum);
        }).flat();
        expect(difference(outputs.probabilities!.data, probabilities)).toBeLessThan(1e-4);
      }
    } finally {
      await session.release();
    }
  },
);

/** The exported file gives what the engine's forward gives, and T steps at once are T1 steps and then T2 from the states that came out. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { interpret } from '../graph/interpret.ts';
import { input } from '../graph/ops.ts';
import { difference } from '../graph/testing/numbers.ts';
import { randomStream } from '../random/random-stream.ts';
import { openSession, type Session, type Value } from '../runtime/session.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import { carriedStates } from './carried-states.ts';
import { exportLanguageModel } from './export-language-model.ts';
import { forward } from './forward.ts';
import { parameterCount, unpack } from './parameters.ts';

const V = 6;
const kinds: readonly Partial<NetworkShape>[] = [
  { cell: 'rnn', activation: 'relu' },
  { cell: 'lstm', peepholes: true },
  { cell: 'gru' },
];
const variants: readonly Partial<NetworkShape>[] = [
  {},
  { layers: 2, residual: true, learnInitialState: true },
  { layerNorm: true, learnInitialState: true },
  { layerNorm: true, layers: 2 },
];
const cases = kinds.flatMap((kind) => variants.map((variant) => ({ ...kind, ...variant })));

const shapeOf = (changes: Partial<NetworkShape>): NetworkShape => ({
  architecture: 'sequence_to_sequence',
  cell: 'lstm',
  inputSize: 1,
  embeddings: [{ vocabulary: V, size: 4 }],
  hiddenSize: 5,
  layers: 1,
  outputSize: V,
  ...changes,
});

const parametersOf = (network: NetworkShape) => {
  const random = randomStream(3, 'export');
  return Float32Array.from({ length: parameterCount(network) }, () => 0.6 * (random.next() * 2 - 1));
};

/** Reads ids [N,T] from states on; from the beginning if absent. */
function read(
  session: Session,
  network: NetworkShape,
  ids: readonly (readonly number[])[],
  states?: Record<string, Value>,
): Promise<Record<string, Value>> {
  const [N, T] = [ids.length, ids[0]!.length];
  return session.run({
    tokens: { data: BigInt64Array.from(ids.flat(), BigInt), dims: [N, T] },
    ...Object.fromEntries(
      carriedStates(network).map(({ name }) => [
        name,
        states?.[`next_${name}`] ?? {
          data: new Float32Array(N * network.hiddenSize),
          dims: [N, network.hiddenSize],
        },
      ]),
    ),
    ...(network.learnInitialState === true && {
      keep: { data: new Float32Array(N).fill(states ? 1 : 0), dims: [N] },
    }),
  });
}

test.each(cases.map((changes) => [JSON.stringify(changes), changes] as const))(
  '%s',
  async (_name, changes) => {
    const network = shapeOf(changes);
    const parameters = parametersOf(network);
    const tolerance = network.layerNorm === true ? 1e-4 : 1e-5;
    const session = await openSession(exportLanguageModel({ network, parameters, metadata: {} }), {
      threads: 1,
    });
    try {
      await fc.assert(
        fc.asyncProperty(
          fc
            .record({ N: fc.integer({ min: 1, max: 3 }), T: fc.integer({ min: 1, max: 7 }) })
            .chain(({ N, T }) =>
              fc.record({
                ids: fc.array(fc.array(fc.nat(V - 1), { minLength: T, maxLength: T }), {
                  minLength: N,
                  maxLength: N,
                }),
                cut: fc.integer({ min: 0, max: T - 1 }),
              }),
            ),
          async ({ ids, cut }) => {
            const [N, T] = [ids.length, ids[0]!.length];
            const whole = await read(session, network, ids);
            const [P, x] = [input('parameters', [parameters.length]), input('x', ['T', 'N', 1])];
            const logits = forward(network, unpack(network, P), x, 'all');
            const expected = interpret(
              { inputs: [P, x], outputs: [{ name: 'logits', tensor: logits }] },
              {
                parameters: { data: Float64Array.from(parameters), shape: [parameters.length] },
                x: {
                  data: Float64Array.from({ length: N * T }, (_, i) => ids[i % N]![Math.floor(i / N)]!),
                  shape: [T, N, 1],
                },
              },
            ).logits!.data;
            const batchFirst = ids.flatMap((_, n) =>
              Array.from({ length: T }, (_step, t) => [
                ...expected.slice((t * N + n) * V, (t * N + n + 1) * V),
              ]).flat(),
            );
            expect(whole.logits!.dims).toEqual([N, T, V]);
            expect(difference(whole.logits!.data, batchFirst)).toBeLessThan(tolerance);
            if (cut === 0) return;
            const first = await read(
              session,
              network,
              ids.map((row) => row.slice(0, cut)),
            );
            const second = await read(
              session,
              network,
              ids.map((row) => row.slice(cut)),
              first,
            );
            const joined = ids.flatMap((_, n) => [
              ...first.probabilities!.data.subarray(n * cut * V, (n + 1) * cut * V),
              ...second.probabilities!.data.subarray(n * (T - cut) * V, (n + 1) * (T - cut) * V),
            ]);
            expect(difference(joined, whole.probabilities!.data)).toBeLessThan(1e-6);
            for (const { name } of carriedStates(network))
              expect(difference(second[`next_${name}`]!.data, whole[`next_${name}`]!.data)).toBeLessThan(
                1e-6,
              );
          },
        ),
        { numRuns: 12, seed: 4 },
      );
    } finally {
      await session.release();
    }
  },
);

test('what the file cannot hold is refused', () => {
  const network = shapeOf({ bidirectional: true });
  expect(() => exportLanguageModel({ network, parameters: parametersOf(network), metadata: {} })).toThrow(
    'expected one direction',
  );
});

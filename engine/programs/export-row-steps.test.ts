/** Steps one by one, or in pieces, come to what the whole file makes of them at once: rows of a series, tokens and numbers of a sequence. */
import { expect, test } from 'vitest';
import { difference } from '../graph/testing/numbers.ts';
import { randomStream } from '../random/random-stream.ts';
import { openSession, type Session, type Value } from '../runtime/session.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import { rowSizes, type RowInputs } from '../spec/row-inputs.ts';
import { carriedStates } from './carried-states.ts';
import { exportRowModel, type RowOutputs } from './export-row-model.ts';
import { exportRowSteps } from './export-row-steps.ts';
import { parameterCount } from './parameters.ts';
import { exampleRows, rowsOfSeries } from './testing.ts';

const P = 3;
const none = { mean: [], std: [] };
const tokens = { kind: 'tokens', embedding: { vocabulary: 6, size: 4 }, padded: true } as const;
const kinds: readonly (readonly [string, RowInputs, RowOutputs])[] = [
  ['rows', rowsOfSeries, { kind: 'classes' }],
  ['text', { sequence: tokens, numbers: none, categories: [] }, { kind: 'labels' }],
  [
    'mixed',
    {
      sequence: { kind: 'numbers', scaling: { mean: [1, 2], std: [2, 4] }, padded: false },
      numbers: { mean: [2], std: [3] },
      categories: [{ kind: 'embedding', embedding: { vocabulary: 4, size: 2 } }],
    },
    { kind: 'numbers', scaling: { mean: [0, 2, 1], std: [0.5, 5, 0.2], log: [true, false, true] } },
  ],
];
const networks: readonly Partial<NetworkShape>[] = [
  { cell: 'rnn', activation: 'relu' },
  { cell: 'lstm', peepholes: true, layers: 2, residual: true },
  { cell: 'gru', learnInitialState: true },
  { cell: 'rnn', layerNorm: true },
  { cell: 'lstm', layerNorm: true, layers: 2, learnInitialState: true },
  { cell: 'gru', layerNorm: true },
];
const shapeOf = (inputs: RowInputs, changes: Partial<NetworkShape>): NetworkShape => ({
  architecture: 'sequence_to_vector',
  cell: 'lstm',
  ...rowSizes(inputs),
  hiddenSize: 5,
  layers: 1,
  outputSize: P,
  ...changes,
});
const random = randomStream(5, 'row steps');
const numbers = (count: number) => Float32Array.from({ length: count }, () => 0.6 * (random.next() * 2 - 1));

/** Steps `from` to `to` of [N,T,·]; whatever is of the row as a whole stays. */
function stepsOf(
  feeds: Readonly<Record<string, Value>>,
  sequence: readonly string[],
  from: number,
  to: number,
) {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, value]) => {
      if (!sequence.includes(name)) return [name, { data: value.data.slice(), dims: value.dims }];
      const [N, T] = value.dims as [number, number];
      const width = value.data.length / N / T;
      const data = value.data.slice(0, N * (to - from) * width);
      for (let n = 0; n < N; n++)
        (data as Float32Array).set(
          value.data.subarray((n * T + from) * width, (n * T + to) * width),
          n * (to - from) * width,
        );
      return [name, { data, dims: [N, to - from, ...value.dims.slice(2)] }];
    }),
  );
}

/** [N,T,P] of all pieces together. */
async function stepped(
  session: Session,
  {
    feeds,
    network,
    sequence,
    output,
  }: { feeds: Record<string, Value>; network: NetworkShape; sequence: string[]; output: string },
  N: number,
  pieces: readonly number[],
): Promise<Float32Array> {
  const T = pieces.reduce((sum, piece) => sum + piece, 0);
  const found = new Float32Array(N * T * P);
  let states: Record<string, Value> = Object.fromEntries(
    carriedStates(network).map(({ name }) => [name, { data: new Float32Array(N * 5), dims: [N, 5] }]),
  );
  let from = 0;
  for (const piece of pieces) {
    const results = await session.run({
      ...stepsOf(feeds, sequence, from, from + piece),
      ...states,
      ...(network.learnInitialState && {
        keep: { data: new Float32Array(N).fill(from === 0 ? 0 : 1), dims: [N] },
      }),
    });
    for (let n = 0; n < N; n++)
      found.set(results[output]!.data.subarray(n * piece * P, (n + 1) * piece * P), (n * T + from) * P);
    states = Object.fromEntries(Object.keys(states).map((name) => [name, results[`next_${name}`]!]));
    from += piece;
  }
  return found;
}

const cases = kinds.flatMap((kind) => networks.map((network) => [...kind, network] as const));
test.each(cases.map(([name, ...rest]) => [`${name} ${JSON.stringify(rest[2])}`, ...rest] as const))(
  '%s',
  async (_name, inputs, outputs, changes) => {
    const [N, T] = [3, 9];
    const output = outputs.kind === 'numbers' ? 'y' : 'probabilities';
    for (const architecture of ['sequence_to_sequence', 'sequence_to_vector'] as const) {
      const network = shapeOf(inputs, { ...changes, architecture });
      const options = {
        network,
        inputs,
        outputs,
        parameters: numbers(parameterCount(network)),
        metadata: {},
      };
      const [whole, steps] = await Promise.all(
        [exportRowModel(options), exportRowSteps(options)].map((file) => openSession(file, { threads: 1 })),
      );
      const { feeds: all } = exampleRows(inputs, [T, T, T], T, random);
      const { lengths, ...feeds } = all as Record<string, Value>;
      const sequence = ['tokens', 'sequence', ...(inputs.sequence?.kind === 'rows' ? ['categories'] : [])];
      const expected = (await whole!.run({ ...stepsOf(feeds, [], 0, T), ...(lengths && { lengths }) }))[
        output
      ]!.data;
      for (const pieces of [new Array<number>(T).fill(1), [4, 1, 4], [T]]) {
        const found = await stepped(steps!, { feeds, network, sequence, output }, N, pieces);
        const wanted =
          architecture === 'sequence_to_sequence'
            ? [...found]
            : [0, 1, 2].flatMap((n) => [...found.subarray(((n + 1) * T - 1) * P, (n + 1) * T * P)]);
        expect(wanted).toHaveLength(expected.length);
        expect(difference(wanted, expected)).toBeLessThan(2e-6);
      }
      await Promise.all([whole!.release(), steps!.release()]);
    }
  },
);

test('what can not go step by step is refused', () => {
  const [, inputs, outputs] = kinds[0]!;
  const given = (network: NetworkShape, read: RowInputs) =>
    exportRowSteps({
      network,
      inputs: read,
      outputs,
      parameters: numbers(parameterCount(network)),
      metadata: {},
    });
  expect(() => given(shapeOf(inputs, { bidirectional: true }), inputs)).toThrow('one direction');
  expect(() => given(shapeOf(inputs, { pooling: 'max' }), inputs)).toThrow('expected pooling last, got max');
  const values = { ...inputs, sequence: null, numbers: { mean: [1], std: [1] } };
  expect(() => given(shapeOf(values, {}), values)).toThrow('expected a sequence');
});

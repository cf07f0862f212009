/** The exported file gives what the engine's forward gives, for examples of different lengths together, and at other sizes than any it was made for. */
import { expect, test } from 'vitest';
import { interpret } from '../graph/interpret.ts';
import { input } from '../graph/ops.ts';
import { difference } from '../graph/testing/numbers.ts';
import { randomStream } from '../random/random-stream.ts';
import { openSession } from '../runtime/session.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import { rowSizes, type RowInputs } from '../spec/row-inputs.ts';
import { exportRowModel, type RowOutputs } from './export-row-model.ts';
import { forward } from './forward.ts';
import { parameterCount, unpack } from './parameters.ts';
import { exampleRows, rowsOfSeries } from './testing.ts';

const P = 3;
const none = { mean: [], std: [] };
const tokens = { kind: 'tokens', embedding: { vocabulary: 6, size: 4 }, padded: true } as const;
const text: RowInputs = { sequence: tokens, numbers: none, categories: [] };
const mixed: RowInputs = {
  sequence: tokens,
  numbers: { mean: [2, -1], std: [3, 0.5] },
  categories: [
    { kind: 'embedding', embedding: { vocabulary: 4, size: 2 } },
    { kind: 'one_hot', categories: 3 },
  ],
};
const logarithmic: RowInputs = {
  ...mixed,
  numbers: { mean: [0.5, -1], std: [3, 0.5], log: [true, false] },
};
const signal: RowInputs = {
  sequence: { kind: 'numbers', scaling: { mean: [1, 2], std: [2, 4] }, padded: true },
  numbers: { mean: [0.5], std: [2] },
  categories: [{ kind: 'embedding', embedding: { vocabulary: 3, size: 2 } }],
};
const image: RowInputs = {
  sequence: { kind: 'numbers', scaling: { mean: [0, 0, 0], std: [2, 2, 2] }, padded: false },
  numbers: none,
  categories: [],
};
const words: RowInputs = {
  ...rowsOfSeries,
  sequence: {
    kind: 'rows',
    scaling: none,
    categories: [{ kind: 'embedding', embedding: { vocabulary: 4, size: 3 } }],
    padded: true,
  },
};
const values: RowInputs = { ...mixed, sequence: null };

const classes: RowOutputs = { kind: 'classes' };
const cells: readonly Partial<NetworkShape>[] = [
  { cell: 'rnn', activation: 'relu' },
  { cell: 'lstm', peepholes: true },
  { cell: 'gru' },
];
const variants: readonly Partial<NetworkShape>[] = [
  {},
  { layers: 2, bidirectional: true, residual: true },
  { layers: 2, bidirectional: true, learnInitialState: true },
  { layerNorm: true },
  { layers: 2, bidirectional: true, residual: true, learnInitialState: true, pooling: 'max' },
  { bidirectional: true, pooling: 'mean' },
  { layerNorm: true, bidirectional: true, pooling: 'mean' },
  { layerNorm: true, layers: 2, bidirectional: true, residual: true, learnInitialState: true },
];
const both: readonly Partial<NetworkShape>[] = [
  { cell: 'gru', bidirectional: true },
  { cell: 'lstm', layerNorm: true },
];
const cases: readonly (readonly [string, RowInputs, RowOutputs, Partial<NetworkShape>])[] = [
  ...cells.flatMap((cell) =>
    variants.map((variant) => ['text', text, classes, { ...cell, ...variant }] as const),
  ),
  ...[...both, { cell: 'gru', pooling: 'max' } as const].flatMap((network) => [
    ['mixed', mixed, { kind: 'labels' } as const, network] as const,
    [
      'signal',
      signal,
      { kind: 'numbers', scaling: { mean: [1, 2, 3], std: [4, 5, 6] } } as const,
      network,
    ] as const,
    [
      'logarithms',
      logarithmic,
      {
        kind: 'numbers',
        scaling: { mean: [0, 2, 1], std: [0.5, 5, 0.2], log: [true, false, true] },
      } as const,
      network,
    ] as const,
    ['image', image, classes, network] as const,
    ['values', values, classes, network] as const,
    ['rows', rowsOfSeries, classes, network] as const,
  ]),
  ...both.flatMap((network) => [
    ['every row', rowsOfSeries, classes, { ...network, architecture: 'sequence_to_sequence' }] as const,
    ['every word', words, classes, { ...network, architecture: 'sequence_to_sequence' }] as const,
  ]),
];

function answers(head: Float64Array, outputs: RowOutputs): Record<string, number[]> {
  const own = [...head];
  if (outputs.kind === 'numbers')
    return {
      y: own.map((value, i) => {
        const inLine = value * outputs.scaling.std[i % P]! + outputs.scaling.mean[i % P]!;
        return outputs.scaling.log?.[i % P] === true ? Math.expm1(inLine) : inLine;
      }),
    };
  if (outputs.kind === 'labels')
    return { logits: own, probabilities: own.map((value) => 1 / (1 + Math.exp(-value))) };
  const sum = (index: number) => {
    const first = index - (index % P);
    return own.slice(first, first + P).reduce((total, value) => total + Math.exp(value), 0);
  };
  return { logits: own, probabilities: own.map((value, i) => Math.exp(value) / sum(i)) };
}

test.each(cases.map(([name, ...rest]) => [`${name} ${JSON.stringify(rest[2])}`, ...rest] as const))(
  '%s',
  async (_name, inputs, outputs, changes) => {
    const network: NetworkShape = {
      architecture: 'sequence_to_vector',
      cell: 'lstm',
      ...rowSizes(inputs),
      hiddenSize: 5,
      layers: 1,
      outputSize: P,
      ...changes,
    };
    const random = randomStream(3, 'export');
    const parameters = Float32Array.from(
      { length: parameterCount(network) },
      () => 0.6 * (random.next() * 2 - 1),
    );
    const session = await openSession(
      exportRowModel({ network, inputs, outputs, parameters, metadata: { 'unroll.features': '{}' } }),
      { threads: 1 },
    );
    const { sequence } = inputs;
    try {
      for (const asked of [[3], [5, 1, 4], [1, 1], [2, 7, 7, 1, 3]]) {
        const N = asked.length;
        const T = sequence === null ? 1 : Math.max(...asked) + (N % 2);
        const lengths = sequence?.padded === true ? asked : asked.map(() => T);
        const { feeds, x, mask } = exampleRows(inputs, lengths, T, random);
        const found = await session.run(feeds);
        const tensors = {
          parameters: input('parameters', [parameters.length]),
          x: input('x', ['T', 'N', network.inputSize]),
          mask: input('mask', ['T', 'N']),
        };
        const everyStep = network.architecture === 'sequence_to_sequence';
        const head = forward(
          network,
          unpack(network, tensors.parameters),
          tensors.x,
          everyStep ? 'all' : 'last',
          { padding: tensors.mask },
        );
        const expected = interpret(
          { inputs: Object.values(tensors), outputs: [{ name: 'head', tensor: head }] },
          {
            parameters: { data: Float64Array.from(parameters), shape: [parameters.length] },
            x: { data: x, shape: [T, N, network.inputSize] },
            mask: { data: mask, shape: [T, N] },
          },
        ).head!.data;
        /** [N,T,P] of [T,N,P], of steps that are there. */
        const inOrder = (steps: ArrayLike<number>, isExpected: boolean) =>
          everyStep
            ? lengths.flatMap((length, n) =>
                Array.from({ length: length * P }, (_, at) => {
                  const [t, p] = [Math.floor(at / P), at % P];
                  return steps[isExpected ? (t * N + n) * P + p : (n * T + t) * P + p]!;
                }),
              )
            : Array.from(steps);
        for (const [name, values] of Object.entries(answers(expected, outputs))) {
          expect(found[name]!.dims).toEqual([N, ...(everyStep ? [T] : []), P]);
          expect(difference(inOrder(found[name]!.data, false), inOrder(values, true))).toBeLessThan(
            network.layerNorm === true ? 1e-4 : 1e-5,
          );
        }
      }
    } finally {
      await session.release();
    }
  },
);

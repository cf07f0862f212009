/** What a file tells of its states, gates and attention is what the reference interpreter makes of the cells' equations as the papers have them, and its answer is that of the file that tells nothing. */
import { expect, test } from 'vitest';
import { difference } from '../graph/testing/numbers.ts';
import { randomStream } from '../random/random-stream.ts';
import { openSession, type Value } from '../runtime/session.ts';
import type { EncoderDecoderShape } from '../spec/decoder-shape.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import { writerLayout } from './decoder/writer-parameters.ts';
import { exportModel } from './export-model.ts';
import { exportRowModel } from './export-row-model.ts';
import { parameterCount, parameterLayout } from './parameters.ts';

const random = randomStream(9, 'trace');
const numbers = (count: number, scale = 0.8) =>
  Float32Array.from({ length: count }, () => scale * (random.next() * 2 - 1));
const scaling = (columns: number) => ({
  mean: new Array<number>(columns).fill(2),
  std: new Array<number>(columns).fill(3),
});
const [I, H, T] = [2, 3, 7];

const both = async (make: (trace: boolean) => Uint8Array, feeds: Parameters<typeof run>[1]) => [
  await run(make(false), feeds),
  await run(make(true), feeds),
];
async function run(file: Uint8Array, feeds: Record<string, Value | { data: BigInt64Array; dims: number[] }>) {
  const session = await openSession(file, { threads: 1 });
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const matrix = (values: Float32Array, rows: number, columns: number) => (x: readonly number[]) =>
  Array.from({ length: rows }, (_, row) =>
    x.reduce((sum, value, column) => sum + values[row * columns + column]! * value, 0),
  );
const plus = (...vectors: readonly (readonly number[])[]) =>
  vectors[0]!.map((_, index) => vectors.reduce((sum, vector) => sum + vector[index]!, 0));

/** Written out by hand from the equations in nn/cells: all quantities of each step, [T][H]. */
function byHand(
  network: NetworkShape,
  parameters: Float32Array,
  xs: readonly (readonly number[])[],
  reverse: boolean,
) {
  const named = new Map(
    parameterLayout(network).map(({ name, offset, size }) => [
      name,
      parameters.subarray(offset, offset + size),
    ]),
  );
  const of = (name: string) => named.get(`layers.0.${name}${reverse ? '_reverse' : ''}`)!;
  const gates = { rnn: 1, lstm: 4, gru: 3 }[network.cell];
  const [W, R] = [matrix(of('weight_ih'), gates * H, I), matrix(of('weight_hh'), gates * H, H)];
  const block = (values: readonly number[], gate: number) => values.slice(gate * H, (gate + 1) * H);
  let h = new Array<number>(H).fill(0);
  let c = new Array<number>(H).fill(0);
  const told: Record<string, number[]>[] = new Array<Record<string, number[]>>(xs.length);
  const order = xs.map((_, t) => t);
  for (const t of reverse ? order.reverse() : order) {
    const a = plus(W(xs[t]!), [...of('bias')]);
    const r = R(h);
    if (network.cell === 'rnn') {
      h = plus(a, r).map(Math.tanh);
      told[t] = { h };
    } else if (network.cell === 'lstm') {
      const all = plus(a, r);
      const [i, f, o] = [0, 1, 2].map((gate) => block(all, gate).map(sigmoid)) as [
        number[],
        number[],
        number[],
      ];
      const g = block(all, 3).map(Math.tanh);
      c = c.map((value, unit) => f[unit]! * value + i[unit]! * g[unit]!);
      h = c.map((value, unit) => o[unit]! * Math.tanh(value));
      told[t] = { h, c, i, f, o, g };
    } else {
      const z = plus(block(a, 0), block(r, 0)).map(sigmoid);
      const reset = plus(block(a, 1), block(r, 1)).map(sigmoid);
      const candidate = plus(block(r, 2), [...of('bias_hh')]);
      const n = block(a, 2).map((value, unit) => Math.tanh(value + reset[unit]! * candidate[unit]!));
      h = h.map((value, unit) => (1 - z[unit]!) * n[unit]! + z[unit]! * value);
      told[t] = { h, z, r: reset, n };
    }
  }
  return told;
}

test.each(
  (['rnn', 'lstm', 'gru'] as const).flatMap((cell) =>
    [false, true].map((bidirectional) => ({ cell, bidirectional })),
  ),
)('forecasts: %j', async ({ cell, bidirectional }) => {
  const network: NetworkShape = {
    architecture: 'sequence_to_vector',
    cell,
    inputSize: I,
    hiddenSize: H,
    layers: 2,
    outputSize: 2,
    bidirectional,
  };
  const parameters = numbers(parameterCount(network));
  const x = numbers(T * I, 6);
  const [plain, traced] = await both(
    (trace) =>
      exportModel({
        network,
        parameters,
        horizon: 2,
        inputScaling: scaling(I),
        outputScaling: scaling(1),
        trace,
        metadata: {},
      }),
    { x: { data: x, dims: [1, T, I] } },
  );
  expect(difference(traced!.y!.data, plain!.y!.data)).toBeLessThan(1e-6);
  const xs = Array.from({ length: T }, (_, t) =>
    [...x.subarray(t * I, (t + 1) * I)].map((value) => (value - 2) / 3),
  );
  for (const reverse of bidirectional ? [false, true] : [false]) {
    const told = byHand(network, parameters, xs, reverse);
    const quantities = Object.keys(told[0]!);
    for (const quantity of quantities) {
      const found = traced![`trace/layers/0/${reverse ? 'backward' : 'forward'}/${quantity}`]!;
      expect(found.dims).toEqual([T, H, 1]);
      expect(
        difference(
          found.data,
          told.flatMap((step) => step[quantity]!),
        ),
      ).toBeLessThan(1e-6);
    }
    // the layer above has as many
    expect(
      Object.keys(traced!).filter((name) => name.startsWith(`trace/layers/1/${reverse ? 'b' : 'f'}`)),
    ).toHaveLength(quantities.length);
  }
});

test('rows with a text: padding is none of a single row', async () => {
  const network: NetworkShape = {
    architecture: 'sequence_to_vector',
    cell: 'lstm',
    inputSize: 1,
    embeddings: [{ vocabulary: 8, size: 4 }],
    padded: true,
    hiddenSize: H,
    layers: 1,
    outputSize: 2,
    layerNorm: true,
  };
  const parameters = numbers(parameterCount(network));
  const [plain, traced] = await both(
    (trace) =>
      exportRowModel({
        network,
        inputs: {
          sequence: { kind: 'tokens', embedding: { vocabulary: 8, size: 4 }, padded: true },
          numbers: { mean: [], std: [] },
          categories: [],
        },
        outputs: { kind: 'classes' },
        parameters,
        trace,
        metadata: {},
      }),
    {
      tokens: { data: BigInt64Array.from([1n, 5n, 7n, 2n]), dims: [1, 4] },
      lengths: { data: BigInt64Array.of(4n), dims: [1] },
    },
  );
  expect(difference(traced!.probabilities!.data, plain!.probabilities!.data)).toBeLessThan(1e-6);
  const last = traced!['trace/layers/0/forward/h']!;
  expect(last.dims).toEqual([4, H, 1]);
  // the head of the last state is the logits
  const head = Object.fromEntries(
    parameterLayout(network).map(({ name, offset, size }) => [
      name,
      parameters.subarray(offset, offset + size),
    ]),
  );
  const logits = plus(matrix(head['head.weight']!, 2, H)([...last.data.subarray(3 * H)]), [
    ...head['head.bias']!,
  ]);
  expect(difference(traced!.logits!.data, logits)).toBeLessThan(1e-5);
});

test.each(['additive', 'dot', 'scaled_dot'] as const)(
  'forecasts that are written, with attention: %s',
  async (score) => {
    const network: EncoderDecoderShape = {
      architecture: 'encoder_decoder',
      encoder: { cell: 'gru', inputSize: I, hiddenSize: H, layers: 1 },
      decoder: {
        cell: 'gru',
        hiddenSize: H,
        layers: 1,
        writes: { type: 'numbers', size: 1 },
        attention: { score },
      },
    };
    const count = writerLayout(network).reduce((sum, { size }) => sum + size, 0);
    const parameters = numbers(count);
    const [plain, traced] = await both(
      (trace) =>
        exportModel({
          network,
          parameters,
          horizon: 4,
          inputScaling: scaling(I),
          outputScaling: scaling(1),
          trace,
          metadata: {},
        }),
      { x: { data: numbers(T * I, 6), dims: [1, T, I] } },
    );
    expect(difference(traced!.y!.data, plain!.y!.data)).toBeLessThan(1e-6);
    const attention = traced!['trace/attention']!;
    expect(attention.dims).toEqual([4, 1, 1, T]);
    for (let step = 0; step < 4; step++) {
      const weights = attention.data.subarray(step * T, (step + 1) * T);
      expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 6);
    }
    expect(new Set(attention.data).size).toBeGreaterThan(4);
    expect(traced!['trace/encoder/0/forward/z']!.dims).toEqual([T, H, 1]);
    const states = traced!['trace/decoder/0/forward/h']!;
    expect(states.dims).toEqual([4, H, 1]);
    // Luong et al.: the context is the weighted mean of the encoder's states, and the output is made of it and the decoder's state
    const named = new Map(
      writerLayout(network).map(({ name, offset, size }) => [
        name,
        parameters.subarray(offset, offset + size),
      ]),
    );
    const memory = traced!['trace/encoder/0/forward/h']!.data;
    for (let step = 0; step < 4; step++) {
      const context = Array.from({ length: H }, (_, unit) =>
        Array.from({ length: T }, (_step, t) => attention.data[step * T + t]! * memory[t * H + unit]!).reduce(
          (a, b) => a + b,
          0,
        ),
      );
      const h = [...states.data.subarray(step * H, (step + 1) * H)];
      const features = matrix(
        named.get('attention.combine.weight')!,
        H,
        2 * H,
      )([...context, ...h]).map(Math.tanh);
      const [scaled] = plus(matrix(named.get('head.weight')!, 1, H)(features), [...named.get('head.bias')!]);
      expect(traced!.y!.data[step]!).toBeCloseTo(scaled! * 3 + 2, 4);
    }
  },
);

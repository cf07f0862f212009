/** What holds for every recurrent layer, whatever its parameters and inputs. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { interpret } from '../../graph/interpret.ts';
import type { NdArray } from '../../graph/nd-array.ts';
import { input } from '../../graph/ops.ts';
import { difference, randomArray } from '../../graph/testing/numbers.ts';
import { encoderParameters, inOneVector, unpackLayout } from '../../programs/parameters.ts';
import type { EncoderShape } from '../../spec/network-shape.ts';
import { cellOf } from '../cells/table.ts';
import { recurrent } from './recurrent.ts';

const [I, H, N] = [3, 4, 3];
const kinds: readonly Pick<EncoderShape, 'cell' | 'activation' | 'peepholes'>[] = [
  { cell: 'rnn' },
  { cell: 'rnn', activation: 'relu' },
  { cell: 'lstm' },
  { cell: 'lstm', peepholes: true },
  { cell: 'gru' },
];
const cases = kinds.flatMap((kind) => [kind, { ...kind, layerNorm: true }]);

describe.each(cases.map((kind) => [JSON.stringify(kind), kind] as const))('%s', (_name, kind) => {
  const shape: EncoderShape = { ...kind, inputSize: I, hiddenSize: H, layers: 1 };
  const layout = inOneVector(encoderParameters(shape));
  const P = layout.reduce((total, { size }) => total + size, 0);
  const cell = cellOf(shape);
  const parameters = randomArray([P], 'parameters');

  /** Outputs [T,H,N] and the states after the last step; on from `states` where they are given. */
  function run(xs: NdArray, reverse: boolean, states?: readonly NdArray[]) {
    const x = input('x', ['T', I, 'N']);
    const flat = input('parameters', [P]);
    const tensors = unpackLayout(layout, flat);
    const initial = states?.map((_, index) => input(`state_${index}`, [H, 'N']));
    const result = recurrent(cell, (name) => tensors.get(`layers.0.${name}`)!, x, {
      layerNorm: shape.layerNorm ?? false,
      learnInitialState: false,
      reverse,
      ...(initial && { initial }),
    });
    const found = interpret(
      {
        inputs: [x, flat, ...(initial ?? [])],
        outputs: [
          { name: 'outputs', tensor: result.outputs },
          ...result.states.map((tensor, index) => ({ name: `last_${index}`, tensor })),
        ],
      },
      {
        x: xs,
        parameters,
        ...Object.fromEntries((states ?? []).map((state, index) => [`state_${index}`, state])),
      },
    );
    return { outputs: found.outputs!, states: cell.states.map((_, index) => found[`last_${index}`]!) };
  }

  const steps = (xs: NdArray, from: number, to: number): NdArray => {
    const size = xs.data.length / xs.shape[0]!;
    return { shape: [to - from, ...xs.shape.slice(1)], data: xs.data.slice(from * size, to * size) };
  };
  const backwards = (xs: NdArray): NdArray => {
    const [T] = xs.shape as [number];
    const size = xs.data.length / T;
    const data = xs.data.map(
      (_, index) => xs.data[(T - 1 - Math.floor(index / size)) * size + (index % size)]!,
    );
    return { shape: xs.shape, data };
  };
  const expectSame = (a: ArrayLike<number>, b: ArrayLike<number>) => {
    expect(difference(a, b)).toBeLessThan(1e-12);
  };
  const sequence = fc.integer({ min: 2, max: 6 }).chain((T) =>
    fc.record({
      xs: fc
        .array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: T * I * N, maxLength: T * I * N })
        .map((numbers) => ({ shape: [T, I, N], data: Float64Array.from(numbers) })),
      cut: fc.integer({ min: 1, max: T - 1 }),
    }),
  );

  test('all steps at once are the first ones, and the others with the state carried on', () => {
    fc.assert(
      fc.property(sequence, ({ xs, cut }) => {
        const whole = run(xs, false);
        const first = run(steps(xs, 0, cut), false);
        const second = run(steps(xs, cut, xs.shape[0]!), false, first.states);
        expectSame([...first.outputs.data, ...second.outputs.data], whole.outputs.data);
        whole.states.forEach((state, index) => {
          expectSame(second.states[index]!.data, state.data);
        });
      }),
      { numRuns: 15, seed: 1 },
    );
  });

  test('the way back is the way there of what is read from back to front', () => {
    fc.assert(
      fc.property(sequence, ({ xs }) => {
        const there = run(backwards(xs), false);
        const back = run(xs, true);
        expectSame(backwards(back.outputs).data, there.outputs.data);
        back.states.forEach((state, index) => {
          expectSame(state.data, there.states[index]!.data);
        });
      }),
      { numRuns: 15, seed: 2 },
    );
  });

  test('a batch gives each row what it gives alone', () => {
    const row = ({ shape: [T, width, rows], data }: NdArray, n: number): NdArray => ({
      shape: [T!, width!, 1],
      data: data.filter((_, index) => index % rows! === n),
    });
    fc.assert(
      fc.property(sequence, fc.nat(N - 1), ({ xs }, n) => {
        expectSame(run(row(xs, n), false).outputs.data, row(run(xs, false).outputs, n).data);
      }),
      { numRuns: 15, seed: 4 },
    );
  });

  test('rows know nothing of each other: in another order they give the same in that order', () => {
    const orders = fc.constantFrom([1, 2, 0], [2, 0, 1], [0, 2, 1], [2, 1, 0]);
    fc.assert(
      fc.property(sequence, orders, ({ xs }, order) => {
        const permuted = ({ shape, data }: NdArray): NdArray => ({
          shape,
          data: data.map((_, index) => data[index - (index % N) + order[index % N]!]!),
        });
        expectSame(run(permuted(xs), false).outputs.data, permuted(run(xs, false).outputs).data);
      }),
      { numRuns: 15, seed: 3 },
    );
  });
});

/** Programs small enough to count by hand; the estimate against a real process is in programs/training-memory.test.ts. */
import { describe, expect, test } from 'vitest';
import type { Graph } from './graph.ts';
import * as ops from './ops.ts';
import { peakMemory } from './peak-memory.ts';
import type { Tensor } from './tensor.ts';

const x = ops.input('x', ['T', 10]);
const program = (tensor: Tensor): Graph => ({ inputs: [x], outputs: [{ name: 'y', tensor }] });
const numbers = (tensor: Tensor, T = 1): number => peakMemory(program(tensor), { T }) / 4;

describe('peakMemory', () => {
  test('counts what is made, and not what is handed in', () => {
    expect(numbers(ops.transpose(x, [1, 0]))).toBe(10);
    expect(numbers(ops.transpose(x, [1, 0]), 7)).toBe(70);
  });

  test('frees what nobody needs any more', () => {
    const once = ops.transpose(x, [1, 0]);
    const chain = ops.transpose(ops.transpose(once, [1, 0]), [1, 0]);
    expect(numbers(chain)).toBe(20);
    expect(numbers(ops.concat([chain, once], 0))).toBe(40);
  });

  test('puts an elementwise result in the place of an operand that dies', () => {
    const once = ops.transpose(x, [1, 0]);
    expect(numbers(ops.tanh(ops.tanh(once)))).toBe(10);
    expect(numbers(ops.add(once, ops.tanh(once)))).toBe(20);
  });

  test('a reshaped tensor is the same memory', () => {
    const once = ops.transpose(x, [1, 0]);
    expect(numbers(ops.tanh(ops.reshape(once, ['T', 10])))).toBe(10);
  });

  test('a loop has its outputs, what it carries, and what one step needs', () => {
    const { ys } = ops.scan([ops.fill(0, [10])], [x], ([h], [xt]) => {
      const next = ops.tanh(ops.add(h!, xt!));
      return { carry: [next], ys: [ops.negate(next)] };
    });
    // 5 steps of outputs, the start, the final state, and the state before and after a step
    expect(numbers(ys[0]!, 5)).toBe(50 + 10 + 10 + 10 + 10);
  });

  test('runs what was written last first, as ONNX Runtime does: what others need waits for less', () => {
    const once = ops.transpose(x, [1, 0]);
    const first = ops.matmul(ops.tanh(once), x);
    const last = ops.matmul(once, x);
    const both: Graph = {
      inputs: [x],
      outputs: [
        { name: 'first', tensor: first },
        { name: 'last', tensor: last },
      ],
    };
    // `once`, in whose place tanh comes when `last` is there; the other way round both would be there
    expect(peakMemory(both, { T: 100 }) / 4).toBe(1000 + 100 + 100);
  });

  test('an operation has what the runtime takes for itself while it runs', () => {
    const once = ops.transpose(x, [1, 0]);
    // what goes in, what comes out, and both turned around
    expect(numbers(ops.logSoftmax(once, 0))).toBe(40);
    expect(numbers(ops.softmax(once, 0))).toBe(20);
  });

  test('asks for the size of every symbol', () => {
    expect(() => peakMemory(program(ops.transpose(x, [1, 0])), {})).toThrow('expected a size of T');
  });
});

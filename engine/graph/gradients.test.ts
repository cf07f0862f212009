import { expect, test } from 'vitest';
import { gradients } from './gradients.ts';
import { interpret } from './interpret.ts';
import * as ops from './ops.ts';

test('a loss in a loop has a gradient also through what is made outside of the loop', () => {
  const xs = ops.input('xs', [3]);
  const weight = ops.input('weight', []);
  const double = ops.multiply(weight, ops.scalar(2));
  const { ys } = ops.scan([], [xs], (_, [x]) => {
    const loss = ops.multiply(double, x!);
    return { carry: [], ys: gradients(loss, [weight]) };
  });
  const { gradient } = interpret(
    { inputs: [xs, weight], outputs: [{ name: 'gradient', tensor: ys[0]! }] },
    { xs: { shape: [3], data: Float64Array.of(1, 5, 7) }, weight: { shape: [], data: Float64Array.of(3) } },
  );
  expect([...gradient!.data]).toEqual([2, 10, 14]);
});

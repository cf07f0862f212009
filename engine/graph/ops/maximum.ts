import { binary } from './elementwise.ts';

/** The larger of a and b; where they are equal the gradient goes half to each. */
export const maximum = binary(
  'maximum',
  'Max',
  (a, b) => Math.max(a, b),
  (ops, dy, primal) => {
    // sign(a − b) is 1 where a is the larger, −1 where b is, 0 where they are equal
    const side = () =>
      ops.multiply(ops.sign(ops.subtract(primal.input(0), primal.input(1))), ops.scalar(0.5));
    return [
      () => ops.multiply(dy, ops.add(ops.scalar(0.5), side())),
      () => ops.multiply(dy, ops.subtract(ops.scalar(0.5), side())),
    ];
  },
);

import { binary } from './elementwise.ts';

/** The smaller of a and b; where they are equal the gradient goes half to each. */
export const minimum = binary(
  'minimum',
  'Min',
  (a, b) => Math.min(a, b),
  (ops, dy, primal) => {
    // sign(b − a) is 1 where a is the smaller, −1 where b is, 0 where they are equal
    const side = () =>
      ops.multiply(ops.sign(ops.subtract(primal.input(1), primal.input(0))), ops.scalar(0.5));
    return [
      () => ops.multiply(dy, ops.add(ops.scalar(0.5), side())),
      () => ops.multiply(dy, ops.subtract(ops.scalar(0.5), side())),
    ];
  },
);

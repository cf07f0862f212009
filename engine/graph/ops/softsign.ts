import { unary } from './elementwise.ts';

/** x / (1 + |x|). */
export const softsign = unary(
  'softsign',
  'Softsign',
  (x) => x / (1 + Math.abs(x)),
  (ops, dy, primal) => {
    const slope = ops.subtract(ops.scalar(1), ops.absolute(primal.output(0)));
    return ops.multiply(dy, ops.multiply(slope, slope));
  },
);

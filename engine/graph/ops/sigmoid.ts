import { unary } from './elementwise.ts';

/** 1 / (1 + e^−x). */
export const sigmoid = unary(
  'sigmoid',
  'Sigmoid',
  (x) => 1 / (1 + Math.exp(-x)),
  (ops, dy, primal) => {
    const y = primal.output(0);
    return ops.multiply(dy, ops.subtract(y, ops.multiply(y, y)));
  },
);

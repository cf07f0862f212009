import { unary } from './elementwise.ts';

export const sqrt = unary('sqrt', 'Sqrt', Math.sqrt, (ops, dy, primal) =>
  ops.divide(dy, ops.multiply(ops.scalar(2), primal.output(0))),
);

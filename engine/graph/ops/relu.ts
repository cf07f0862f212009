import { unary } from './elementwise.ts';

/** max(x, 0); the gradient at 0 is 0, as in PyTorch. */
export const relu = unary(
  'relu',
  'Relu',
  (x) => Math.max(x, 0),
  (ops, dy, primal) => ops.multiply(dy, ops.sign(primal.output(0))),
);

import { unary } from './elementwise.ts';

/** |x|; the gradient at 0 is 0, as in PyTorch. */
export const absolute = unary('absolute', 'Abs', Math.abs, (ops, dy, primal) =>
  ops.multiply(dy, ops.sign(primal.input(0))),
);

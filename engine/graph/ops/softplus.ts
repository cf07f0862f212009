import { unary } from './elementwise.ts';

/** log(1 + e^x), a smooth way from any number to one above 0; x itself where e^x is beyond all bounds. */
export const softplus = unary(
  'softplus',
  'Softplus',
  (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  (ops, dy, primal) => ops.multiply(dy, ops.sigmoid(primal.input(0))),
);

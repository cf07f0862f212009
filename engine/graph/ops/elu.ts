import { unary } from './elementwise.ts';

/** x above 0, e^x − 1 below (Clevert et al. 2016, with α = 1). */
export const elu = unary(
  'elu',
  'Elu',
  (x) => (x > 0 ? x : Math.expm1(x)),
  // below 0 the slope e^x is y + 1, above it is 1: the smaller of the two
  (ops, dy, primal) => ops.multiply(dy, ops.minimum(ops.scalar(1), ops.add(primal.output(0), ops.scalar(1)))),
);

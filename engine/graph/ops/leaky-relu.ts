import { unary } from './elementwise.ts';

/** x above 0, x/100 below (Maas et al. 2013; PyTorch's default slope). */
export const leakyRelu = unary(
  'leakyRelu',
  'LeakyRelu',
  (x) => (x > 0 ? x : leakySlope * x),
  (ops, dy, primal) => {
    // (1 + slope)/2 ± (1 − slope)/2, by the sign of y, which is that of x
    const side = ops.multiply(ops.sign(primal.output(0)), ops.scalar((1 - leakySlope) / 2));
    return ops.multiply(dy, ops.add(side, ops.scalar((1 + leakySlope) / 2)));
  },
);

export const leakySlope = 0.01;

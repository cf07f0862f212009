import { unary } from './elementwise.ts';

export const tanh = unary('tanh', 'Tanh', Math.tanh, (ops, dy, primal) => {
  const y = primal.output(0);
  return ops.multiply(dy, ops.subtract(ops.scalar(1), ops.multiply(y, y)));
});

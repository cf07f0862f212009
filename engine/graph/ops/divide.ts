import { binary } from './elementwise.ts';

/** a / b, element by element. */
export const divide = binary(
  'divide',
  'Div',
  (a, b) => a / b,
  (ops, dy, primal) => [
    () => ops.divide(dy, primal.input(1)),
    () => ops.negate(ops.multiply(dy, ops.divide(primal.output(0), primal.input(1)))),
  ],
);

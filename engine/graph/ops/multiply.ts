import { binary } from './elementwise.ts';

/** a · b, element by element. */
export const multiply = binary(
  'multiply',
  'Mul',
  (a, b) => a * b,
  (ops, dy, primal) => [() => ops.multiply(dy, primal.input(1)), () => ops.multiply(dy, primal.input(0))],
);

import { binary } from './elementwise.ts';

/** a − b. */
export const subtract = binary(
  'subtract',
  'Sub',
  (a, b) => a - b,
  (ops, dy) => [() => dy, () => ops.negate(dy)],
);

import { unary } from './elementwise.ts';

/** −x. */
export const negate = unary(
  'negate',
  'Neg',
  (x) => -x,
  (ops, dy) => ops.negate(dy),
);

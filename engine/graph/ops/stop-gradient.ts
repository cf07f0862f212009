import { unary } from './elementwise.ts';

/** The same value, through which no gradient passes. */
export const stopGradient = unary(
  'stopGradient',
  'Identity',
  (x) => x,
  () => null,
);

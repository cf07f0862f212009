import { unary } from './elementwise.ts';

/** −1, 0 or 1; no gradient passes. */
export const sign = unary('sign', 'Sign', Math.sign, () => null);

import { unary } from './elementwise.ts';

/** The natural logarithm. */
export const log = unary('log', 'Log', Math.log, (ops, dy, primal) => ops.divide(dy, primal.input(0)));

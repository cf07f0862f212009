import { unary } from './elementwise.ts';

export const exp = unary('exp', 'Exp', Math.exp, (ops, dy, primal) => ops.multiply(dy, primal.output(0)));

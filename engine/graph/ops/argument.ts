import type { Operation } from '../operation.ts';
import { bound } from './bound.ts';

/** A carry or a sequence's element in the body of a scan. */
export const argument: Operation<'argument'> = bound;

import type { Operation } from '../operation.ts';
import { bound } from './bound.ts';

/** An input of the program. */
export const input: Operation<'input'> = bound;

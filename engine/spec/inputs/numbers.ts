/** Columns of numbers. */
import { Type, type Static } from 'typebox';
import { columnOf } from './column.ts';

export const NumbersInput = Type.Object(
  { column: columnOf('of numbers') },
  { additionalProperties: false, description: 'A column of numbers, scaled as `data.scaling` says.' },
);
export type NumbersInput = Static<typeof NumbersInput>;

/** Columns of vectors: lists of numbers. */
import { Type, type Static } from 'typebox';
import { columnOf } from './column.ts';

export const SequenceInput = Type.Object(
  {
    column: columnOf('of vectors'),
    encoding: Type.Literal('sequence'),
    step_size: Type.Integer({
      minimum: 1,
      maximum: 65_536,
      default: 1,
      description: 'Numbers of a step: 1 reads one after the other; 28 reads 784 of them as 28 steps.',
    }),
    max_length: Type.Integer({
      minimum: 1,
      maximum: 100_000,
      default: 10_000,
      description: 'Steps that are read at most; what is beyond is left out.',
    }),
  },
  {
    additionalProperties: false,
    description:
      'A vector as a sequence, of a length of its own. All its numbers are scaled by one mean and one deviation.',
  },
);

export const WholeVectorInput = Type.Object(
  { column: columnOf('of vectors, all of one length'), encoding: Type.Literal('vector') },
  {
    additionalProperties: false,
    description: 'All numbers of a vector at once, beside what else the row has.',
  },
);

export type VectorInput = Static<typeof SequenceInput> | Static<typeof WholeVectorInput>;

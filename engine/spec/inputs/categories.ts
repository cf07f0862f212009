/** Columns of categories: a few different values without an order. */
import { Type, type Static } from 'typebox';
import { columnOf } from './column.ts';

const categoryColumn = columnOf(
  'of text, whole numbers, or true and false, taken as categories; of series one that each row has, or that is the same in all rows of a series',
);
const minimumCount = Type.Integer({
  minimum: 1,
  maximum: 1_000_000,
  default: 2,
  description:
    'What stands in the training part less often than this is the one unknown category, as is what is missing or was never seen; 2 by default, so that what unknown means is learnt.',
});
const maxCategories = (standard: number) =>
  Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    default: standard,
    description:
      'Categories that are told apart at most, the most frequent of the training part; all others are unknown.',
  });

export const OneHotInput = Type.Object(
  {
    column: categoryColumn,
    encoding: Type.Literal('one_hot'),
    max_categories: maxCategories(100),
    minimum_count: minimumCount,
  },
  {
    additionalProperties: false,
    description: 'One number for each category and one for unknown, of which one is 1 and all others are 0.',
  },
);

export const EmbeddingInput = Type.Object(
  {
    column: categoryColumn,
    encoding: Type.Literal('embedding'),
    max_categories: maxCategories(10_000),
    minimum_count: minimumCount,
    embedding_size: Type.Integer({
      minimum: 1,
      maximum: 4096,
      default: 8,
      description: 'Length of the vector that is learnt for each category, and for unknown.',
    }),
  },
  { additionalProperties: false, description: 'A learned vector for each category: for columns of many.' },
);

export type OneHotInput = Static<typeof OneHotInput>;
export type EmbeddingInput = Static<typeof EmbeddingInput>;
export type CategoriesInput = OneHotInput | EmbeddingInput;

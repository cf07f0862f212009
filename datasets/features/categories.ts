/** A column of categories as an id: 0 for whatever is missing, rare or was never seen, then the known ones. */
import type { Cell, Value } from '../tables/cells.ts';
import type { ColumnValues, Feature } from './feature.ts';
import { mostFrequent } from './most-frequent.ts';

type Category = NonNullable<Cell>;
function categoryOf(value: Value): Cell {
  if (typeof value === 'object' && value !== null)
    throw new Error('internal: expected a category in a column that was checked');
  return value;
}

type CategoryType = 'text' | 'integer' | 'boolean';

export const unknownCategory = 0;
const withUnknown = (categories: number): number => categories + 1;

const expectedOf: Record<CategoryType, string> = {
  text: 'a text',
  integer: 'a whole number',
  boolean: 'true or false',
};

async function countCategories(values: ColumnValues): Promise<Map<Category, number>> {
  const counts = new Map<Category, number>();
  for await (const value of values) {
    const category = categoryOf(value);
    if (category !== null) counts.set(category, (counts.get(category) ?? 0) + 1);
  }
  return counts;
}

const typeOf = (categories: readonly Category[]): CategoryType => {
  const [first] = categories;
  return typeof first === 'number' ? 'integer' : typeof first === 'boolean' ? 'boolean' : 'text';
};

const shapeOf = (encoding: 'one_hot' | 'embedding', categories: number, size: number) =>
  encoding === 'one_hot'
    ? ({ kind: 'one_hot', categories: withUnknown(categories) } as const)
    : ({ kind: 'embedding', embedding: { vocabulary: withUnknown(categories), size } } as const);

export const categoriesFeature: Feature<'categories'> = {
  check: (_input, { name, type, distinct }) => {
    if (type !== 'text' && type !== 'integer' && type !== 'boolean')
      return `expected a column of text, whole numbers, or true and false, got "${name}", which is of type ${type}`;
    return distinct === 0 ? `expected a column with values, got "${name}", where all are missing` : null;
  },
  plan: (input, { distinct }) =>
    shapeOf(
      input.encoding,
      Math.min(input.max_categories, distinct),
      input.encoding === 'embedding' ? input.embedding_size : 0,
    ),
  fit: async (values, input) => {
    const counts = await countCategories(values);
    const categories = mostFrequent(counts, {
      minimum: input.minimum_count,
      most: input.max_categories,
    });
    return {
      column: input.column,
      encoding: input.encoding,
      type: typeOf([...counts.keys()]),
      categories,
      ...(input.encoding === 'embedding' && { embedding_size: input.embedding_size }),
    };
  },
  shape: ({ encoding, categories, embedding_size: size = 0 }) => shapeOf(encoding, categories.length, size),
  encoder: ({ categories }) => {
    const ids = new Map<Cell, number>(categories.map((category, index) => [category, index + 1]));
    return (value) => Uint32Array.of(ids.get(categoryOf(value)) ?? unknownCategory);
  },
  read: (value, { type, categories }) => {
    if (value === null) return { value };
    const fits =
      type === 'integer' ? Number.isInteger(value) : typeof value === (type === 'text' ? 'string' : type);
    if (!fits) return { expected: `${expectedOf[type]} or null` };
    return { value: value as Category, unknown: !categories.includes(value as Category) };
  },
};

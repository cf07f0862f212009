import { expect, it } from 'vitest';
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import type { ValueCount } from '../rows/contract.ts';
import { planClassification } from './plan.ts';
import { classificationSpecification } from './testing/specification.ts';

const column = (name: string, type: ColumnProfile['type'], missing = 0): ColumnProfile => ({
  name,
  type,
  missing,
  distinct: 2,
  min: null,
  max: null,
  mean: null,
  std: null,
  examples: [],
});
const columns = [
  column('text', 'text'),
  column('label', 'text'),
  column('grade', 'integer'),
  column('price', 'number'),
  column('holes', 'text', 3),
];
const counts: ValueCount[] = [
  { value: 'spam', rows: 40 },
  { value: 'ham', rows: 60 },
];

it('plans what can be trained', () => {
  const { errors, warnings, plan } = planClassification({
    specification: classificationSpecification({ input: { max_length: 30, vocabulary_size: 500 } }),
    columns,
    counts,
  });
  expect({ errors, warnings }).toEqual({ errors: [], warnings: [] });
  expect(plan).toEqual({
    task: 'classification',
    inputSize: 1,
    outputSize: 2,
    embeddings: [{ vocabulary: 502, size: 64 }],
    padded: true,
    windows: { training: 70, validation: 15, test: 15 },
    steps: 30,
    inputs: {
      sequence: { kind: 'tokens', embedding: { vocabulary: 502, size: 64 }, padded: true },
      numbers: { mean: [], std: [] },
      categories: [],
    },
    labels: ['ham', 'spam'],
  });
});

it('tells of labels that are too rare to be tested', () => {
  const { warnings, plan } = planClassification({
    specification: classificationSpecification(),
    columns,
    counts: [...counts, { value: 'virus', rows: 2 }],
  });
  expect(plan?.labels).toEqual(['ham', 'spam', 'virus']);
  expect(warnings).toEqual(['1 of 3 labels have too few rows to be tested, such as "virus" with 2']);
});

it.each([
  [{ input: { column: 'txt' } }, counts, '/data/inputs/0/column', 'did you mean "text"'],
  [{ input: { column: 'price' } }, counts, '/data/inputs/0/column', 'expected a column of text with words'],
  [{ target: 'text' }, counts, '/data/targets/0/column', 'expected another column than the inputs'],
  [{ target: 'price' }, counts, '/data/targets/0/column', 'which is of type number'],
  [{ target: 'holes' }, counts, '/data/targets/0/column', 'got 3 missing'],
  [{}, counts.slice(0, 1), '/data/targets/0/column', 'at least 2 different labels, got "spam" in every row'],
  [{}, [], '/data/targets/0/column', 'got none'],
  [
    {},
    Array.from({ length: 1001 }, (_, value) => ({ value, rows: 9 })),
    '/data/targets/0/column',
    'at most 1000 different labels, got 1001',
  ],
  [
    {},
    Array.from({ length: 150_000 }, (_, value) => ({ value, rows: 1 })),
    '/data/targets/0/column',
    'at most 1000 different labels, got 150000',
  ],
  [{ split: { validation: 0.6, test: 0.5 } }, counts, '/data/split', 'expected validation + test of at most'],
  [
    {},
    counts.map((one) => ({ ...one, rows: 3 })),
    '/data/split/validation',
    'the most frequent of has 3 rows',
  ],
  [
    { output: { class_weights: { spam: 2, eggs: 1 } } },
    counts,
    '/output/class_weights',
    'expected labels of "label" (ham, spam), got "eggs"',
  ],
])('refuses %j', (o, given, pointer, message) => {
  const { errors, plan } = planClassification({
    specification: classificationSpecification(o),
    columns,
    counts: given,
  });
  expect(plan).toBeNull();
  expect(errors[0]).toEqual({ pointer, message: expect.stringContaining(message) as unknown });
});

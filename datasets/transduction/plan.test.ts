import { expect, it } from 'vitest';
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import { planTransduction } from './plan.ts';
import { transductionSpecification } from './testing/specification.ts';

const column = (name: string, type: ColumnProfile['type'], missing = 0): ColumnProfile => ({
  name,
  type,
  missing,
  distinct: 2,
  min: type === 'text' ? null : 0,
  max: null,
  mean: null,
  std: null,
  examples: [],
});
const columns = [
  column('word', 'text'),
  column('sounds', 'text'),
  column('x', 'number'),
  column('y', 'integer'),
  column('gaps', 'number', 2),
  column('holes', 'text', 3),
];
/** Two hundred inputs, every fourth with two targets. */
const rowsOfInputs = Array.from({ length: 200 }, (_, index) => (index % 4 === 0 ? 2 : 1));

const plan = (o: Parameters<typeof transductionSpecification>[0], tooLong = 0) =>
  planTransduction({
    specification: transductionSpecification(o),
    columns,
    rowsOfInputs,
    splitCounts: null,
    tooLong,
  });

it('plans what can be trained', () => {
  const { errors, warnings, plan: made } = plan({ target: { vocabulary_size: 50 } });
  expect({ errors, warnings }).toEqual({ errors: [], warnings: [] });
  expect(made).toMatchObject({
    task: 'transduction',
    inputSize: 1,
    outputSize: 54,
    embeddings: [{ vocabulary: 1002, size: 32 }],
    padded: true,
    steps: 12,
    writtenSteps: 7,
    writes: { type: 'tokens', vocabulary: 54, pad: 0, start: 2, end: 3 },
  });
  const { training, validation, test } = made!.windows;
  expect(training + validation + test).toBe(250);
  expect(test).toBeGreaterThanOrEqual(30);
});

it('plans for the numbers of a row', () => {
  const inputs = [{ column: 'x' }, { column: 'y' }];
  expect(plan({ architecture: 'vector_to_sequence', inputs }).plan).toMatchObject({ inputSize: 2, steps: 1 });
});

it('says how many targets are too long, and refuses them or takes them to end there', () => {
  expect(plan({}, 3)).toEqual({
    errors: [
      {
        pointer: '/data/targets/0/max_length',
        message:
          'expected texts of at most 6 words, got more in 3 rows of "sounds"; with too_long truncate they are taken to end there',
      },
    ],
    warnings: [],
    plan: null,
  });
  const { errors, warnings } = plan({ target: { too_long: 'truncate' } }, 1);
  expect(errors).toEqual([]);
  expect(warnings).toEqual(['1 row of "sounds" have more than 6 words: they are taken to end there']);
});

const numbers = { architecture: 'vector_to_sequence' } as const;
it.each([
  [{ inputs: [{ column: 'words', encoding: 'words' }] }, '/data/inputs/0/column', 'did you mean "word"'],
  [{ inputs: [{ column: 'x', encoding: 'words' }] }, '/data/inputs/0/column', 'expected a column of text'],
  [{ target: { column: 'word' } }, '/data/targets/0/column', 'expected another column than the input'],
  [{ target: { column: 'x' } }, '/data/targets/0/column', 'which is of type number'],
  [{ target: { column: 'holes' } }, '/data/targets/0/column', 'got 3 missing'],
  [
    { ...numbers, inputs: [{ column: 'word' }] },
    '/data/inputs/0/column',
    'expected a column of numbers, got "word"',
  ],
  [
    { ...numbers, inputs: [{ column: 'gaps' }] },
    '/data/inputs/0/column',
    'without missing values, got "gaps" with 2',
  ],
  [{ ...numbers, inputs: [{ column: 'x' }, { column: 'x' }] }, '/data/inputs/1/column', 'each column once'],
  [{ split: { validation: 0.6, test: 0.5 } }, '/data/split', 'expected validation + test of at most'],
])('refuses %j', (o, pointer, message) => {
  const { errors, plan: made } = plan(o);
  expect(made).toBeNull();
  expect(errors[0]).toEqual({ pointer, message: expect.stringContaining(message) as unknown });
});

import { expect, it } from 'vitest';
import { requestOf } from './form-bodies.ts';
import { filesOf } from './form-parts.ts';

const file = Uint8Array.of(1, 2, 255);

it('makes of a form the request that JSON would have been', () => {
  expect(
    requestOf([
      ['recording', file],
      ['size', '3.5'],
      ['7', 'true'],
      ['note', 'large thing'],
      ['code', '"12"'],
      ['signal', '[1, 2]'],
      ['a/b', 'null'],
    ]),
  ).toEqual({
    inputs: [
      {
        row: {
          recording: 'AQL/',
          size: 3.5,
          7: true,
          note: 'large thing',
          code: '12',
          signal: [1, 2],
          'a/b': null,
        },
      },
    ],
  });
  expect(
    requestOf([
      ['request', '{"inputs": [{"row": {"size": 1}}], "beam": 3}'],
      ['/inputs/0/row/image', file],
      ['/inputs/1/row/image', file],
      ['/inputs/2/rows/0/x~1y', '5'],
      ['/inputs/3/text', 'a'],
    ]),
  ).toEqual({
    inputs: [
      { row: { size: 1, image: 'AQL/' } },
      { row: { image: 'AQL/' } },
      { rows: [{ 'x/y': 5 }] },
      { text: 'a' },
    ],
    beam: 3,
  });
});

it.each([
  ['no parts', [], 'expected 1 to 1000 parts in the form, got 0'],
  [
    'a name twice',
    [['a', '1'] as const, ['a', '2'] as const],
    'expected one part of a name, got two named "a"',
  ],
  ['a request that is no JSON', [['request', '{'] as const], 'expected JSON in the part "request"'],
  ['a place beyond the next input', [['/inputs/1/row/a', '1'] as const], 'got "/inputs/1/row/a"'],
  ['a place that is no input', [['/seed/a/b', '1'] as const], 'got "/seed/a/b"'],
  [
    'a place inside a number',
    [['request', '{"inputs": [3]}'] as const, ['a', '1'] as const],
    'got "/inputs/0/row/a"',
  ],
  ['a prototype', [['/inputs/0/__proto__/a', '1'] as const], 'got "/inputs/0/__proto__/a"'],
  [
    'inputs that are no JSON of a request',
    [['inputs', '[{"row": {"size": 1}}]'] as const],
    'expected parts named after a column, "request" (JSON that the others are put into), or a place such as /inputs/1/row/recording, got "inputs"',
  ],
  ['a file that is no cell', [['/inputs/0/text', file] as const], 'got one at "/inputs/0/text"'],
])('refuses %s', (_what, parts, message) => {
  expect(() => requestOf(parts)).toThrow(message);
});

it('keeps files as they are beside their rows', () => {
  const { inputs } = requestOf([
    ['recording', file],
    ['size', '3'],
  ]) as { inputs: readonly { row: object }[] };
  expect(filesOf(inputs[0]!.row)).toEqual(new Map([['recording', file]]));
});

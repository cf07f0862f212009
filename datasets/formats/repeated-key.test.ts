import fc from 'fast-check';
import { expect, it } from 'vitest';
import { repeatedKey } from './repeated-key.ts';

it.each([
  ['{"a":1,"b":2,"a":3}', 'a'],
  ['{ "a" : "x\\"y\\\\" ,\n"\\u0061"\t:2 }', 'a'],
  ['{"":1,"":2}', ''],
  ['{"a":"a","b":"a"}', null],
  ['{"a":"\\"a\\":1","b":["a","a"]}', null],
  ['{}', null],
  ['{"a":{"b":1},"c":[{"b":1}]}', null],
  ['{"a":{"a":1},"b":2,"a":3}', 'a'],
])('%s: %j', (text, expected) => {
  expect(repeatedKey(text, Object.keys(JSON.parse(text) as object).length)).toBe(expected);
});

it('objects and lists may be nested however deep', () => {
  const objects = `${'{"b":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
  const lists = `${'['.repeat(100_000)}{"b":1}${']'.repeat(100_000)}`;
  expect(repeatedKey(`{"a":${objects},"a":2}`, 1)).toBe('a');
  expect(repeatedKey(`{"a":${lists},"b":2}`, 2)).toBeNull();
});

const value = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.integer(),
  fc.constant(null),
  fc.array(fc.integer()),
);

it('finds a key that is there twice, wherever it stands, and none in objects as they are written', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(fc.string({ unit: 'grapheme' }), value), {
        minLength: 1,
        selector: ([name]) => name,
      }),
      fc.nat(),
      value,
      (fields, place, other) => {
        const written = fields.map(([name, one]) => `${JSON.stringify(name)}: ${JSON.stringify(one)}`);
        expect(repeatedKey(`{${written.join(', ')}}`, fields.length)).toBeNull();
        const [again] = fields[place % fields.length]!;
        const twice = [...written, `${JSON.stringify(again)}:${JSON.stringify(other)}`];
        expect(repeatedKey(`{${twice.join(',')}}`, fields.length)).toBe(again);
      },
    ),
    { numRuns: 200 },
  );
});

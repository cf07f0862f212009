import { expect, it } from 'vitest';
import type { Signature } from '../../../../engine/runtime/session.ts';
import { readFeeds } from './tensors.ts';

const signature: Signature = {
  inputs: [
    { name: 'x', type: 'float32', shape: ['batch', 'time', 3] },
    { name: 'tokens', type: 'int64', shape: ['batch', 'time'] },
    { name: 'categories', type: 'int64', shape: ['batch', 1] },
    { name: 'lengths', type: 'int64', shape: ['batch'] },
    { name: 'series', type: 'int64', shape: ['batch'] },
  ],
  outputs: [],
};
const right = {
  x: [-1.5, 0, 2, -1.5, 1, 0],
  tokens: [0, 4],
  categories: [0],
  lengths: [2],
  series: [-1],
};
const shapes = { x: [1, 2, 3], tokens: [1, 2], categories: [1, 1], lengths: [1], series: [1] };

const read = (changes: Partial<typeof right>, categories: number) => () =>
  readFeeds(
    Object.entries({ ...right, ...changes }).map(([name, data]) => ({
      name,
      shape: shapes[name as keyof typeof right],
      datatype: name === 'x' ? 'FP32' : 'INT64',
      data,
    })),
    signature,
    categories,
  );

it('takes ids and lengths from the least that there is, and any number of a series', () => {
  const feeds = read({}, 2)();
  expect(feeds.x!.data).toEqual(Float32Array.from(right.x));
  expect(feeds.lengths!.data).toEqual(BigInt64Array.of(2n));
  expect(feeds.series!.data).toEqual(BigInt64Array.of(-1n));
  // without categories they are numbers like any others
  expect(read({ x: [0, 0, -1, 0, 0, 0] }, 0)().x!.data[2]).toBe(-1);
});

it.each([
  [{ tokens: [0, -1] }, '/inputs/1/data expected ids of at least 0, got -1 as number 1'],
  [{ categories: [-3] }, '/inputs/2/data expected ids of at least 0, got -3 as number 0'],
  [{ lengths: [0] }, '/inputs/3/data expected lengths of at least 1, got 0 as number 0'],
  [
    { x: [0, 0, 0, 0, -1, 0] },
    '/inputs/0/data expected ids of at least 0 in the last 2 of the 3 numbers of a step, got -1 as number 4',
  ],
])('refuses %j', (changes, message) => {
  expect(read(changes, 2)).toThrow(message);
});

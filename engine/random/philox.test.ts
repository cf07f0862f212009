import { expect, test } from 'vitest';
import { philox } from './philox.ts';

// the known answers that come with the authors' Random123 library (kat_vectors, philox2x32 10)
test.each([
  { counter: [0, 0], key: 0, expected: [0xff1dae59, 0x6cd10df2] },
  { counter: [0xffffffff, 0xffffffff], key: 0xffffffff, expected: [0x2c3f628b, 0xab4fd7ad] },
  { counter: [0x243f6a88, 0x85a308d3], key: 0x13198a2e, expected: [0xdd7ce038, 0xf62a4c12] },
] as const)('philox of $counter with $key', ({ counter, key, expected }) => {
  expect(philox(counter, key)).toEqual(expected);
});

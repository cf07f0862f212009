import { expect, it } from 'vitest';
import { createBackOff } from './back-off.ts';

it('doubles the wait up to half a minute, and forgets after a minute of life', () => {
  const backOff = createBackOff();
  expect([0, 10, 200, 0, 0, 0, 0].map(backOff)).toEqual([1000, 2000, 4000, 8000, 16000, 30000, 30000]);
  expect(backOff(60_000)).toBe(1000);
  expect(backOff(59_999)).toBe(2000);
});

it('keeps no state between two', () => {
  createBackOff()(0);
  expect(createBackOff()(0)).toBe(1000);
});

import { expect, test } from 'vitest';
import { broadcastShapes, evaluateDimension, product } from './dimensions.ts';

test('products have one form', () => {
  expect(product(['T', 4, 'N', 2])).toBe('8*N*T');
  expect(product([product(['N', 2]), 'T'])).toBe(product(['T', 'N', 2]));
  expect(product([])).toBe(1);
  expect(product(['T', 0])).toBe(0);
  expect(product([1, 'T'])).toBe('T');
});

test('products have a value when their symbols have', () => {
  expect(evaluateDimension('8*N*T', (symbol) => ({ N: 3, T: 5 })[symbol]!)).toBe(120);
});

test('shapes broadcast as in numpy', () => {
  expect(broadcastShapes(['T', 1, 3], ['N', 1])).toEqual(['T', 'N', 3]);
  expect(broadcastShapes([], ['T'])).toEqual(['T']);
  expect(broadcastShapes(['T'], ['N'])).toBeUndefined();
});

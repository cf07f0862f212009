/** What does not depend on the carry leaves the loop. */
import { expect, test } from 'vitest';
import * as ops from '../ops.ts';
import { loopBodies } from '../testing/loops.ts';
import { changesNoValue } from '../testing/passes.ts';
import { hoist } from './hoist.ts';

changesNoValue('hoist', hoist);

test('hoist takes the input product out of the loop', () => {
  const x = ops.input('x', ['T', 3, 'N']);
  const weight = ops.input('weight', [4, 3]);
  const { carry } = ops.scan([ops.fill(0, [4, 'N'])], [x], ([h], [xt]) => ({
    carry: [ops.tanh(ops.add(ops.matmul(weight, xt!), h!))],
    ys: [],
  }));
  const graph = { inputs: [x, weight], outputs: [{ name: 'h', tensor: carry[0]! }] };
  expect(loopBodies(graph)[0]!.kinds).toContain('matmul');
  expect(loopBodies(hoist(graph))[0]!.kinds).toEqual(['tanh', 'add']);
});

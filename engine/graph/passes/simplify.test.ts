/** What undoes itself or does nothing goes. */
import { expect, test } from 'vitest';
import { allNodes } from '../graph.ts';
import * as ops from '../ops.ts';
import { changesNoValue } from '../testing/passes.ts';
import { simplify } from './simplify.ts';

changesNoValue('simplify', simplify);

test('simplify leaves nothing of what undoes itself or does nothing', () => {
  const x = ops.input('x', [2, 3]);
  const turned = ops.transpose(ops.transpose(x, [1, 0]), [1, 0]);
  const shaped = ops.reshape(ops.reshape(turned, [6]), [2, 3]);
  const same = ops.negate(ops.negate(ops.multiply(ops.add(shaped, ops.fill(0, [2, 3])), ops.scalar(1))));
  const total = ops.reduceSum(ops.reduceSum(ops.subtract(same, ops.fill(0, [1, 3])), [1]), [0]);
  const written = { inputs: [x], outputs: [{ name: 'total', tensor: total }] };
  const graph = simplify(simplify(simplify(written)));
  expect(allNodes(graph).map(({ kind }) => kind)).toEqual(['input', 'reduceSum']);
});

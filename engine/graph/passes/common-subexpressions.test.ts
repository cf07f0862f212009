/** Equal nodes become one. */
import { expect, test } from 'vitest';
import type { Graph } from '../graph.ts';
import * as ops from '../ops.ts';
import { loopBodies } from '../testing/loops.ts';
import { changesNoValue } from '../testing/passes.ts';
import { commonSubexpressions } from './common-subexpressions.ts';

changesNoValue('commonSubexpressions', commonSubexpressions);

test('commonSubexpressions makes equal nodes one, in loops too', () => {
  const x = ops.input('x', ['T', 2]);
  const { carry } = ops.scan([ops.fill(0, [2])], [x], ([h], [xt]) => {
    const twice = () => ops.tanh(ops.multiply(ops.add(h!, xt!), xt!));
    return { carry: [ops.subtract(twice(), ops.sigmoid(twice()))], ys: [] };
  });
  const graph = { inputs: [x], outputs: [{ name: 'h', tensor: carry[0]! }] };
  const kinds = (program: Graph) => [...loopBodies(program)[0]!.kinds].sort();
  expect(kinds(graph)).toHaveLength(8);
  expect(kinds(commonSubexpressions(graph))).toEqual(['add', 'multiply', 'sigmoid', 'subtract', 'tanh']);
});

/** What no result is made of goes. */
import { expect, test } from 'vitest';
import * as ops from '../ops.ts';
import { changesNoValue } from '../testing/passes.ts';
import { dropDeadCode } from './dead-code.ts';

changesNoValue('dropDeadCode', dropDeadCode);

test('dropDeadCode drops carries, sequences and outputs that nothing uses', () => {
  const x = ops.input('x', ['T', 2]);
  const unused = ops.input('unused', ['T', 2]);
  const { carry } = ops.scan([ops.fill(0, [2]), ops.fill(0, [2])], [x, unused], ([a, b], [xt, ut]) => ({
    carry: [ops.add(a!, xt!), ops.add(b!, ut!)],
    ys: [ops.negate(xt!)],
  }));
  const graph = dropDeadCode({ inputs: [x, unused], outputs: [{ name: 'a', tensor: carry[0]! }] });
  const { node } = graph.outputs[0]!.tensor;
  expect(node.inputs).toHaveLength(2);
  expect(node.outputs).toHaveLength(1);
});

/** What is made of constants alone is one. */
import { expect, test } from 'vitest';
import { allNodes } from '../graph.ts';
import * as ops from '../ops.ts';
import { loopBodies } from '../testing/loops.ts';
import { randomArray } from '../testing/numbers.ts';
import { changesNoValue } from '../testing/passes.ts';
import { differenceOfGraphs } from '../testing/programs.ts';
import { foldConstants } from './constants.ts';

changesNoValue('foldConstants', foldConstants);

test('foldConstants computes what is made of constants alone, in loops too', () => {
  const x = ops.input('x', ['T', 2]);
  const three = ops.add(ops.constant([1, 2], [2]), ops.fill(2, [1]));
  const { carry } = ops.scan([ops.fill(0, [2])], [x], ([h], [xt]) => ({
    carry: [ops.add(h!, ops.multiply(xt!, ops.exp(ops.subtract(ops.multiply(three, three), three))))],
    ys: [],
  }));
  const graph = { inputs: [x], outputs: [{ name: 'h', tensor: carry[0]! }] };
  const folded = foldConstants(graph);
  expect(loopBodies(folded)[0]!.kinds).toEqual(['add', 'multiply']);
  expect(allNodes(folded).filter(({ kind }) => kind === 'exp' || kind === 'subtract')).toEqual([]);
  expect(differenceOfGraphs(graph, folded, { x: randomArray([3, 2], 'x') })).toBe(0);
});

test('foldConstants leaves large constants, and sizes that are not known yet, to the program', () => {
  const large = ops.negate(ops.fill(1, [2000]));
  const unknown = ops.negate(ops.fill(1, ['N']));
  const x = ops.input('x', ['N']);
  const graph = {
    inputs: [x],
    outputs: [
      { name: 'large', tensor: large },
      { name: 'unknown', tensor: ops.add(unknown, x) },
    ],
  };
  expect(allNodes(foldConstants(graph)).filter(({ kind }) => kind === 'negate')).toHaveLength(2);
});

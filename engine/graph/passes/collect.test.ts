/** What the carry does not depend on leaves the loop for behind it. */
import { expect, test } from 'vitest';
import { allNodes } from '../graph.ts';
import * as ops from '../ops.ts';
import { loopBodies } from '../testing/loops.ts';
import { randomArray } from '../testing/numbers.ts';
import { changesNoValue } from '../testing/passes.ts';
import { differenceOfGraphs } from '../testing/programs.ts';
import { collect } from './collect.ts';

changesNoValue('collect', collect);

test('collect takes out of the loop what only its outputs are made of', () => {
  const x = ops.input('x', ['T', 2, 'N']);
  const weight = ops.input('weight', [3, 2]);
  const { carry, ys } = ops.scan([ops.fill(0, [2, 'N'])], [x], ([h], [xt]) => {
    const next = ops.tanh(ops.add(h!, xt!));
    return { carry: [next], ys: [ops.sigmoid(ops.matmul(weight, next))] };
  });
  const graph = {
    inputs: [x, weight],
    outputs: [
      { name: 'h', tensor: carry[0]! },
      { name: 'y', tensor: ys[0]! },
    ],
  };
  const collected = collect(graph);
  expect([...loopBodies(graph)[0]!.kinds].sort()).toEqual(['add', 'matmul', 'sigmoid', 'tanh']);
  expect([...loopBodies(collected)[0]!.kinds].sort()).toEqual(['add', 'tanh']);
  expect(allNodes(collected).find(({ kind }) => kind === 'matmul')!.outputs[0]!.shape).toEqual(['T', 3, 'N']);
  const feeds = { x: randomArray([4, 2, 3], 'x'), weight: randomArray([3, 2], 'weight') };
  expect(differenceOfGraphs(graph, collected, feeds)).toBe(0);
});

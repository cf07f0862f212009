/** All passes together. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gradientProgram } from '../../programs/train-program.ts';
import { allNodes, type Graph } from '../graph.ts';
import { loopBodies, randomLoop, randomSteps } from '../testing/loops.ts';
import { changesNoValue, smallNetwork } from '../testing/passes.ts';
import { commonSubexpressions } from './common-subexpressions.ts';
import { foldConstants } from './constants.ts';
import { dropDeadCode } from './dead-code.ts';
import { optimize } from './optimize.ts';
import { simplify } from './simplify.ts';

changesNoValue('optimize', optimize);

test.each([
  { cell: 'rnn', nodes: 2 },
  { cell: 'lstm', nodes: 6 },
  { cell: 'gru', nodes: 6 },
] as const)('the reverse body of $cell has $nodes nodes', ({ cell, nodes }) => {
  const graph = optimize(gradientProgram({ network: smallNetwork(cell), loss: 'mse', lossSteps: 'last' }));
  const reverse = loopBodies(graph).filter((body) => body.reverse);
  expect(reverse).toHaveLength(1);
  expect(reverse[0]!.kinds).toHaveLength(nodes);
});

/** All nodes, those in the bodies of loops included. */
const size = (graph: Graph): number => allNodes(graph).length;

test('no pass that tidies makes a random loop longer, and all of them make it shorter', () => {
  let [before, after] = [0, 0];
  fc.assert(
    fc.property(randomSteps, fc.boolean(), (steps, reverse) => {
      const graph = dropDeadCode(randomLoop(steps, reverse));
      for (const pass of [simplify, foldConstants, commonSubexpressions])
        expect(size(pass(graph))).toBeLessThanOrEqual(size(graph));
      before += size(graph);
      after += size(optimize(graph));
    }),
    { numRuns: 30, seed: 2 },
  );
  expect(after).toBeLessThan(0.9 * before);
});

/** Sums over steps become part of what is summed. */
import { expect, test } from 'vitest';
import { gradientProgram } from '../../programs/train-program.ts';
import { gradients } from '../gradients.ts';
import { allNodes } from '../graph.ts';
import * as ops from '../ops.ts';
import { randomArray } from '../testing/numbers.ts';
import { changesNoValue, smallNetwork } from '../testing/passes.ts';
import { isNode } from '../tensor.ts';
import { differenceOfGraphs } from '../testing/programs.ts';
import { collect } from './collect.ts';
import { contract } from './contract.ts';
import { optimize } from './optimize.ts';

changesNoValue('contract', contract);
changesNoValue('contract, behind collect', (graph) => contract(collect(graph)));

test('collect and contract make one product of a weight’s gradient', () => {
  const shape = smallNetwork('rnn');
  const graph = optimize(gradientProgram({ network: shape, loss: 'mse', lossSteps: 'last' }));
  const ranks = allNodes(graph)
    .filter(({ kind }) => kind === 'matmul')
    .map(({ outputs }) => outputs[0]!.shape);
  // gradients of weight_ih with bias [4,3 + 1] and of weight_hh [4,4]: over all steps and sequences at once
  expect(ranks.filter((found) => String(found) === '4,4')).toHaveLength(2);
  expect(ranks).not.toContainEqual(['T', 4, 4]);
});

test('contract adds rows to one table, and makes one product of what attention adds to the states it looks at', () => {
  const table = ops.input('table', [5, 2]);
  const looked = ops.input('looked', ['N', 3, 2]);
  const ids = ops.input('ids', ['T', 'N']);
  const { carry } = ops.scan([ops.fill(0, ['N', 1, 2])], [ids], ([state], [id]) => {
    const query = ops.add(state!, ops.reshape(ops.gather(table, id!), ['N', 1, 2]));
    const scores = ops.softmax(ops.matmul(query, ops.transpose(looked, [0, 2, 1])), 2);
    return { carry: [ops.matmul(scores, looked)], ys: [] };
  });
  const loss = ops.reduceSum(carry[0]!, [0, 1, 2]);
  const graph = {
    inputs: [table, looked, ids],
    outputs: gradients(loss, [table, looked]).map((tensor, index) => ({ name: `gradient_${index}`, tensor })),
  };
  const optimized = optimize(graph);
  const feeds = {
    table: randomArray([5, 2], 'table'),
    looked: randomArray([4, 3, 2], 'looked'),
    ids: { shape: [6, 4], data: Float64Array.from({ length: 24 }, (_, index) => (index * 7) % 5) },
  };
  expect(differenceOfGraphs(graph, optimized, feeds)).toBeLessThan(1e-12);
  const nodes = allNodes(optimized);
  expect(nodes.filter((node) => isNode(node, 'scatterAdd')).map(({ outputs }) => outputs[0]!.shape)).toEqual([
    [5, 2],
  ]);
  const sums = nodes.filter(({ kind }) => kind === 'reduceSum').map(({ inputs }) => inputs[0]!.shape);
  expect(sums).not.toContainEqual(['T', 'N', 3, 2]);
});

/** Each pass, and all of them: the same values before and after, on the programs that are trained and on random loops. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gradientProgram } from '../../programs/train-program.ts';
import { parameterCount } from '../../programs/parameters.ts';
import type { NetworkShape } from '../../spec/network-shape.ts';
import { gradients } from '../gradients.ts';
import { allNodes, inputOf, type Graph } from '../graph.ts';
import * as ops from '../ops.ts';
import { loopBodies, randomLoop, randomSteps } from '../testing/loops.ts';
import { randomArray } from '../testing/numbers.ts';
import { isNode, type Tensor } from '../tensor.ts';
import { differenceOfGraphs } from '../testing/programs.ts';
import { collect } from './collect.ts';
import { commonSubexpressions } from './common-subexpressions.ts';
import { foldConstants } from './constants.ts';
import { contract } from './contract.ts';
import { dropDeadCode } from './dead-code.ts';
import { foldMultiplications } from './fold-multiplications.ts';
import { fuse } from './fuse.ts';
import { hoist } from './hoist.ts';
import { optimize } from './optimize.ts';
import { simplify } from './simplify.ts';

const passes = {
  dropDeadCode,
  foldConstants,
  simplify,
  commonSubexpressions,
  foldMultiplications,
  hoist,
  collect,
  'collect, contract': (graph: Graph) => contract(collect(graph)),
  optimize,
  // long enough for all outputs of loops to be worth it
  'optimize, fuse': (graph: Graph) => optimize(graph, { T: 1e9, N: 1e9 }),
};

const network = (cell: NetworkShape['cell'], layers = 1): NetworkShape => ({
  architecture: 'sequence_to_vector',
  cell,
  inputSize: 3,
  hiddenSize: 4,
  layers,
  outputSize: 2,
});

const programFeeds = (shape: NetworkShape) => ({
  parameters: randomArray([parameterCount(shape)], 'parameters'),
  x: randomArray([6, 3, 3], 'x'),
  y: randomArray([6, 3, 2], 'y'),
});

describe.each(Object.entries(passes))('%s', (_name, pass) => {
  test.each(['rnn', 'lstm', 'gru'] as const)('changes no value of a training program of %s', (cell) => {
    const graph = gradientProgram({ network: network(cell, 2), loss: 'mse', lossSteps: 'all' });
    expect(differenceOfGraphs(graph, pass(graph), programFeeds(network(cell, 2)))).toBeLessThan(1e-12);
  });

  test('changes no value of random loops', () => {
    const feeds = {
      xs: randomArray([4, 2, 3], 'xs'),
      weight: randomArray([2, 2], 'weight'),
      start: randomArray([2, 3], 'start'),
    };
    fc.assert(
      fc.property(randomSteps, fc.boolean(), (steps, reverse) => {
        const graph = randomLoop(steps, reverse);
        expect(differenceOfGraphs(graph, pass(graph), feeds)).toBeLessThan(1e-10);
      }),
      { numRuns: 60, seed: 1 },
    );
  });
});

test.each([
  { cell: 'rnn', nodes: 2 },
  { cell: 'lstm', nodes: 6 },
  { cell: 'gru', nodes: 6 },
] as const)('the reverse body of $cell has $nodes nodes', ({ cell, nodes }) => {
  const graph = optimize(gradientProgram({ network: network(cell), loss: 'mse', lossSteps: 'last' }));
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

test('foldMultiplications gathers what a loop multiplies by in one factor, which hoist takes out', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((name) => ops.input(name, ['T', 2])) as [Tensor, Tensor, Tensor];
  const start = ops.input('start', [2]);
  const { carry } = ops.scan([start, start], [a, b, c], ([h, k], [at, bt, ct]) => {
    const product = ops.multiply(ops.multiply(ops.multiply(h!, at!), bt!), ct!);
    const both = ops.concat([product, ops.multiply(k!, bt!)], 0);
    const [first, second] = ops.split(both, 0, [2, 2]);
    return { carry: [first!, second!], ys: [] };
  });
  const graph = {
    inputs: [a, b, c, start],
    outputs: carry.map((tensor, index) => ({ name: `h${index}`, tensor })),
  };
  const feeds = Object.fromEntries(
    graph.inputs.map((tensor) => {
      const { name } = inputOf(tensor);
      return [name, randomArray(name === 'start' ? [2] : [3, 2], name)];
    }),
  );
  const folded = hoist(foldMultiplications(graph));
  expect([...loopBodies(folded)[0]!.kinds].sort()).toEqual(['concat', 'multiply', 'split']);
  expect(differenceOfGraphs(graph, folded, feeds)).toBeLessThan(1e-14);
});

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

test('collect and contract make one product of a weight’s gradient', () => {
  const shape = network('rnn');
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

test.each([{ cell: 'lstm' }] as const)(
  'fuse makes the factors of $cell where its activations are made',
  ({ cell }) => {
    const graph = optimize(gradientProgram({ network: network(cell), loss: 'mse', lossSteps: 'last' }));
    const fused = dropDeadCode(fuse(graph, { T: 1e9, N: 1e9 }));
    const sequences = (program: Graph) =>
      allNodes(program).filter(
        ({ kind, outputs }) =>
          kind === 'multiply' && outputs[0]!.shape[0] === 'T' && outputs[0]!.shape.length === 3,
      ).length;
    expect(sequences(graph)).toBeGreaterThan(0);
    expect(sequences(fused)).toBe(0);
  },
);

test('fuse leaves alone what the caches hold', () => {
  const graph = optimize(gradientProgram({ network: network('lstm'), loss: 'mse', lossSteps: 'last' }));
  const kinds = (program: Graph) => allNodes(program).map(({ kind }) => kind);
  expect(kinds(fuse(graph, { T: 10, N: 4 }))).toEqual(kinds(graph));
});

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

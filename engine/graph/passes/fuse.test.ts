/** What is made of a loop’s outputs alone is made in it. */
import { expect, test } from 'vitest';
import { gradientProgram } from '../../programs/train-program.ts';
import { allNodes, type Graph } from '../graph.ts';
import { changesNoValue, smallNetwork } from '../testing/passes.ts';
import { dropDeadCode } from './dead-code.ts';
import { fuse } from './fuse.ts';
import { optimize } from './optimize.ts';

// long enough for all outputs of loops to be worth it
changesNoValue('fuse, behind all others', (graph) => optimize(graph, { T: 1e9, N: 1e9 }));

test.each([{ cell: 'lstm' }] as const)(
  'fuse makes the factors of $cell where its activations are made',
  ({ cell }) => {
    const graph = optimize(gradientProgram({ network: smallNetwork(cell), loss: 'mse', lossSteps: 'last' }));
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
  const graph = optimize(gradientProgram({ network: smallNetwork('lstm'), loss: 'mse', lossSteps: 'last' }));
  const kinds = (program: Graph) => allNodes(program).map(({ kind }) => kind);
  expect(kinds(fuse(graph, { T: 10, N: 4 }))).toEqual(kinds(graph));
});

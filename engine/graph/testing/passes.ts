/** What every pass is held to: the same values before and after, on the programs that are trained and on random loops. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parameterCount } from '../../programs/parameters.ts';
import { gradientProgram } from '../../programs/train-program.ts';
import type { NetworkShape } from '../../spec/network-shape.ts';
import type { Graph } from '../graph.ts';
import { randomLoop, randomSteps } from './loops.ts';
import { randomArray } from './numbers.ts';
import { differenceOfGraphs } from './programs.ts';

export const smallNetwork = (cell: NetworkShape['cell'], layers = 1): NetworkShape => ({
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

export function changesNoValue(name: string, pass: (graph: Graph) => Graph): void {
  describe(`${name} changes no value`, () => {
    test.each(['rnn', 'lstm', 'gru'] as const)('of a training program of %s', (cell) => {
      const network = smallNetwork(cell, 2);
      const graph = gradientProgram({ network, loss: 'mse', lossSteps: 'all' });
      expect(differenceOfGraphs(graph, pass(graph), programFeeds(network))).toBeLessThan(1e-12);
    });

    test('of random loops', () => {
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
}

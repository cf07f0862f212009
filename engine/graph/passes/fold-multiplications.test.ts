/** What a loop multiplies by is gathered in one factor. */
import { expect, test } from 'vitest';
import { inputOf } from '../graph.ts';
import * as ops from '../ops.ts';
import { loopBodies } from '../testing/loops.ts';
import { randomArray } from '../testing/numbers.ts';
import { changesNoValue } from '../testing/passes.ts';
import type { Tensor } from '../tensor.ts';
import { differenceOfGraphs } from '../testing/programs.ts';
import { foldMultiplications } from './fold-multiplications.ts';
import { hoist } from './hoist.ts';

changesNoValue('foldMultiplications', foldMultiplications);

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

import { expect, test } from 'vitest';
import * as ops from './ops.ts';
import { printGraph } from './print.ts';

test('a loop is printed with its body', () => {
  const x = ops.input('x', ['T', 2]);
  const { carry, ys } = ops.scan([ops.fill(0, [2])], [x], ([sum], [xt]) => {
    const next = ops.add(sum!, ops.multiply(xt!, ops.scalar(3)));
    return { carry: [next], ys: [next] };
  });
  const graph = {
    inputs: [x],
    outputs: [
      { name: 'sum', tensor: carry[0]! },
      { name: 'sums', tensor: ys[0]! },
    ],
  };
  expect(printGraph(graph)).toBe(
    [
      'input x [T, 2]',
      '%1 = fill() {value 0, shape [2]} [2]',
      '%2 = constant() 3 []',
      '%3, %4 = scan over T [2] [T, 2]',
      '  carry %5 = %1',
      '  each of %6 = x',
      '    %7 = multiply(%6, %2) [2]',
      '    %8 = add(%5, %7) [2]',
      '  carry on %8; stack %8',
      'output sum = %3',
      'output sums = %4',
    ].join('\n'),
  );
});

/** Values and gradients of every loss, beside those of PyTorch 2.15.0 in float64 for the same numbers. */
import { expect, test } from 'vitest';
import { gradients } from '../../graph/gradients.ts';
import { interpret } from '../../graph/interpret.ts';
import { input } from '../../graph/ops.ts';
import type { PlainLoss } from '../../spec/losses.ts';
import { mean } from './mean.ts';
import { lossOf } from './table.ts';

const feeds = {
  prediction: { shape: [2, 3], data: Float64Array.of(0.5, -2, 3, 1, 0.2, -0.7) },
  target: { shape: [2, 3], data: Float64Array.of(0, 1, 3.4, 2.5, 0.1, -0.7) },
};

const sixth = 1 / 6;
const golden: Record<PlainLoss, { value: number; gradient: readonly number[] }> = {
  mse: { value: 1.945, gradient: [sixth, -1, -0.13333333333333333, -0.5, 0.03333333333333333, 0] },
  mae: { value: 0.9166666666666666, gradient: [sixth, -sixth, -sixth, -sixth, sixth, 0] },
  huber: {
    value: 0.6183333333333333,
    gradient: [0.08333333333333333, -sixth, -0.06666666666666667, -sixth, 0.016666666666666666, 0],
  },
};

test.each(Object.entries(golden))('%s', (name, { value, gradient }) => {
  const prediction = input('prediction', [2, 3]);
  const target = input('target', [2, 3]);
  const loss = mean(lossOf(name as PlainLoss).elements(prediction, target));
  const results = interpret(
    {
      inputs: [prediction, target],
      outputs: [
        { name: 'loss', tensor: loss },
        { name: 'gradient', tensor: gradients(loss, [prediction])[0]! },
      ],
    },
    feeds,
  );
  expect(results.loss!.data[0]).toBeCloseTo(value, 14);
  gradient.forEach((expected, index) => {
    expect(results.gradient!.data[index]).toBeCloseTo(expected, 14);
  });
});

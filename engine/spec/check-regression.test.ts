import { expect, test } from 'vitest';
import { checkLossSteps, checkRegression } from './check-regression.ts';
import {
  headSize,
  quantileLevels,
  regressionLoss,
  resolveRegression,
  type RegressionOutput,
} from './regression.ts';

const output = (changes: Partial<RegressionOutput>): RegressionOutput => ({
  type: 'regression',
  loss: 'mse',
  ...changes,
});

test.each<[string, Partial<RegressionOutput>, string]>([
  ['/output/quantiles', { quantiles: [0.5] }, 'got loss mse'],
  ['/output/calibration', { loss: 'huber', calibration: 'none' }, 'got loss huber'],
  ['/output/quantiles/2', { loss: 'quantile', quantiles: [0.1, 0.5, 0.5] }, 'got 0.5 after 0.5'],
  ['/output/quantiles', { loss: 'quantile', quantiles: [0.2, 0.8] }, 'got 0.2, 0.8'],
])('%s is refused', (pointer, changes, message) => {
  const errors = checkRegression(output(changes));
  expect(errors).toEqual([{ pointer, message: expect.stringContaining(message) as string }]);
});

test('distributions need no median among their quantiles', () => {
  expect(checkRegression(output({ loss: 'gaussian', quantiles: [0.1, 0.9] }))).toEqual([]);
  expect(checkRegression(output({ loss: 'quantile' }))).toEqual([]);
});

test('what depends on the loss is filled in', () => {
  expect(resolveRegression(output({}))).toEqual(output({}));
  const filled = resolveRegression(output({ loss: 'quantile' }));
  expect(filled).toEqual(output({ loss: 'quantile', quantiles: [0.1, 0.5, 0.9], calibration: 'conformal' }));
  expect(regressionLoss(filled)).toEqual({ type: 'quantile', quantiles: [0.1, 0.5, 0.9] });
  expect(headSize(filled, 7)).toBe(21);
  const gaussian = resolveRegression(output({ loss: 'gaussian', quantiles: [0.25] }));
  expect(quantileLevels(gaussian)).toEqual([0.25]);
  expect([
    headSize(gaussian, 7),
    headSize(output({ loss: 'student_t' }), 7),
    headSize(output({}), 7),
  ]).toEqual([14, 21, 7]);
});

test.each([
  [{ last: 11 }, 'sequence_to_sequence', '/training/loss_steps/last'],
  [{ from: 10 }, 'sequence_to_sequence', '/training/loss_steps/from'],
  ['all', 'sequence_to_vector', '/training/loss_steps'],
  [{ last: 2 }, 'sequence_to_vector', '/training/loss_steps'],
  [{ from: 0 }, 'sequence_to_vector', '/training/loss_steps'],
] as const)('loss steps %j of 10 are refused with %s', (lossSteps, architecture, pointer) => {
  expect(checkLossSteps(lossSteps, architecture, 10).map((error) => error.pointer)).toEqual([pointer]);
});

test.each([
  ['all', 'sequence_to_sequence'],
  [{ last: 10 }, 'sequence_to_sequence'],
  [{ from: 9 }, 'sequence_to_vector'],
  [{ last: 1 }, 'sequence_to_vector'],
  ['last', 'sequence_to_vector'],
  [undefined, 'sequence_to_vector'],
] as const)('loss steps %j of 10 pass with %s', (lossSteps, architecture) => {
  expect(checkLossSteps(lossSteps, architecture, 10)).toEqual([]);
});

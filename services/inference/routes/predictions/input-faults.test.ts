import { expect, it } from 'vitest';
import type { FieldError } from '../../../../domain/errors/unroll-error.ts';
import type { ForecastCard } from '../../../../domain/models/forecast-card.ts';
import { forecastPresenter } from './forecasts.ts';
import { answerInputs, forInput } from './input-faults.ts';

it('holds an answer that is not finite against the input it was made of alone', () => {
  const card = {
    specification: {
      architecture: 'sequence_to_vector',
      data: { targets: [{ column: 'a' }], window: { length: 1, horizon: 1, stride: 1 } },
      output: { type: 'regression', loss: 'mse' },
    },
    frequency: null,
  } as unknown as ForecastCard;
  const series = [0, 2].map((input) => ({ input, series: null, last: null, warnings: [] }));
  const y = { data: Float32Array.of(NaN, 1.5), dims: [2, 1, 1] };
  const present = forecastPresenter({ y }, series, card);
  const faults: FieldError[][] = [[], [{ pointer: '/inputs/1/rows', message: 'expected more' }], []];
  const found = [forInput(faults[0]!, () => present(0)), undefined, forInput(faults[2]!, () => present(1))];
  const message = 'expected values near those of the dataset, got some for which the answer is not finite';
  expect(answerInputs(found, faults)).toEqual([
    {
      error: {
        code: 'validation_failed',
        detail: `/inputs/0 ${message}`,
        errors: [{ pointer: '/inputs/0', message }],
      },
    },
    {
      error: {
        code: 'validation_failed',
        detail: '/inputs/1/rows expected more',
        errors: [{ pointer: '/inputs/1/rows', message: 'expected more' }],
      },
    },
    { series: null, forecast: [{ a: 1.5 }] },
  ]);
});

it('passes on what is no fault of an input', () => {
  const broken = new Error('internal: broken');
  expect(() =>
    forInput([], () => {
      throw broken;
    }),
  ).toThrow(broken);
  expect(() => answerInputs([], [[]])).toThrow('internal: input 0 has neither');
});

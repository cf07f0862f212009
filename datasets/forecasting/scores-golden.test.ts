/** Scores beside those of scikit-learn and numpy (test/golden/forecast_scores.py). */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { ForecastScores } from '../../domain/models/forecast-card.ts';
import { scoreForecasts } from './scores.ts';

interface Golden {
  readonly parts: { readonly trainingEnd: number; readonly validationEnd: number; readonly rows: number };
  readonly window: { readonly length: number; readonly horizon: number; readonly stride: number };
  readonly seasonality: number;
  readonly levels: readonly number[];
  readonly values: readonly number[];
  readonly forecasts: readonly number[];
  readonly quantiles: readonly number[];
  readonly scores: Record<'model' | 'baseline' | 'naive' | 'drift', ForecastScores>;
}
const golden = JSON.parse(
  readFileSync(new URL('../../test/golden/forecast-scores.json', import.meta.url), 'utf8'),
) as Golden;

/** The same object with every number as near as makes no difference. */
const near = (value: unknown): unknown =>
  typeof value === 'number'
    ? expect.closeTo(value, 10)
    : value !== null && typeof value === 'object'
      ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, near(inner)]))
      : value;

it('are those of scikit-learn', () => {
  const { parts, window, seasonality, levels, forecasts, quantiles, scores } = golden;
  const found = scoreForecasts({
    forecasts,
    levels,
    quantiles,
    targets: [{ name: 'y', values: Float64Array.from(golden.values) }],
    series: [{ start: 0, parts }],
    window,
    seasonality,
  });
  expect(found.model).toEqual(near(scores.model));
  expect(found.baseline).toEqual(near(scores.baseline));
  expect(found.other_baselines).toEqual(near({ naive: scores.naive, drift: scores.drift }));
  expect(found.by_target.y).toEqual({ model: found.model, baseline: found.baseline });
});

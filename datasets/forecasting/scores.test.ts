import { describe, expect, it } from 'vitest';
import { scoreForecasts } from './scores.ts';

// Six training rows, two for validation, four for the test; forecasts two ahead of two rows, so three windows:
// they forecast rows 8-9, 9-10 and 10-11.
const parts = { trainingEnd: 6, validationEnd: 8, rows: 12 };
const window = { length: 2, horizon: 2, stride: 1 };
const values = Float64Array.of(1, 2, 3, 5, 8, 9, 4, 6, 7, 10, 12, 15);

describe('scores', () => {
  it('of one series, worked out by hand', () => {
    const scores = scoreForecasts({
      // Off by +1 and -2 in each window.
      forecasts: Float64Array.of(8, 8, 11, 10, 13, 13),
      targets: [{ name: 'y', values }],
      series: [{ start: 0, parts }],
      window,
      seasonality: 2,
    });
    // Scale: |3-1|, |5-2|, |8-3|, |9-5| → 14 / 4 = 3.5.
    const model = { mae: 9 / 6, rmse: Math.sqrt(15 / 6), mase: 9 / 6 / 3.5 };
    // Rows 8, 9 from 6, 7: |4-7|, |6-10|; rows 9, 10 from 7, 8: |6-10|, |7-12|; rows 10, 11 from 8, 9: |7-12|, |10-15|.
    const sum = 3 + 4 + 4 + 5 + 5 + 5;
    const squares = 9 + 16 + 16 + 25 + 25 + 25;
    const baseline = {
      mae: sum / 6,
      rmse: Math.sqrt(squares / 6),
      mase: expect.closeTo(sum / 6 / 3.5, 12) as number,
    };
    expect(scores).toMatchObject({
      model: { ...model, mase: expect.closeTo(model.mase, 12) as number },
      baseline,
      baseline_name: 'seasonal_naive',
      seasonality: 2,
      by_target: { y: { model: { ...model, mase: expect.closeTo(model.mase, 12) as number }, baseline } },
    });
  });

  it('repeat the season as often as the horizon asks, and never look ahead', () => {
    const scores = scoreForecasts({
      forecasts: new Float64Array(4),
      targets: [{ name: 'y', values }],
      series: [{ start: 0, parts }],
      window: { length: 2, horizon: 4, stride: 1 },
      seasonality: 1,
    });
    // The value 6 of row 7 all along: |6-7|, |6-10|, |6-12|, |6-15|.
    expect(scores.baseline.mae).toBe((1 + 4 + 6 + 9) / 4);
    expect(scores.baseline_name).toBe('naive');
  });

  it('scale each series by its own training rows', () => {
    const two = new Float64Array(24);
    two.set(values);
    two.set(
      values.map((value) => value * 10),
      12,
    );
    const scores = scoreForecasts({
      forecasts: new Float64Array(12),
      targets: [{ name: 'y', values: two }],
      series: [
        { start: 0, parts },
        { start: 12, parts },
      ],
      window,
      seasonality: 2,
    });
    const actual = 7 + 10 + 10 + 12 + 12 + 15;
    expect(scores.model.mae).toBeCloseTo((actual * 11) / 12, 10);
    // Ten times the error at ten times the scale.
    expect(scores.model.mase).toBeCloseTo(actual / 6 / 3.5, 10);
  });

  it('have no MASE where the training rows repeat themselves or are too few', () => {
    const flat = Float64Array.of(1, 2, 1, 2, 1, 2, 4, 6, 7, 10, 12, 15);
    const score = (seasonality: number): unknown =>
      scoreForecasts({
        forecasts: new Float64Array(6),
        targets: [{ name: 'y', values: flat }],
        series: [{ start: 0, parts }],
        window,
        seasonality,
      }).model.mase;
    expect(score(2)).toBeNull();
    expect(score(6)).toBeNull();
    expect(score(1)).not.toBeNull();
  });

  it('of two targets are told one by one and together', () => {
    const scores = scoreForecasts({
      // [window, horizon, target]: the first is off by 1, the second by 3.
      forecasts: Float64Array.of(8, -4, 11, -7, 11, -7, 13, -9, 13, -9, 16, -12),
      targets: [
        { name: 'y', values },
        { name: '__proto__', values: values.map((value) => -value) },
      ],
      series: [{ start: 0, parts }],
      window,
      seasonality: 1,
    });
    expect(scores.by_target['y']?.model.mae).toBe(1);
    expect(Object.entries(scores.by_target)[1]?.[1].model.mae).toBe(3);
    expect(scores.model.mae).toBe(2);
    expect(scores.model.rmse).toBeCloseTo(Math.sqrt(5), 12);
  });
});

/** Scalers beside those of scikit-learn and numpy (test/golden/scalers.py). */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { ScalingType } from '../../engine/spec/scaling.ts';
import { fitScaler, transformOf } from './scaler.ts';
import { unscale } from './window-scaling.ts';

interface Golden {
  readonly columns: Readonly<
    Record<
      string,
      {
        readonly values: readonly number[];
        readonly scaled: Readonly<Record<Exclude<ScalingType, 'none'>, readonly number[]>>;
      }
    >
  >;
}
const golden = JSON.parse(
  readFileSync(new URL('../../test/golden/scalers.json', import.meta.url), 'utf8'),
) as Golden;

const cases = Object.entries(golden.columns).flatMap(([name, { values, scaled }]) =>
  Object.entries(scaled).map(([type, expected]) => ({ name, type: type as ScalingType, values, expected })),
);

it.each(cases)('$type of $name', ({ type, values, expected }) => {
  // what stands outside of the range, or is missing, is not looked at
  const column = Float64Array.of(1e6, ...values, NaN, 2e6);
  const { mean, std } = fitScaler(type, column, [[1, values.length + 2]]);
  values.forEach((value, index) => {
    const scaled = (transformOf(type)(value) - mean) / std;
    expect(Math.abs(scaled - expected[index]!)).toBeLessThan(1e-6);
    const back = unscale(type === 'log' ? { log: true } : {}, 0, scaled, mean, std);
    expect(Math.abs(back - value)).toBeLessThan(1e-9 * Math.max(1, Math.abs(value)));
  });
});

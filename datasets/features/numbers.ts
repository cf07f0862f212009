/** A column of numbers as one scaled number. */
import { scalingOf } from '../../engine/spec/scaling.ts';
import type { Value } from '../tables/cells.ts';
import type { Feature } from './feature.ts';
import { fitStandardScaler, identityScaler } from './scaler.ts';

export const numbersFeature: Feature<'numbers'> = {
  check: (_input, { name, type, missing, min }) => {
    if (type !== 'integer' && type !== 'number')
      return `expected a column of numbers, got "${name}", which is of type ${type}; encoding one_hot or embedding takes categories, sequence or vector takes vectors`;
    if (min === null) return `expected a column with values, got "${name}", where all are missing`;
    if (missing > 0)
      return `expected a column without missing values, got "${name}" with ${missing}; fill them in the file`;
    return null;
  },
  plan: () => ({ kind: 'numbers', scalers: [{ mean: 0, std: 1 }] }),
  fit: (values, { column }, { scaling }) => {
    if (scalingOf(scaling).type === 'none') return { column, ...identityScaler };
    const known = Float64Array.from(values, (value) => numberOf(value));
    return { column, ...fitStandardScaler(known, [[0, known.length]]) };
  },
  shape: ({ mean, std }) => ({ kind: 'numbers', scalers: [{ mean, std }] }),
  encoder: () => (value) => Float32Array.of(numberOf(value)),
  read: (value) => {
    if (typeof value !== 'number') return { expected: 'a number' };
    return Number.isFinite(Math.fround(value))
      ? { value }
      : { expected: 'a finite number that float32 can hold' };
  },
};

function numberOf(value: Value): number {
  if (typeof value !== 'number') throw new Error('internal: expected a number in a column that was checked');
  return value;
}

/** A column of numbers as one scaled number, and another one that says whether it is known, where asked for. */
import { columnScaling, type ScalingType } from '../../engine/spec/scaling.ts';
import type { Value } from '../tables/cells.ts';
import type { Feature } from './feature.ts';
import { fitScaler, identityScaler, type NumberScaler } from './scaler.ts';

const shapeOf = (scaler: NumberScaler, tellsKnown: boolean) =>
  ({ kind: 'numbers', scalers: [scaler, ...(tellsKnown ? [identityScaler] : [])] }) as const;

export const numbersFeature: Feature<'numbers'> = {
  check: (input, { name, type, missing, min, max }, data) => {
    if (type !== 'integer' && type !== 'number')
      return `expected a column of numbers, got "${name}", which is of type ${type}; encoding one_hot or embedding takes categories, sequence or vector takes vectors`;
    if (min === null) return `expected a column with values, got "${name}", where all are missing`;
    if (missing > 0 && data.missing === 'error')
      return `expected a column without missing values, got "${name}" with ${missing}; set data.missing (mean, mask or drop), or fill them in the file`;
    return checkScaled(columnScaling(data, input), { name, min: Number(min), max: Number(max) });
  },
  plan: (_input, _column, { missing }) => shapeOf(identityScaler, missing === 'mask'),
  fit: async (values, input, { scaling, missing }) => {
    const numbers: number[] = [];
    for await (const value of values) numbers.push(numberOf(value));
    const known = Float64Array.from(numbers);
    const type = columnScaling({ scaling }, input);
    const scaler = fitScaler(type, known, [[0, known.length]]);
    return {
      column: input.column,
      mean: scaler.mean,
      std: scaler.std,
      ...(type === 'log' && { log: true }),
      ...((missing === 'mean' || missing === 'mask') && {
        missing: fitScaler('standard', known, [[0, known.length]]).mean,
      }),
      ...(missing === 'mask' && { tells_known: true }),
    };
  },
  shape: ({ mean, std, log, tells_known: tellsKnown }) =>
    shapeOf({ mean, std, ...(log === true && { log }) }, tellsKnown === true),
  encoder: ({ missing, tells_known: tellsKnown }) => {
    const filled = (number: number): number => (Number.isNaN(number) ? (missing ?? NaN) : number);
    return tellsKnown === true
      ? (value) => Float32Array.of(filled(numberOf(value)), value === null ? 0 : 1)
      : (value) => Float32Array.of(filled(numberOf(value)));
  },
  read: (value, { missing, log }) => {
    const orNull = missing === undefined ? '' : ' or null';
    if (value === null && missing !== undefined) return { value };
    if (typeof value !== 'number') return { expected: `a number${orNull}` };
    if (!Number.isFinite(Math.fround(value))) return { expected: 'a finite number that float32 can hold' };
    return log === true && value < 0
      ? { expected: 'a number of at least 0, since scaling is log' }
      : { value };
  },
};

const largestFloat32 = 3.4e38;

/** Whether the numbers of a column can be scaled so, and stay in float32's range. */
export function checkScaled(
  type: ScalingType,
  { name, min, max }: { readonly name: string; readonly min: number; readonly max: number },
): string | null {
  if (type === 'log' && min < 0)
    return `expected numbers of at least 0 when scaling is log, got ${min} in "${name}"`;
  if (type === 'none' && Math.max(Math.abs(min), Math.abs(max)) > largestFloat32)
    return `expected values within ±${largestFloat32} when scaling is none, got larger ones in "${name}"`;
  return null;
}

/** NaN where it is missing. */
function numberOf(value: Value): number {
  if (value === null) return NaN;
  if (typeof value !== 'number') throw new Error('internal: expected a number in a column that was checked');
  return value;
}

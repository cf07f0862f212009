/** A column of vectors, as a sequence of steps or all at once; all numbers are scaled alike. */
import { scalingOf } from '../../engine/spec/scaling.ts';
import type { Value } from '../tables/cells.ts';
import type { Feature } from './feature.ts';
import { moments } from './moments.ts';

function vectorOf(value: Value): Float64Array {
  if (value instanceof Float64Array) return value;
  throw new Error('internal: expected a vector in a column that was checked');
}

export const vectorFeature: Feature<'vector'> = {
  check: (input, { name, type, missing, length }, data) => {
    if (type !== 'vector')
      return `expected a column of vectors with ${input.encoding}, got "${name}", which is of type ${type}`;
    if (missing > 0 && data.missing !== 'drop')
      return `expected a vector in every row, got ${missing} missing in "${name}"`;
    if (!length || length.min === 0)
      return `expected vectors of at least one number in "${name}", got empty ones`;
    if (input.encoding === 'vector' && length.min !== length.max)
      return `expected vectors of one length with encoding vector, got ${length.min} to ${length.max} numbers in "${name}"; encoding sequence takes any`;
    return null;
  },
  plan: (input, { length }) =>
    input.encoding === 'vector'
      ? { kind: 'numbers', scalers: new Array(length!.max).fill({ mean: 0, std: 1 }) }
      : sequenceShape(input.step_size, Math.min(input.max_length, Math.ceil(length!.max / input.step_size)), {
          mean: 0,
          std: 1,
        }),
  fit: async (values, input, { scaling }) => {
    let length = 0;
    const all = moments(1, scalingOf(scaling).type);
    for await (const value of values) {
      const vector = vectorOf(value);
      ({ length } = vector);
      all.add(vector);
    }
    const { mean, std } = all.scalers()[0]!;
    return input.encoding === 'vector' ? { ...input, length, mean, std } : { ...input, mean, std };
  },
  shape: (fitted) => {
    const { mean, std } = fitted;
    return fitted.encoding === 'vector'
      ? { kind: 'numbers', scalers: new Array(fitted.length).fill({ mean, std }) }
      : sequenceShape(fitted.step_size, fitted.max_length, { mean, std });
  },
  encoder: (fitted) => {
    if (fitted.encoding === 'vector') return (value) => Float32Array.from(vectorOf(value));
    const { step_size: size, max_length: most, mean } = fitted;
    return (value) => {
      const vector = vectorOf(value);
      const steps = Math.min(most, Math.ceil(vector.length / size));
      // what the last step lacks is the mean: nothing, once it is scaled
      const encoded = new Float32Array(steps * size).fill(mean);
      encoded.set(vector.subarray(0, steps * size));
      return encoded;
    };
  },
  read: (value, fitted) => {
    const expected =
      fitted.encoding === 'vector' ? `a list of ${fitted.length} numbers` : 'a list of numbers';
    // of a table, or of a request
    const list = value instanceof Float64Array ? value : Array.isArray(value) ? (value as unknown[]) : [];
    if (list.length === 0) return { expected };
    if (!list.every((one: unknown) => typeof one === 'number' && Number.isFinite(Math.fround(one))))
      return { expected: `${expected} that float32 can hold` };
    if (fitted.encoding === 'vector' && list.length !== fitted.length) return { expected };
    const vector = list instanceof Float64Array ? list : Float64Array.from(list as number[]);
    if (fitted.encoding === 'vector') return { value: vector };
    const most = fitted.max_length * fitted.step_size;
    const cut = `expected at most ${most} numbers, got ${vector.length}: the first ${most} are read, as in training`;
    return { value: vector, cut: vector.length > most ? cut : null };
  },
};

const sequenceShape = (size: number, steps: number, scaler: { mean: number; std: number }) =>
  ({ kind: 'sequence', scalers: new Array(size).fill(scaler), steps, padded: true }) as const;

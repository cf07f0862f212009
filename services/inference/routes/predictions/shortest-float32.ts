import { UnrollError } from '../../../../domain/errors/unroll-error.ts';

/** The shortest decimal that is this float32: 9.2, not 9.199999809265137. */
export function shortestFloat32(value: number, input: number): number {
  if (!Number.isFinite(value)) {
    throw new UnrollError('validation_failed', 'The model has no finite answer for these values', {
      errors: [
        {
          pointer: `/inputs/${input}`,
          message: 'expected values near those of the dataset, got some for which the answer is not finite',
        },
      ],
    });
  }
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}

/** What is wrong with the inputs of a request, told together. */
import { UnrollError, type FieldError } from '../../../../domain/errors/unroll-error.ts';
import type { PredictionRequest } from './schemas.ts';

/** A request is told of at most this many faults. */
const maxErrors = 100;

type Input = PredictionRequest['inputs'][number];

/** A form of input that the model does not take is refused. */
export function refuseOthers(
  input: Input,
  n: number,
  taken: readonly (keyof Input)[],
  errors: FieldError[],
): void {
  for (const form of Object.keys(input) as (keyof Input)[]) {
    if (taken.includes(form)) continue;
    errors.push({
      pointer: `/inputs/${n}/${form}`,
      message:
        form === 'future'
          ? 'expected no rows of the future, since no input of this model is known_ahead, got some'
          : `expected ${taken.filter((own) => own !== 'future').join(' or ')} for this model, got ${form}`,
    });
  }
}

/** Throws `validation_failed` when there are errors. */
export function refuseAll(errors: readonly FieldError[]): void {
  const [first] = errors;
  if (first === undefined) return;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  throw new UnrollError('validation_failed', `${first.pointer} ${first.message}${more}`, {
    errors: errors.slice(0, maxErrors),
  });
}

/** How a text is to be written may stand in the query as well as in the body: a form has no other place for it but its part `request`. */
import type { FieldError } from '../../../../domain/errors/unroll-error.ts';
import { writingOptionNames } from '../../../../engine/spec/generation.ts';
import { refuseAll } from './refuse.ts';
import type { PredictionQuery, PredictionRequest } from './schemas.ts';

/** The body, with what the query says put into it. Throws `validation_failed` with a pointer to each option that both name. */
export function withOptionsOf(query: PredictionQuery, body: PredictionRequest): PredictionRequest {
  const errors: FieldError[] = [];
  for (const name of writingOptionNames) {
    const asked = query[name];
    if (asked === undefined) continue;
    if (body[name] === undefined) body[name] = asked;
    else
      errors.push({
        pointer: `/${name}`,
        message: `expected it in the query or in the body, got ${asked} in the one and ${body[name]} in the other`,
      });
  }
  refuseAll(errors);
  return body;
}

/**
 * Validates the body of a prediction, whatever it came as: its parser has made of it what JSON would have been. Where the whole does not pass, inputs are
 * looked at one at a time: those that are not as the schema says are noted (input-faults.ts), and the others are read. A body that is wrong elsewhere, or
 * in every input, is refused.
 */
import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import type { RequestValidationError } from '../../../http/validation.ts';
import { validatorCompiler } from '../../../http/validation.ts';
import { noteMalformed } from './input-faults.ts';
import { PredictionRequest } from './schemas.ts';

interface Body {
  readonly inputs: readonly unknown[];
}
type Checked = { readonly value: unknown } | { readonly error: Error };
type Validate = (data: unknown) => Checked;

/** Takes the place of an input that is not read. */
const nothing = Object.freeze({});

export const perInputValidatorCompiler: FastifySchemaCompiler<TSchema> = (route) => {
  if (route.httpPart !== 'body') return validatorCompiler(route);
  const compile = (schema: TSchema) => validatorCompiler({ ...route, schema }) as Validate;
  const { inputs } = PredictionRequest.properties;
  const whole = compile(PredictionRequest);
  const around = compile({
    ...PredictionRequest,
    properties: {
      ...PredictionRequest.properties,
      inputs: { ...inputs, items: {} },
    },
  });
  const one = compile(inputs.items);

  return (data: unknown) => {
    const result = whole(data);
    if (!('error' in result) || 'error' in around(data)) return result;
    const given = (data as Body).inputs;
    const faults = given.map((input, n) => {
      const { error } = one(input) as { error?: RequestValidationError };
      return (error?.errors ?? []).map(({ pointer, message }) => ({
        pointer: `/inputs/${n}${pointer}`,
        message,
      }));
    });
    if (faults.every((own) => own.length > 0)) return result;
    const value = {
      ...(data as Body),
      inputs: given.map((input, n) => (faults[n]!.length > 0 ? nothing : input)),
    };
    noteMalformed(value, faults);
    return { value };
  };
};

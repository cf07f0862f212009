/**
 * Validates a body with `inputs` one input at a time where the whole does not pass: inputs that are not as the schema says are noted (input-faults.ts), and the
 * others are read. A body that is wrong elsewhere, or in every input, is refused.
 */
import type { FastifySchemaCompiler } from 'fastify';
import { Type, type TObject, type TSchema } from 'typebox';
import type { RequestValidationError } from '../../../http/validation.ts';
import { validatorCompiler } from '../../../http/validation.ts';
import { noteMalformed } from './input-faults.ts';

interface Body {
  readonly inputs: readonly unknown[];
}
type Checked = { readonly value: unknown } | { readonly error: Error };
type Validate = (data: unknown) => Checked;

/** Takes the place of an input that is not read. */
const nothing = Object.freeze({});

export const perInputValidatorCompiler: FastifySchemaCompiler<TSchema> = (route) => {
  const whole = validatorCompiler(route) as Validate;
  if (route.httpPart !== 'body') return whole;
  const body = route.schema as TObject;
  const { inputs } = body.properties as { inputs: { items: TSchema; minItems: number; maxItems: number } };
  const { minItems, maxItems } = inputs;
  const compile = (schema: TSchema) => validatorCompiler({ ...route, schema }) as Validate;
  const around = compile({
    ...body,
    properties: { ...body.properties, inputs: Type.Array(Type.Unknown(), { minItems, maxItems }) },
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

/**
 * Validates requests against their TypeBox schemas. Bodies are taken as they are: nothing is converted, nothing is
 * removed, an unknown field is refused by name, and defaults are filled in. Queries and paths are text on the wire,
 * so there (and only there) "20" may stand for a number.
 */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import type { FieldError } from '../../domain/errors/unroll-error.ts';
import { toldByKeyword } from '../../engine/spec/told-by.ts';
import { escapePointer } from './pointer.ts';
import { preview } from './preview.ts';
import { whenNeeded } from './when-needed.ts';

/** A broken request is described by at most this many errors. */
const maxErrors = 100;

const options = { allErrors: true, verbose: true, strict: false, removeAdditional: false } as const;
const body = addFormats.default(new Ajv({ ...options, coerceTypes: false }));
const text = addFormats.default(new Ajv({ ...options, coerceTypes: true, useDefaults: true }));

/** What Fastify hands to the error handler: the errors are already those of the wire. */
export class RequestValidationError extends Error {
  override readonly name = 'RequestValidationError';
  readonly errors: readonly FieldError[];

  constructor(errors: readonly FieldError[]) {
    super('The request does not match its schema');
    this.errors = errors;
  }
}

/** A validator that is compiled when the first request needs it: a start compiles none. */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const isBody = httpPart === 'body';
  const compiled = whenNeeded(() => ({
    validate: (isBody ? body : text).compile(schema),
    fillsDefaults: isBody && JSON.stringify(schema).includes('"default":'),
  }));
  return (data: unknown) => {
    const odd = isBody ? [] : oddNumbers(schema as SchemaObject, data as Record<string, unknown>);
    if (odd.length > 0) return { error: new RequestValidationError(odd) };
    const { validate, fillsDefaults } = compiled();
    // Ajv fills no defaults inside a union; TypeBox does.
    const value = fillsDefaults ? Value.Default(schema, data) : data;
    return validate(value) ? { value } : { error: new RequestValidationError(describeErrors(validate)) };
  };
};

/** What is wrong with values that no schema of a route covers, as it is said of bodies. */
export function fieldErrorsOf(schema: TSchema): (value: unknown) => readonly FieldError[] {
  const compiled = whenNeeded(() => body.compile(schema));
  return (value) => {
    const validate = compiled();
    return validate(value) ? [] : describeErrors(validate);
  };
}

const decimal = /^-?\d+(\.\d+)?$/;

/** What JavaScript would take for a number, and nobody means by one: `0x10`, `1e2`, ` 7`. */
function oddNumbers(schema: SchemaObject, data: Readonly<Record<string, unknown>>): FieldError[] {
  const properties = (schema.properties ?? {}) as Readonly<Record<string, SchemaObject>>;
  return Object.entries(properties).flatMap(([name, property]) => {
    const text = data[name];
    const isNumber = property.type === 'integer' || property.type === 'number';
    if (!isNumber || typeof text !== 'string' || decimal.test(text)) return [];
    return [
      {
        pointer: `/${escapePointer(name)}`,
        message: `expected ${describeSchema(property)}, got ${preview(text)}`,
      },
    ];
  });
}

/** Field errors from the validator's last run: one for each place, unions reduced to what was probably meant. */
function describeErrors(validate: ValidateFunction): readonly FieldError[] {
  const errors = withoutUnionNoise(validate.errors ?? []);
  const described = errors.filter((error) => !isDefaulted(error)).map(describeError);
  const byPointer = new Map(described.map((error) => [`${error.pointer}\n${error.message}`, error]));
  return [...byPointer.values()].slice(0, maxErrors);
}

/**
 * A value that fits no branch of a union makes errors for every branch. Where all but one branch are of another type, or
 * name another `type`, that one's errors are kept. Where all name another, the error is that of the name; otherwise it is
 * the union's own.
 */
function withoutUnionNoise(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const unions = errors
    .filter((error) => error.keyword === 'anyOf')
    .sort((a, b) => a.schemaPath.length - b.schemaPath.length);
  let kept = errors;
  for (const union of unions) {
    if (!kept.includes(union)) continue;
    const inBranch = (error: ErrorObject, index: number): boolean =>
      error.schemaPath.startsWith(`${union.schemaPath}/${index}/`) &&
      error.instancePath.startsWith(union.instancePath);
    const branches = (union.schema as unknown[]).map((_, index) =>
      kept.filter((error) => inBranch(error, index)),
    );
    const told = branchTold(union, branches);
    if (told !== null) {
      const noise = new Set([union, ...branches.flat()]);
      kept = [...kept.filter((error) => !noise.has(error)), ...told];
      continue;
    }
    const isNamedOtherwise = (branch: readonly ErrorObject[]) =>
      branch.some((error) => namesAnotherType(error, union.instancePath));
    const meant = branches.filter(
      (branch) =>
        branch.length > 0 &&
        !isNamedOtherwise(branch) &&
        !branch.some(
          ({ instancePath, keyword }) =>
            instancePath === union.instancePath && (keyword === 'type' || keyword === 'const'),
        ),
    );
    const dropped = new Set(branches.flat());
    if (meant.length === 1) {
      dropped.add(union);
      for (const error of meant[0]!) dropped.delete(error);
    }
    const nameless = branches.every(isNamedOtherwise) ? unknownName(union, branches.flat()) : null;
    if (nameless) dropped.add(union);
    kept = [...kept.filter((error) => !dropped.has(error)), ...(nameless ? [nameless] : [])];
  }
  return kept;
}

type SchemaObject = Readonly<Record<string, unknown>>;

/**
 * Of a union that says which fields tell its branches apart: the errors of the branch that an object means, or the one error of a field whose value is
 * that of no branch. null for other unions, and for what is no object.
 */
function branchTold(
  union: ErrorObject,
  errors: readonly (readonly ErrorObject[])[],
): readonly ErrorObject[] | null {
  const fields = (union.parentSchema as { [toldByKeyword]?: readonly string[] })[toldByKeyword];
  if (fields === undefined || !isObject(union.data)) return null;
  const branches = (union.schema as readonly SchemaObject[]).map((schema, index) => ({
    isOfObjects: schema.type === 'object',
    properties: (schema.properties ?? {}) as Readonly<Record<string, SchemaObject>>,
    required: (schema.required ?? []) as readonly string[],
    errors: errors[index]!,
  }));
  const told = fields.find((field) => Object.hasOwn(union.data as object, field));
  if (told === undefined)
    return (
      branches.find(
        ({ isOfObjects, required }) => isOfObjects && !fields.some((field) => required.includes(field)),
      )?.errors ?? null
    );
  const having = branches.filter(({ required }) => required.includes(told));
  const path = `${union.instancePath}/${escapePointer(told)}`;
  const wrong = (error: ErrorObject): boolean => error.instancePath === path;
  const meant = having.length === 1 ? having[0] : having.find((branch) => !branch.errors.some(wrong));
  if (meant) return meant.errors;
  const schemas = having.map(({ properties }) => properties[told]!);
  const known = schemas.flatMap(
    ({ anyOf }, index) => (anyOf as SchemaObject[] | undefined) ?? schemas[index]!,
  );
  return [{ ...having[0]!.errors.find(wrong)!, parentSchema: { anyOf: known } }];
}

/** The branches of a union of objects are told apart by their field `type`. */
function namesAnotherType(error: ErrorObject, objectPath: string): boolean {
  if (error.keyword === 'const') return error.instancePath === `${objectPath}/type`;
  const { missingProperty } = error.params as { missingProperty?: string };
  return error.instancePath === objectPath && missingProperty === 'type' && !isDefaulted(error);
}

/** That `type` is none of the names that the branches have; null when it is not there at all. */
function unknownName(union: ErrorObject, errors: readonly ErrorObject[]): ErrorObject | null {
  const name = errors.find((error) => error.instancePath === `${union.instancePath}/type`);
  if (!name) return null;
  const branches = union.schema as readonly { properties: { type: SchemaObject } }[];
  return { ...name, parentSchema: { anyOf: branches.map(({ properties }) => properties.type) } };
}

/** Inside a union whose branch is otherwise wrong, defaults were not filled in: their absence is no fault. */
function isDefaulted(error: ErrorObject): boolean {
  if (error.keyword !== 'required') return false;
  const name = (error.params as { missingProperty: string }).missingProperty;
  return 'default' in propertySchema(error, name);
}

const propertySchema = (error: ErrorObject, name: string): SchemaObject =>
  ((error.parentSchema as { properties?: Record<string, SchemaObject> }).properties ?? {})[name] ?? {};

function describeError(error: ErrorObject): FieldError {
  const parent = error.parentSchema as SchemaObject;
  if (error.keyword === 'required') {
    const name = (error.params as { missingProperty: string }).missingProperty;
    return {
      pointer: `${error.instancePath}/${escapePointer(name)}`,
      message: `expected ${describeSchema(propertySchema(error, name))}, got nothing`,
    };
  }
  if (error.keyword === 'additionalProperties') {
    const name = (error.params as { additionalProperty: string }).additionalProperty;
    const known = Object.keys(parent.properties ?? {});
    return {
      pointer: `${error.instancePath}/${escapePointer(name)}`,
      message: `unknown field ${preview(name)}; expected ${known.length === 0 ? 'none' : known.join(', ')}`,
    };
  }
  const got =
    isToldByFields(parent.anyOf) && isObject(error.data) ? namesOf(error.data) : preview(error.data);
  return { pointer: error.instancePath, message: `expected ${describeSchema(parent)}, got ${got}` };
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether the objects of a union have no `type`: «an object» would not say which fields go together. */
const isToldByFields = (branches: unknown): boolean => {
  if (!Array.isArray(branches)) return false;
  const objects = (branches as readonly SchemaObject[]).filter(({ type }) => type === 'object');
  return (
    objects.length > 1 && objects.every(({ properties }) => !('type' in ((properties ?? {}) as SchemaObject)))
  );
};

/** `{ job, checkpoint? }`. */
function describeFields(schema: SchemaObject): string {
  if (schema.type !== 'object') return describeSchema(schema);
  const required = (schema.required ?? []) as readonly string[];
  const fields = Object.keys(schema.properties ?? {});
  return `{ ${fields.map((name) => (required.includes(name) ? name : `${name}?`)).join(', ')} }`;
}

/** At most ten names, each cut short: a client sent them. */
function namesOf(data: object): string {
  const names = Object.keys(data);
  if (names.length === 0) return '{}';
  const shown = names.slice(0, 10).map((name) => (/^\w{1,40}$/.test(name) ? name : preview(name)));
  return `{ ${shown.join(', ')}${names.length > 10 ? ', …' : ''} }`;
}

/** A schema in words: `an integer from 1 to 4096`, `one of "rnn", "lstm", "gru"`. */
export function describeSchema(schema: SchemaObject): string {
  if (Array.isArray(schema.anyOf)) {
    const branches = schema.anyOf as readonly SchemaObject[];
    return branches.every((branch) => 'const' in branch)
      ? `one of ${branches.map((branch) => JSON.stringify(branch.const)).join(', ')}`
      : [...new Set(branches.map(isToldByFields(branches) ? describeFields : describeSchema))].join(' or ');
  }
  if ('const' in schema) return JSON.stringify(schema.const);
  if (Array.isArray(schema.type))
    return schema.type.map((type: unknown) => describeSchema({ ...schema, type })).join(' or ');
  switch (schema.type) {
    case 'integer':
      return `an integer${describeRange(schema)}`;
    case 'number':
      return `a number${describeRange(schema)}`;
    case 'string':
      return describeText(schema);
    case 'boolean':
      return 'true or false';
    case 'null':
      return 'null';
    case 'array':
      return `a list${describeCount(schema.minItems, schema.maxItems)}`;
    case 'object':
      return 'an object';
    default:
      return 'a value';
  }
}

function describeRange(schema: SchemaObject): string {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema as Record<
    string,
    number | undefined
  >;
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  const bounds = [
    minimum === undefined ? '' : `at least ${minimum}`,
    exclusiveMinimum === undefined ? '' : `above ${exclusiveMinimum}`,
    maximum === undefined ? '' : `at most ${maximum}`,
    exclusiveMaximum === undefined ? '' : `below ${exclusiveMaximum}`,
  ].filter((bound) => bound !== '');
  return bounds.length === 0 ? '' : ` ${bounds.join(' and ')}`;
}

function describeText(schema: SchemaObject): string {
  if (schema.format === 'date-time') return 'an RFC 3339 time such as 2026-01-31T12:00:00Z';
  if (typeof schema.pattern === 'string') {
    return `text ${typeof schema.description === 'string' ? `(${schema.description}) ` : ''}that matches ${schema.pattern}`;
  }
  const { minLength, maxLength } = schema as Record<string, number | undefined>;
  if (minLength === 1 && maxLength === undefined) return 'text that is not empty';
  return minLength === undefined && maxLength === undefined
    ? 'text'
    : `text of ${minLength ?? 0} to ${maxLength ?? 'any number of'} characters`;
}

function describeCount(min: unknown, max: unknown): string {
  if (typeof min !== 'number' && typeof max !== 'number') return '';
  if (typeof max !== 'number') return ` of at least ${String(min)}`;
  return min === max ? ` of ${max}` : ` of ${typeof min === 'number' ? min : 0} to ${max}`;
}

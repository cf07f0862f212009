/** docs/specification.md: every field of a training specification, from its schema. */
import { toldByKeyword } from '../engine/spec/told-by.ts';
import { TrainingSpecification } from '../engine/spec/training-specification.ts';

interface Schema {
  readonly type?: string;
  readonly const?: string;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[] | undefined;
  readonly items?: Schema;
  readonly default?: unknown;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly [toldByKeyword]?: readonly string[];
}

/** field, values, default, meaning */
export type Row = readonly [string, string, string, string];

/** The rows of the parts `data`, `model`, `output` and `training`, and of `architecture`. */
export const specificationRows = (): readonly Row[] => rowsOf('', TrainingSpecification, true);

function rowsOf(path: string, schema: Schema, required: boolean): readonly Row[] {
  if (schema.type === 'object') return objectRows(path, schema);
  if (schema.type === 'array' && schema.items?.[toldByKeyword])
    return [
      [code(path), listOf(schema), defaultOf(schema, required), schema.description ?? ''],
      ...toldRows(`${path}[]`, schema.items),
    ];
  if (schema.type === 'array' && schema.items?.type === 'object') {
    const own: Row = [code(path), listOf(schema), defaultOf(schema, required), schema.description ?? ''];
    return [own, ...objectRows(`${path}[]`, schema.items)];
  }
  const objects = (schema.anyOf ?? []).filter((branch) => branch.type === 'object');
  if (objects.length === 0)
    return [[code(path), valuesOf(schema), defaultOf(schema, required), schema.description ?? '']];
  const others = (schema.anyOf ?? []).filter((branch) => branch.type !== 'object').map(valuesOf);
  const named = objects.map((branch) => branch.properties?.type?.const).filter((name) => name !== undefined);
  const kinds =
    named.length > 0 ? `object with \`type\` ${named.map((name) => code(name)).join(', ')}` : 'object';
  const own: Row = [
    code(path),
    [kinds, ...others].join(' or '),
    defaultOf(schema, required),
    schema.description ?? '',
  ];
  return [own, ...objects.flatMap((branch) => branchRows(path, branch))];
}

/** The fields of each branch of a union that fields tell apart: their values stand behind the name. */
function toldRows(path: string, union: Schema): readonly Row[] {
  const fields = union[toldByKeyword] ?? [];
  return (union.anyOf ?? []).flatMap((branch) => {
    const own = fields.find((field) => branch.required?.includes(field));
    const name = own && nameOf(own, branch.properties![own]!);
    const rows = objectRows(path, branch).filter(
      ([field]) => name === undefined || field !== code(`${path}.${own}`),
    );
    const about: Row = [
      name === undefined ? code(path) : `${code(path)} with ${name}`,
      'object',
      '–',
      branch.description ?? '',
    ];
    return [
      about,
      ...rows.map(([field, values, standard, meaning]): Row => [
        name === undefined ? field : `${field} with ${name}`,
        values,
        standard,
        meaning,
      ]),
    ];
  });
}

const nameOf = (field: string, schema: Schema): string =>
  schema.const === undefined ? code(field) : code(`${field}: ${schema.const}`);

/** The fields of one branch of a union, under the name that tells it from the others. */
function branchRows(path: string, branch: Schema): readonly Row[] {
  const name = branch.properties?.type?.const;
  const rows = objectRows(path, branch).filter(([field]) => field !== code(`${path}.type`));
  const [first, ...rest] = rows.map(([field, values, standard, meaning]): Row => [
    name === undefined ? field : `${field} of ${code(name)}`,
    values,
    standard,
    meaning,
  ]);
  if (!first) return [];
  const about = branch.description ? `${branch.description} ` : '';
  return [[first[0], first[1], first[2], `${about}${first[3]}`.trim()], ...rest];
}

const objectRows = (path: string, { properties = {}, required = [] }: Schema): readonly Row[] =>
  Object.entries(properties).flatMap(([name, schema]) =>
    rowsOf(path === '' ? name : `${path}.${name}`, schema, required.includes(name)),
  );

const code = (text: string): string => `\`${text}\``;

function valuesOf(schema: Schema): string {
  if (schema.const !== undefined) return code(schema.const);
  if (schema.anyOf) return schema.anyOf.map(valuesOf).join(', ');
  if (schema.type === 'integer' || schema.type === 'number')
    return `${schema.type === 'integer' ? 'whole number' : 'number'}${rangeOf(schema)}`;
  if (schema.type === 'array') return `${listOf(schema)}: ${valuesOf(schema.items ?? {})}`;
  if (schema.type === 'boolean') return '`true`, `false`';
  return schema.type === 'null' ? '`null`' : 'text';
}

const listOf = ({ minItems: least = 0, maxItems: most }: Schema): string =>
  least === most ? `list of ${most}` : `list of ${least} to ${most ?? 'any number'}`;

function rangeOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Schema): string {
  const low =
    minimum !== undefined ? `≥ ${minimum}` : exclusiveMinimum !== undefined ? `> ${exclusiveMinimum}` : '';
  const high =
    maximum !== undefined ? `≤ ${maximum}` : exclusiveMaximum !== undefined ? `< ${exclusiveMaximum}` : '';
  return [low, high]
    .filter((part) => part !== '')
    .map((part, index) => `${index === 0 ? ' ' : ', '}${part}`)
    .join('');
}

function defaultOf({ default: standard }: Schema, required: boolean): string {
  if (standard !== undefined) return code(JSON.stringify(standard));
  return required ? 'required' : '–';
}

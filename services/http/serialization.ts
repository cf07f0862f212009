/**
 * Serializers of answers. Each is compiled when the first answer needs it, and once for all routes and statuses that have the
 * same schema: a start compiles none of them.
 */
import fastJsonStringify, { type Schema } from 'fast-json-stringify';
import type { FastifySerializerCompiler } from 'fastify';

type Serialize = (data: unknown) => string;

const known = new WeakMap<object, Serialize>();

export const serializerCompiler: FastifySerializerCompiler<Schema> = ({ schema }) => {
  const present = known.get(schema);
  if (present !== undefined) return present;
  let compiled: Serialize | undefined;
  const serialize: Serialize = (data) => (compiled ??= fastJsonStringify(schema))(data);
  known.set(schema, serialize);
  return serialize;
};

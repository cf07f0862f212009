/**
 * Serializers of answers. Each is compiled when the first answer needs it, and once for all routes and statuses that have the
 * same schema: a start compiles none of them.
 */
import fastJsonStringify, { type Schema } from 'fast-json-stringify';
import type { FastifySerializerCompiler } from 'fastify';
import { whenNeeded } from './when-needed.ts';

type Serialize = (data: unknown) => string;

const known = new WeakMap<object, Serialize>();

export const serializerCompiler: FastifySerializerCompiler<Schema> = ({ schema }) => {
  const present = known.get(schema);
  if (present !== undefined) return present;
  const compiled = whenNeeded(() => fastJsonStringify(schema));
  const serialize: Serialize = (data) => compiled()(data);
  known.set(schema, serialize);
  return serialize;
};

import { Type } from 'typebox';
import { expect, test } from 'vitest';
import { serializerCompiler } from './serialization.ts';

const route = { method: 'GET', url: '/' };

test('routes and statuses with one schema share a serializer, which writes what the schema has and no more', () => {
  const schema = Type.Object({ name: Type.String(), size: Type.Optional(Type.Integer()) });
  const serialize = serializerCompiler({ ...route, schema, httpStatus: '200' });
  expect(serializerCompiler({ ...route, url: '/other', schema, httpStatus: '404' })).toBe(serialize);
  expect(serialize({ name: 'a', size: 3, secret: 1 })).toBe('{"name":"a","size":3}');
  expect(serializerCompiler({ ...route, schema: Type.Object({ name: Type.String() }) })).not.toBe(serialize);
});

test('a schema is not compiled before an answer needs it', () => {
  const schema = { type: 'object', properties: { a: { $ref: '#/definitions/missing' } } } as const;
  const serialize = serializerCompiler({ ...route, schema });
  expect(() => serialize({ a: 1 })).toThrow('missing');
});

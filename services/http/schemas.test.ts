/** A start compiles no schema: that each can be compiled is seen here, and not by whoever asks first. */
import fastJsonStringify from 'fast-json-stringify';
import type { FastifySchema } from 'fastify';
import { expect, test } from 'vitest';
import { describedServer } from '../openapi-document.ts';
import { validatorCompiler } from './validation.ts';

interface Answer {
  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
}

test('the schemas of all requests and answers can be compiled', async () => {
  const routes: { method: string; url: string; schema: FastifySchema }[] = [];
  const server = describedServer((described) => {
    described.addHook('onRoute', ({ method, url, schema }) => {
      if (schema) routes.push({ method: String(method), url, schema });
    });
  });
  await server.ready();
  await server.close();
  expect(routes.length).toBeGreaterThan(50);

  const answers = new Set<object>();
  const requests = new Map<unknown, string>();
  for (const { schema } of routes) {
    for (const answer of Object.values((schema.response ?? {}) as Record<string, Answer>))
      if (answer.content === undefined) answers.add(answer);
      else for (const { schema: own } of Object.values(answer.content)) answers.add(own);
    for (const part of ['body', 'querystring', 'params', 'headers'] as const)
      if (schema[part] !== undefined) requests.set(schema[part], part);
  }
  expect(answers.size).toBeGreaterThan(30);
  for (const answer of answers) expect(fastJsonStringify(answer)).toBeInstanceOf(Function);
  expect(requests.size).toBeGreaterThan(30);
  for (const [schema, httpPart] of requests) {
    const validate = validatorCompiler({ schema: schema as never, method: 'GET', url: '/', httpPart });
    // compiles, whatever it says of nothing
    expect(() => validate({})).not.toThrow();
  }
});

import { readdir, readFile } from 'node:fs/promises';
import SwaggerParser from '@apidevtools/swagger-parser';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { beforeAll, describe, expect, it } from 'vitest';
import committed from '../openapi/openapi.json' with { type: 'json' };
import { makeOpenApiDocument } from './openapi-document.ts';

interface Media {
  schema: object;
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}
interface Operation {
  operationId: string;
  summary: string;
  tags: string[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, { description: string; content?: Record<string, Media> }>;
}

const document = committed as unknown as {
  paths: Record<string, Record<string, Operation>>;
  components: object;
};
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    name: `${method.toUpperCase()} ${path}`,
    path,
    method,
    operation,
  })),
);

describe('the OpenAPI document', () => {
  it('is what the routes say: run `npm run openapi` after changing one', async () => {
    expect(await makeOpenApiDocument()).toEqual(committed);
  });

  it('is valid OpenAPI 3.1', async () => {
    const parsed = await SwaggerParser.validate(structuredClone(committed) as never);
    expect(parsed).toMatchObject({ openapi: '3.1.0' });
  });

  it('names every operation once', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe.each(operations)('$name', ({ operation }) => {
  let ajv: Ajv2020;
  beforeAll(() => {
    ajv = new Ajv2020({ strict: false });
    addFormats.default(ajv);
    ajv.addSchema({ $id: 'document', components: document.components });
  });
  const bodies = [
    ...Object.entries(operation.requestBody?.content ?? {}).map(
      ([type, media]) => [`request ${type}`, media] as const,
    ),
    ...Object.entries(operation.responses).flatMap(([status, { content = {} }]) =>
      Object.entries(content).map(([type, media]) => [`${status} ${type}`, media] as const),
    ),
  ];

  it('is described', () => {
    expect(operation.summary).toMatch(/\w/);
    expect(operation.tags).toHaveLength(1);
    for (const response of Object.values(operation.responses)) {
      expect(response.description).not.toBe('Default Response');
    }
  });

  it('says how it fails', () => {
    const errors = Object.entries(operation.responses).filter(([status]) => /^[45]/.test(status));
    expect(errors.map(([status]) => status)).toContain('500');
    for (const [, { content }] of errors) {
      expect(Object.keys(content ?? {})).toEqual([expect.stringMatching(/^application\/(problem\+)?json$/)]);
    }
  });

  it('has examples that match their schemas', () => {
    for (const [what, { schema, example, examples }] of bodies) {
      const values = [
        ...(example === undefined ? [] : [example]),
        ...Object.values(examples ?? {}).map(({ value }) => value),
      ];
      if (!what.includes('octet-stream')) expect(values.length, what).toBeGreaterThan(0);
      const validate = ajv.compile(
        JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"document#/components')) as object,
      );
      for (const value of values) {
        expect(validate(value), `${what}: ${JSON.stringify(validate.errors)}`).toBe(true);
      }
    }
  });
});

describe('the example requests', () => {
  it('show every operation', async () => {
    const folder = new URL('../openapi/examples/', import.meta.url);
    const files = await readdir(folder);
    const texts = await Promise.all(files.map((file) => readFile(new URL(file, folder), 'utf8')));
    const shown = texts
      .join('\n')
      .split('\n')
      .filter((line) => /^(GET|POST|PUT|PATCH|DELETE) /.test(line))
      .map((line) =>
        line
          .replace('{{base}}', '')
          .replace(/ HTTP.*$/, '')
          .replace(/\?.*$/, ''),
      );
    for (const { name, path, method } of operations) {
      const pattern = new RegExp(`^${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
      expect(
        shown.some((line) => pattern.test(line)),
        name,
      ).toBe(true);
    }
  });
});

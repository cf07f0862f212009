/**
 * The OpenAPI 3.1 document at /openapi.json and Swagger UI at /docs, which loads everything from this server.
 * The document is made from the routes by `npm run openapi` and committed; a running process serves the committed one, so
 * that it is the same whatever planes the process has.
 */
import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { TSchema } from 'typebox';
import type { HttpServer } from './server.ts';

export type OpenApiDocument = Readonly<Record<string, unknown>>;

const openapi = {
  openapi: '3.1.0',
  info: {
    title: 'Unroll',
    version: '1',
    description:
      'Trains recurrent neural networks on your data and serves them. Upload a dataset, start a training job, watch it, and ask the model for predictions; the model is also an ONNX file to take away.\n\nErrors are `application/problem+json` (RFC 9457) with a stable `code`. Lists are newest first, with `limit` and `after`. Times are RFC 3339 in UTC.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/', description: 'This server.' }],
  tags: [
    { name: 'datasets', description: 'Uploads: validated, profiled, immutable.' },
    {
      name: 'training jobs',
      description: 'One run of the trainer, from a dataset and a specification to a model.',
    },
    {
      name: 'models',
      description: 'Named things with numbered versions, each one ONNX file with its lineage.',
    },
    { name: 'predictions', description: 'Raw values in, raw values out.' },
    { name: 'streams', description: 'Models held open: one step in, one output out.' },
    {
      name: 'open inference protocol',
      description: 'Tensors in, tensors out, for clients of KServe and Triton.',
    },
    { name: 'webhooks', description: 'Who is told of jobs and datasets, by Standard Webhooks.' },
    { name: 'operations', description: 'For those who run the service.' },
  ],
} as const;

/** Collects the routes that are registered afterwards into a document. */
export function registerOpenApiGenerator(server: HttpServer): void {
  server.register(swagger, {
    openapi: structuredClone(openapi) as unknown as NonNullable<FastifyDynamicSwaggerOptions['openapi']>,
    convertConstToEnum: false,
    transform: ({ schema, url }) => ({
      schema: {
        ...schema,
        ...(schema.body !== undefined && { body: bodyAsRequested(schema.body as JsonSchema) }),
        ...(schema.querystring !== undefined && {
          querystring: asRequested(schema.querystring as JsonSchema),
        }),
      },
      url,
    }),
    transformObject: (document) =>
      withComponents('openapiObject' in document ? document.openapiObject : document.swaggerObject),
  });
}

/** Serves a finished document and Swagger UI. */
export function registerOpenApi(server: HttpServer, document: OpenApiDocument): void {
  const json = JSON.stringify(document);
  server.register(swagger, {
    mode: 'static',
    specification: { document: structuredClone(document) as never },
  });
  server.register(swaggerUi, {
    routePrefix: '/docs',
    validatorUrl: false,
    theme: { title: 'Unroll API' },
    // BaseLayout: without a bar of the library's own.
    uiConfig: { layout: 'BaseLayout', deepLinking: true, docExpansion: 'list', displayRequestDuration: true },
    // Nothing from another host: scripts, styles and requests stay here.
    staticCSP: {
      'default-src': "'none'",
      'script-src': "'self'",
      'style-src': ["'self'", "'unsafe-inline'"],
      'img-src': ["'self'", 'data:'],
      'font-src': ["'self'", 'data:'],
      'connect-src': "'self'",
      'base-uri': "'none'",
      'form-action': "'self'",
      'frame-ancestors': "'none'",
    },
  });
  server.get('/openapi.json', { config: { etag: true }, schema: { hide: true } }, (_request, reply) =>
    reply.type('application/json').send(json),
  );
}

type JsonSchema = Readonly<Record<string, unknown>>;

/** Of a body that is one of several media types, each by itself. */
function bodyAsRequested(body: JsonSchema): JsonSchema {
  if (body.content === undefined) return asRequested(body);
  const media = Object.entries(body.content as Readonly<Record<string, { schema: TSchema }>>);
  return {
    content: Object.fromEntries(media.map(([type, { schema }]) => [type, { schema: asRequested(schema) }])),
  };
}

/** What a caller has to send: a field with a default is always there afterwards, but need not be sent. */
function asRequested(schema: JsonSchema | TSchema): JsonSchema {
  const walk = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(walk);
    if (typeof node !== 'object' || node === null) return node;
    const { examples, default: fallback, ...rest } = node as JsonSchema;
    const copy: Record<string, unknown> = Object.fromEntries(
      Object.entries(rest).map(([key, value]) => [key, walk(value)]),
    );
    if (examples !== undefined) copy.examples = examples;
    if (fallback !== undefined) copy.default = fallback;
    if (Array.isArray(copy.required)) {
      const properties = (copy.properties ?? {}) as Record<string, JsonSchema>;
      const required = (copy.required as string[]).filter((name) => !('default' in (properties[name] ?? {})));
      if (required.length > 0) copy.required = required;
      else delete copy.required;
    }
    // The titled schema is that of an answer, where defaults are filled in: this one is another.
    if ('properties' in copy) delete copy.title;
    return copy;
  };
  return { ...(walk(schema) as JsonSchema), ...('title' in schema && { title: schema.title }) };
}

/** The texts of a union of nothing but fixed texts, which an `enum` says better. */
function choicesOf(schema: Readonly<Record<string, unknown>>): readonly string[] | null {
  if (!Array.isArray(schema.anyOf)) return null;
  const choices = (schema.anyOf as readonly JsonSchema[]).map((branch) => branch.const);
  return choices.every((choice) => typeof choice === 'string') ? choices : null;
}

/** Moves every schema with a title to `components.schemas`, so that a reader meets each thing once, under its name. */
function withComponents<Document extends object>(document: Document): Document {
  const schemas: Record<string, unknown> = {};
  const walk = (node: unknown, isExample: boolean): unknown => {
    if (Array.isArray(node)) return node.map((item) => walk(item, isExample));
    if (typeof node !== 'object' || node === null || isExample) return node;
    const copy = Object.fromEntries(
      Object.entries(node).map(([key, value]) => [
        key,
        walk(value, key === 'example' || key === 'examples' || key === 'default' || key === 'info'),
      ]),
    );
    const choices = choicesOf(copy);
    if (choices !== null) {
      delete copy.anyOf;
      Object.assign(copy, { type: 'string', enum: choices });
    }
    const { title } = copy;
    if (typeof title !== 'string' || !('type' in copy || 'anyOf' in copy)) return copy;
    const schema = Object.fromEntries(Object.entries(copy).filter(([key]) => key !== 'title'));
    const present = schemas[title];
    if (present !== undefined && JSON.stringify(present) !== JSON.stringify(schema)) {
      throw new Error(`internal: two schemas have the title ${title}`);
    }
    schemas[title] = schema;
    return { $ref: `#/components/schemas/${title}` };
  };
  const walked = walk(document, false) as Document & { components?: object };
  const sorted = Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { ...walked, components: { ...walked.components, schemas: sorted } };
}

/** The `response` entries of routes: a schema, what it means, and an example that the tests check against it. */
import { Type, type Static, type TSchema } from 'typebox';

export const answer = <Schema extends TSchema>(
  schema: Schema,
  description: string,
  example: Static<Schema>,
  headers: Readonly<Record<string, string>> = {},
): { description: string; content: { 'application/json': { schema: Schema } } } => ({
  description,
  content: { 'application/json': { schema, example } as { schema: Schema } },
  ...(Object.keys(headers).length > 0 && {
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, meaning]) => [name, { type: 'string', description: meaning }]),
    ),
  }),
});

export const noContent = (description: string) => Type.Null({ description });

/** Of routes with `config: { etag: true }`: the header of their answer, and the other answer. */
export const etagHeader = { ETag: 'For If-None-Match.' };
export const unchanged = noContent('Nothing has changed since the answer that If-None-Match names.');

export const nullable = <Schema extends Parameters<typeof Type.Union>[0][number]>(
  schema: Schema,
  description: string,
) => Type.Union([schema, Type.Null()], { description });

/** A date as it stands on the wire. */
export const Timestamp = Type.String({ format: 'date-time', description: 'RFC 3339, UTC.' });

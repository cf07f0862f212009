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

/** A date as it stands on the wire. */
export const Timestamp = Type.String({ format: 'date-time', description: 'RFC 3339, UTC.' });

/** Cursor lists: `?limit=` and `?after=<id>`; newest first. */
import { Type, type TProperties, type TSchema } from 'typebox';
import { UnrollError } from '../../domain/errors/unroll-error.ts';
import type { Page, PageRequest } from '../../domain/ports/page.ts';
import { preview } from './preview.ts';

export const Limit = Type.Integer({
  minimum: 1,
  maximum: 100,
  default: 20,
  description: 'How many items at most.',
});

/** The query of a list whose ids start with `prefix`, with the filters of the resource. */
export const listQuery = <Filters extends TProperties>(prefix: string, filters: Filters) =>
  Type.Object(
    {
      limit: Limit,
      after: Type.Optional(
        Type.String({
          pattern: `^${prefix}_[0-9a-f]{32}$`,
          description: 'the id in `next` of the page before',
        }),
      ),
      created_after: Type.Optional(
        Type.String({ format: 'date-time', description: 'Only what was created after this time.' }),
      ),
      ...filters,
    },
    { additionalProperties: false },
  );

/** The part of a list's query that is the same for all. */
export const pageRequest = (query: {
  limit: number;
  after?: string;
  created_after?: string;
}): PageRequest => ({
  limit: query.limit,
  ...(query.after !== undefined && { after: query.after }),
  ...(query.created_after !== undefined && { createdAfter: readTime(query.created_after) }),
});

/** Within what databases can compare with: nothing is older than the epoch of Unix, and no year has five digits. */
const firstTime = 0;
const lastTime = Date.UTC(9999, 11, 31);

/** Throws `invalid_request` for what the format lets pass and no calendar has. */
function readTime(text: string): Date {
  // A leap second is allowed on the wire; Date knows none.
  const time = Date.parse(text.replace(/:60(?=[^:]*$|[^:]*[+-]\d\d:?\d\d$)/, ':59'));
  if (Number.isNaN(time)) {
    const message = `expected an RFC 3339 time such as 2026-01-31T12:00:00Z, got ${preview(text)}`;
    throw new UnrollError('invalid_request', `The query is not as expected: /created_after ${message}`, {
      errors: [{ pointer: '/created_after', message }],
    });
  }
  return new Date(Math.min(Math.max(time, firstTime), lastTime));
}

export const listOf = <Item extends TSchema>(item: Item, title: string) =>
  Type.Object(
    {
      data: Type.Array(item),
      has_more: Type.Boolean(),
      next: Type.Union([Type.String(), Type.Null()], {
        description: 'Give it as `after` to get the next page; null at the end.',
      }),
    },
    { title, additionalProperties: false },
  );

/** The example of a list. */
export const firstPage = <Wire>(item: Wire): { data: Wire[]; has_more: boolean; next: string | null } => ({
  data: [item],
  has_more: false,
  next: null,
});

export const presentPage = <Item, Wire>(
  page: Page<Item>,
  present: (item: Item) => Wire,
  cursor: (item: Item) => string,
): { data: Wire[]; has_more: boolean; next: string | null } => {
  const last = page.data.at(-1);
  return {
    data: page.data.map(present),
    has_more: page.hasMore,
    next: page.hasMore && last !== undefined ? cursor(last) : null,
  };
};

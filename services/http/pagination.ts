/** Cursor lists: `?limit=` and `?after=<id>`; newest first. */
import { Type, type TProperties, type TSchema } from 'typebox';
import type { Page, PageRequest } from '../../domain/ports/page.ts';

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
  ...(query.created_after !== undefined && { createdAfter: new Date(query.created_after) }),
});

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

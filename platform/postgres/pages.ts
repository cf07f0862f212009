/** Cursor lists, newest first, on ids that sort by time. */
import type { Page, PageRequest } from '../../domain/ports/page.ts';

export const newestFirst = { id: 'desc' } as const;

/** The conditions and the size (one more than asked for: whether there is more) of a page. */
export const pageWhere = ({ after, createdAfter }: PageRequest) => ({
  ...(after !== undefined && { id: { lt: after } }),
  ...(createdAfter !== undefined && { createdAt: { gt: createdAfter } }),
});

export const pageOf = <Row, Item>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
): Page<Item> => ({ data: rows.slice(0, limit).map(toItem), hasMore: rows.length > limit });

/** PostgreSQL refuses text with a NUL, and no stored text has one: nothing matches it. */
export const isStorable = (text: string | undefined): boolean => text?.includes('\0') !== true;

export const emptyPage = { data: [], hasMore: false } as const;

/** Cursor lists, newest first: `after` is the id of the last item seen; ids are time-ordered. */
export interface PageRequest {
  readonly limit: number;
  readonly after?: string;
  readonly createdAfter?: Date;
}

export interface Page<Item> {
  readonly data: readonly Item[];
  readonly hasMore: boolean;
}

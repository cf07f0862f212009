/** What a worker and its ingest child say to each other: one order, one answer. */
import type { IngestOptions, IngestResult } from '../../datasets/formats/ingest.ts';

export type IngestOrder = Omit<IngestOptions, 'signal'>;

export type IngestReport =
  | { readonly type: 'finished'; readonly result: IngestResult }
  | { readonly type: 'failed'; readonly code: string | null; readonly log: string };

/** A CSV file that nothing more is said of → canonical table with a profile. */
import type { IngestOptions, IngestResult } from './ingest.ts';
import { ingestUpload } from './ingest-upload.ts';

type CsvOptions = Omit<IngestOptions, 'format' | 'reading' | 'maxUnpackedBytes'>;

export const ingestCsv = (o: CsvOptions): Promise<IngestResult> =>
  ingestUpload({ ...o, format: 'csv', reading: {}, maxUnpackedBytes: Infinity });

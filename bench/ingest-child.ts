/** Reads one upload in a process of its own, as the ingest worker's child does: seconds, rows, and the most memory that it took. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ingestUpload } from '../datasets/formats/ingest-upload.ts';
import type { DatasetFormat } from '../domain/datasets/dataset-format.ts';

const [sourcePath = '', format = ''] = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'unroll-ingest-'));
try {
  const start = performance.now();
  const result = await ingestUpload({
    sourcePath,
    format: format as DatasetFormat,
    reading: format === 'text' ? { text_rows: 'line' } : {},
    tablePath: join(folder, 'table.parquet'),
    workDirectory: folder,
    onBadRows: 'reject',
    maxUnpackedBytes: 64 * 1024 ** 3,
  });
  if (result.status !== 'ready') throw new Error(JSON.stringify(result.problems[0]));
  const seconds = (performance.now() - start) / 1000;
  console.log(JSON.stringify({ seconds, rows: result.rowCount, rss: process.resourceUsage().maxRSS * 1024 }));
} finally {
  await rm(folder, { recursive: true, force: true });
}

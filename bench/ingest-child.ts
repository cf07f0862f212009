/** Reads one upload in a process of its own, as the ingest worker's child does: seconds, rows, processor time, and the most memory that it took. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ingestUpload } from '../datasets/formats/ingest-upload.ts';
import type { DatasetFormat } from '../domain/datasets/dataset-format.ts';

const [sourcePath = '', format = ''] = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'unroll-ingest-'));
try {
  const start = performance.now();
  const used = process.cpuUsage();
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
  const { user, system } = process.cpuUsage(used);
  const cpuSeconds = (user + system) / 1e6;
  const rss = process.resourceUsage().maxRSS * 1024;
  console.log(JSON.stringify({ seconds, cpuSeconds, rows: result.rowCount, rss }));
} finally {
  await rm(folder, { recursive: true, force: true });
}

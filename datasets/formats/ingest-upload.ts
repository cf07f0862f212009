/** An upload of any format → canonical table with a profile, or the problems that it has. Leaves nothing else behind. */
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatasetFormat } from '../../domain/datasets/dataset-format.ts';
import { readArchive } from './archive.ts';
import { readDelimited } from './delimited.ts';
import type { IngestOptions, IngestResult, Reader } from './ingest.ts';
import { readJson, readNdjson } from './json.ts';
import { readParquet } from './parquet.ts';
import { readText } from './text.ts';
import { unpack } from './unpack.ts';
import { UnusableFile } from './unusable-file.ts';

const readers: Record<DatasetFormat, Reader> = {
  csv: readDelimited,
  tsv: readDelimited,
  ndjson: readNdjson,
  json: readJson,
  parquet: readParquet,
  text: readText,
  zip: readArchive,
  tar: readArchive,
};

export async function ingestUpload(o: IngestOptions): Promise<IngestResult> {
  const folder = await mkdtemp(join(o.workDirectory, 'ingest-'));
  const partialPath = `${o.tablePath}.part`;
  try {
    const unpacked = await unpack({
      path: o.sourcePath,
      folder,
      maxBytes: o.maxUnpackedBytes,
      ...(o.signal && { signal: o.signal }),
    });
    const result = await readers[o.format]({ ...o, sourcePath: unpacked.path, folder, partialPath });
    o.signal?.throwIfAborted();
    if (result.status === 'ready') await rename(partialPath, o.tablePath);
    return result;
  } catch (error) {
    if (error instanceof UnusableFile)
      return { status: 'rejected', problems: [...error.problems], problemCount: error.problemCount };
    throw error;
  } finally {
    await rm(partialPath, { force: true });
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * ZIP and TAR of recordings or images → a table with a column `audio` or `image` beside what is known of each file. Files are
 * decoded one after the other and put away in parts, so that memory holds few of them at a time.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { blobValue, type DuckDBConnection } from '@duckdb/node-api';
import type { DatasetProblem } from '../../domain/datasets/dataset.ts';
import { literal } from '../tables/duckdb.ts';
import { openArchive, type ArchiveFile } from './archive-entries.ts';
import { layOut, type ArchiveLayout } from './archive-layout.ts';
import { audioEncoding, decodeAudio } from './decode-audio.ts';
import { decodeImage, imageEncoding } from './decode-image.ts';
import type { IngestResult, ReaderOptions } from './ingest.ts';
import { withIngestDatabase } from './ingest-database.ts';
import { byRow, writeTypedTable } from './typed-table.ts';
import { UnreadableMedia } from './unreadable-media.ts';
import { excerpt, maxListedProblems, wholeFile } from './unusable-file.ts';

type Kind = 'audio' | 'image';

/** A file as it is put away: three whole numbers and bytes, and what the table makes of them. */
interface Medium {
  readonly measures: readonly [number, number, number];
  readonly bytes: Uint8Array;
  /** Channels of the file. */
  readonly channels: number;
}

const decoders: Record<Kind, (bytes: Buffer) => Promise<Medium>> = {
  audio: async (bytes) => {
    const { sampleRate, samples, channels } = await decodeAudio(bytes);
    const raw = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
    return { measures: [sampleRate, 0, 0], bytes: raw, channels };
  },
  image: async (bytes) => {
    const { width, height, channels, pixels } = await decodeImage(bytes);
    return { measures: [width, height, channels], bytes: pixels, channels };
  },
};

const structs: Record<Kind, string> = {
  audio: `struct_pack(sample_rate := m0, samples := bytes)`,
  image: `struct_pack(width := m0, height := m1, channels := m2, pixels := bytes)`,
};

/** Decoded bytes of one part: what is in memory at a time. Parts become row groups of the table, which training reads one after the other. */
const partBytes = 8 * 1024 * 1024;
const maxPartRows = 2048;

/** By the first file that is one or the other. */
async function kindOf(files: readonly ArchiveFile[]): Promise<Kind> {
  for (const file of files.slice(0, 20)) {
    const bytes = await readFile(file).catch(() => Buffer.alloc(0));
    if (audioEncoding(bytes) !== null) return 'audio';
    if (imageEncoding(bytes) !== null) return 'image';
  }
  throw wholeFile(
    'unknown_format',
    'expected WAV, FLAC, MP3, OGG, PNG or JPEG files in the archive, got others',
  );
}

async function readFile(file: ArchiveFile): Promise<Buffer> {
  try {
    return await file.read();
  } catch (error) {
    throw new UnreadableMedia(
      'damaged',
      `expected a whole file, got one that is not: ${(error as Error).message}`,
    );
  }
}

/** Rows on their way into the parts. */
class Parts {
  readonly paths: string[] = [];
  private rows: { place: number; cells: readonly (string | null)[]; medium: Medium }[] = [];
  private bytes = 0;
  private readonly connection: DuckDBConnection;
  private readonly folder: string;
  private readonly width: number;

  constructor(connection: DuckDBConnection, folder: string, width: number) {
    this.connection = connection;
    this.folder = folder;
    this.width = width;
  }

  async add(place: number, cells: readonly (string | null)[], medium: Medium): Promise<void> {
    this.rows.push({ place, cells, medium });
    this.bytes += medium.bytes.length;
    if (this.bytes >= partBytes || this.rows.length === maxPartRows) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.rows.length === 0) return;
    const { connection } = this;
    const cells = Array.from({ length: this.width }, (_, i) => `k${i} VARCHAR, `).join('');
    await connection.run(
      `CREATE OR REPLACE TABLE part (place BIGINT, ${cells}m0 INTEGER, m1 INTEGER, m2 INTEGER, bytes BLOB)`,
    );
    const appender = await connection.createAppender('part');
    for (const { place, cells: texts, medium } of this.rows) {
      appender.appendBigInt(BigInt(place));
      for (let i = 0; i < this.width; i++) {
        const text = texts[i] ?? null;
        if (text === null) appender.appendNull();
        else appender.appendVarchar(text);
      }
      for (const measure of medium.measures) appender.appendInteger(measure);
      appender.appendBlob(blobValue(medium.bytes).bytes);
      appender.endRow();
    }
    appender.closeSync();
    const path = join(this.folder, `part-${this.paths.length}.parquet`);
    await connection.run(
      `COPY (SELECT * FROM part ORDER BY place) TO ${literal(path)} (FORMAT parquet, COMPRESSION lz4, USE_TMP_FILE false)`,
    );
    this.paths.push(path);
    this.rows = [];
    this.bytes = 0;
  }
}

interface Decoded {
  readonly paths: readonly string[];
  readonly rows: number;
  readonly bytes: number;
  readonly badRows: number[];
  readonly problems: DatasetProblem[];
  readonly channels: ReadonlyMap<number, number>;
}

async function decodeAll(
  connection: DuckDBConnection,
  kind: Kind,
  layout: ArchiveLayout,
  o: ReaderOptions,
): Promise<Decoded> {
  const parts = new Parts(connection, join(o.folder, 'spill'), layout.names.length);
  const channels = new Map<number, number>();
  const badRows: number[] = [];
  const problems: DatasetProblem[] = [];
  let rows = 0;
  let bytes = 0;
  for (const { file, row, cells } of layout.rows) {
    o.signal?.throwIfAborted();
    let medium: Medium;
    try {
      medium = await decoders[kind](await readFile(file));
    } catch (error) {
      if (!(error instanceof UnreadableMedia)) throw error;
      badRows.push(row);
      if (problems.length < maxListedProblems)
        problems.push({
          row,
          column: kind,
          code: error.code,
          message: `"${excerpt(file.name)}": ${error.message}`,
        });
      continue;
    }
    bytes += medium.bytes.length;
    if (bytes > o.maxUnpackedBytes)
      throw wholeFile(
        'too_large_unpacked',
        `expected at most ${o.maxUnpackedBytes} bytes when decoded, got more`,
      );
    await parts.add(rows, cells, medium);
    channels.set(medium.channels, (channels.get(medium.channels) ?? 0) + 1);
    rows += 1;
  }
  await parts.flush();
  return { paths: parts.paths, rows, bytes, badRows, problems, channels };
}

export async function readArchive(o: ReaderOptions): Promise<IngestResult> {
  const archive = await openArchive(o.format === 'tar' ? 'tar' : 'zip', {
    path: o.sourcePath,
    folder: o.folder,
    maxBytes: o.maxUnpackedBytes,
  });
  try {
    const layout = await layOut(archive, o);
    const media = layout.rows.map(({ file }) => file);
    const early = byRow(layout.problems);
    if (layout.problemCount > 0 && (o.onBadRows === 'reject' || media.length === 0))
      return { status: 'rejected', problems: early, problemCount: layout.problemCount };
    const kind = await kindOf(media);
    if (layout.names.includes(kind))
      throw wholeFile(
        'duplicate_column',
        `expected no column "${kind}" in the metadata: it is made of the files`,
      );
    await mkdir(join(o.folder, 'spill'), { recursive: true });
    return await withIngestDatabase(o, [], async (connection) => {
      const decoded = await decodeAll(connection, kind, layout, o);
      const problems = byRow([...layout.problems, ...decoded.problems]);
      const problemCount = layout.problemCount + decoded.badRows.length;
      if (decoded.rows === 0) return { status: 'rejected', problems, problemCount };
      const result = await writeTypedTable(
        connection,
        {
          source: `(SELECT *, ${structs[kind]} AS media FROM read_parquet([${decoded.paths.map(literal).join(', ')}]))`,
          place: 'place',
          columns: [
            ...layout.names.map((name, index) => ({
              name,
              id: `k${index}`,
              ...(name === 'file_name' && { allowed: ['text'] as const }),
            })),
            { name: kind, id: 'media', ready: kind },
          ],
          badRows: [...new Set([...layout.badRows, ...decoded.badRows])].toSorted((a, b) => a - b),
          problems,
          problemCount,
          rowGroupRows: Math.max(
            1,
            Math.min(122_880, Math.floor((partBytes * decoded.rows) / decoded.bytes)),
          ),
        },
        o,
      );
      return kind === 'audio' && result.status === 'ready' ? withChannels(result, decoded.channels) : result;
    });
  } finally {
    archive.close();
  }
}

/** Recordings are stored as one channel: how many the files had is told from what was decoded. */
function withChannels(
  result: Extract<IngestResult, { status: 'ready' }>,
  counted: ReadonlyMap<number, number>,
): IngestResult {
  const channels = [...counted]
    .map(([number, rows]) => ({ channels: number, rows }))
    .toSorted((a, b) => b.rows - a.rows);
  const columns = result.columns.map((column) =>
    column.audio === undefined || column.audio === null
      ? column
      : { ...column, audio: { ...column.audio, channels } },
  );
  return { ...result, columns };
}

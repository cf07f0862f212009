/** NDJSON (an object a line) and JSON (`[{…}, …]`, or `{"rows": [{…}, …]}` with other fields beside) → a table. */
import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parser } from 'stream-json';
import { pick } from 'stream-json/filters/pick.js';
import { streamArray } from 'stream-json/streamers/stream-array.js';
import { columnId } from '../tables/canonical-table.ts';
import { rowsSql } from './csv-sql.ts';
import { maxRowBytes } from './csv-rows.ts';
import { commas } from './dialect.ts';
import type { IngestResult, ReaderOptions } from './ingest.ts';
import { withIngestDatabase } from './ingest-database.ts';
import { ObjectRows } from './object-rows.ts';
import { toUtf8 } from './to-utf8.ts';
import { writeTypedTable } from './typed-table.ts';
import { UnusableFile, wholeFile } from './unusable-file.ts';
import { firstBytes } from './unpack.ts';

type Fill = (path: string, rows: ObjectRows) => Promise<void>;

async function readObjects(o: ReaderOptions, fill: Fill): Promise<IngestResult> {
  const { folder, signal } = o;
  const path = await toUtf8({
    path: o.sourcePath,
    folder,
    charset: o.reading.charset,
    ...(signal && { signal }),
  });
  const rowsPath = join(folder, 'rows.csv');
  const rows = new ObjectRows(rowsPath);
  try {
    await fill(path, rows);
    await rows.end();
  } finally {
    rows.destroy();
  }
  const { columns, badRows, problems } = rows;
  if (rows.rowCount === 0 || columns.length === 0)
    return { status: 'rejected', problems, problemCount: badRows.length };
  return withIngestDatabase(o, [rowsPath], (connection) =>
    writeTypedTable(
      connection,
      {
        // Rows before a column first came are shorter.
        source: `(SELECT *, row_number() OVER () - 1 AS place FROM ${rowsSql(rowsPath, columns.length, commas, ['null_padding = true', 'parallel = false'])})`,
        place: 'place',
        columns: columns.map(({ name, allowed }, index) => ({ name, id: columnId(index), allowed })),
        badRows,
        problems,
        problemCount: badRows.length,
      },
      o,
    ),
  );
}

/** Lines of a file as bytes, none longer than a row may be. */
async function* lines(path: string, signal: AbortSignal | undefined): AsyncIterable<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  const source = createReadStream(path, { highWaterMark: 1024 * 1024, ...(signal && { signal }) });
  for await (const chunk of source as AsyncIterable<Buffer>) {
    let buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let end = buffer.indexOf(10); end !== -1; end = buffer.indexOf(10)) {
      yield buffer.subarray(0, end);
      buffer = buffer.subarray(end + 1);
    }
    if (buffer.length > maxRowBytes)
      throw wholeFile('row_too_long', `expected rows of at most ${maxRowBytes} bytes, got a longer one`);
    rest = buffer;
  }
  if (rest.length > 0) yield rest;
}

async function fillFromLines(path: string, rows: ObjectRows, signal: AbortSignal | undefined): Promise<void> {
  for await (const line of lines(path, signal)) {
    const marked = rows.rowNumber === 0 && line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf;
    const bytes = marked ? line.subarray(3) : line;
    if (!isUtf8(bytes)) {
      rows.refuse('invalid_utf8', 'expected text in UTF-8, got other bytes');
      continue;
    }
    const text = bytes.toString('utf8').trim();
    if (text === '') continue;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      rows.refuse('invalid_json', `expected JSON, got something else: ${(error as Error).message}`);
      continue;
    }
    await rows.add(value);
  }
}

/** The rows of an NDJSON file in UTF-8, written to `rowsPath`. */
export async function ndjsonRows(
  path: string,
  rowsPath: string,
  signal: AbortSignal | undefined,
): Promise<ObjectRows> {
  const rows = new ObjectRows(rowsPath);
  try {
    await fillFromLines(path, rows, signal);
    await rows.end();
    return rows;
  } finally {
    rows.destroy();
  }
}

export const readNdjson = (o: ReaderOptions): Promise<IngestResult> =>
  readObjects(o, (path, rows) => fillFromLines(path, rows, o.signal));

/** Refuses what is nested more deeply than a table can be, before anything is built from it. */
function depthLimit(): Transform {
  let depth = 0;
  return new Transform({
    objectMode: true,
    transform(token: { name: string }, _, done) {
      if (token.name === 'startObject' || token.name === 'startArray') depth += 1;
      else if (token.name === 'endObject' || token.name === 'endArray') depth -= 1;
      if (depth > 16)
        done(wholeFile('too_deep', 'expected rows of plain values, got nesting of more than 16'));
      else done(null, token);
    },
  });
}

export const readJson = (o: ReaderOptions): Promise<IngestResult> =>
  readObjects(o, async (path, rows) => {
    const head = (await firstBytes(path, 4096))
      .toString('utf8')
      .replace(/^\uFEFF/, '')
      .trimStart();
    if (!head.startsWith('[') && !head.startsWith('{'))
      throw wholeFile('invalid_json', 'expected [{…}, …] or {"rows": [{…}, …]}, got something else');
    const isArray = head.startsWith('[');
    const stages: NodeJS.ReadWriteStream[] = [
      parser.asStream({ packValues: true, streamValues: false }),
      depthLimit(),
      ...(isArray ? [] : [pick.asStream({ filter: 'rows' })]),
      streamArray.asStream(),
    ];
    try {
      await pipeline([
        createReadStream(path, { encoding: 'utf8' }),
        ...stages,
        async (found: AsyncIterable<{ value: unknown }>) => {
          for await (const { value } of found) await rows.add(value);
        },
      ] as unknown as [Readable, Transform]);
    } catch (error) {
      if (error instanceof UnusableFile || o.signal?.aborted === true) throw error;
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw error;
      throw wholeFile(
        'invalid_json',
        `expected JSON, got something else after row ${rows.rowNumber}: ${(error as Error).message}`,
      );
    }
  });

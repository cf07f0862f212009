/** NDJSON (an object a line) and JSON (`[{…}, …]`, or `{"rows": [{…}, …]}` with other fields beside) → a table. */
import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { columnId } from '../tables/canonical-table.ts';
import { rowsSql } from './csv-sql.ts';
import { maxRowBytes } from './csv-rows.ts';
import { commas } from './dialect.ts';
import type { IngestResult, ReaderOptions } from './ingest.ts';
import { withIngestDatabase } from './ingest-database.ts';
import { eachJsonRow } from './json-rows.ts';
import { notJson } from './not-json.ts';
import { ObjectRows } from './object-rows.ts';
import { repeatedKey } from './repeated-key.ts';
import { toUtf8 } from './to-utf8.ts';
import { writeTypedTable } from './typed-table.ts';

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
async function* lines(
  path: string,
  rows: ObjectRows,
  signal: AbortSignal | undefined,
): AsyncIterable<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  const source = createReadStream(path, { highWaterMark: 1024 * 1024, ...(signal && { signal }) });
  for await (const chunk of source as AsyncIterable<Buffer>) {
    let buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let end = buffer.indexOf(10); end !== -1; end = buffer.indexOf(10)) {
      yield buffer.subarray(0, end);
      buffer = buffer.subarray(end + 1);
    }
    if (buffer.length > maxRowBytes) throw rows.tooLong();
    rest = buffer;
  }
  if (rest.length > 0) yield rest;
}

async function fillFromLines(path: string, rows: ObjectRows, signal: AbortSignal | undefined): Promise<void> {
  for await (const line of lines(path, rows, signal)) {
    const marked = rows.rowNumber === 0 && line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf;
    const bytes = marked ? line.subarray(3) : line;
    if (!isUtf8(bytes)) {
      rows.refuse(
        'invalid_utf8',
        'expected text in UTF-8, got other bytes; say what it is in, for instance with Content-Type: application/x-ndjson; charset=iso-8859-1',
      );
      continue;
    }
    const text = bytes.toString('utf8').trim();
    if (text === '') continue;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      rows.refuse('invalid_json', notJson(text, error as Error));
      continue;
    }
    await rows.add(value, repeatedKey(text, Object.keys(value ?? {}).length));
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

export const readJson = (o: ReaderOptions): Promise<IngestResult> =>
  readObjects(o, (path, rows) => eachJsonRow(path, (row, repeated) => rows.add(row, repeated), o.signal));

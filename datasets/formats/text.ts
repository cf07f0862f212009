/**
 * Plain text → one column `text`: the document as one row, or a row for each paragraph (blank lines between) or line. Blank
 * lines and paragraphs are no rows.
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { IngestResult, ReaderOptions } from './ingest.ts';
import { withIngestDatabase } from './ingest-database.ts';
import { notUtf8, toUtf8 } from './to-utf8.ts';
import { writeTypedTable } from './typed-table.ts';
import { excerpt, wholeFile } from './unusable-file.ts';

/** Longest row: a text is held in memory as one. */
export const maxTextBytes = 64 * 1024 * 1024;

const tooLong = (found: string): Error =>
  wholeFile(
    'text_too_long',
    `expected texts of at most ${maxTextBytes} bytes, got ${found}; upload it with ?rows=paragraph or ?rows=line`,
  );

async function* texts(path: string, rows: 'document' | 'paragraph' | 'line'): AsyncIterable<string> {
  if (rows === 'document') {
    const { size } = await stat(path);
    if (size > maxTextBytes) throw tooLong(`${size}`);
    const decoder = new TextDecoder('utf-8', { fatal: true });
    let text = '';
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>)
      text += decoder.decode(chunk, { stream: true });
    text += decoder.decode();
    if (text.trim() !== '') yield text;
    return;
  }
  let paragraph: string[] = [];
  let bytes = 0;
  const decode = new TextDecoder('utf-8', { fatal: true });
  // Latin-1 keeps every byte apart, so that lines are decoded whole, and what is no UTF-8 is seen.
  const lines = createInterface({ input: createReadStream(path, 'latin1'), crlfDelay: Infinity });
  for await (const raw of lines) {
    bytes += raw.length + 1;
    if (bytes > maxTextBytes) throw tooLong('more');
    const line = decode.decode(Buffer.from(raw, 'latin1'));
    if (rows === 'line') {
      if (line.trim() !== '') yield line;
      bytes = 0;
    } else if (line.trim() !== '') paragraph.push(line);
    else {
      if (paragraph.length > 0) yield paragraph.join('\n');
      paragraph = [];
      bytes = 0;
    }
  }
  if (paragraph.length > 0) yield paragraph.join('\n');
}

/** Characters appended between two looks at the signal and the memory. */
const batchCharacters = 8 * 1024 * 1024;

async function fill(
  connection: DuckDBConnection,
  found: AsyncIterable<string>,
  signal: AbortSignal | undefined,
): Promise<number> {
  await connection.run('CREATE TABLE texts (place BIGINT, c0 VARCHAR)');
  const appender = await connection.createAppender('texts');
  let count = 0;
  let characters = 0;
  for await (const text of found) {
    const zero = text.indexOf('\0');
    if (zero !== -1)
      throw wholeFile(
        'binary_file',
        `expected text, got a binary file (a zero after "${excerpt(text.slice(Math.max(0, zero - 20), zero))}")`,
      );
    appender.appendBigInt(BigInt(count));
    appender.appendVarchar(text);
    appender.endRow();
    count += 1;
    characters += text.length;
    if (characters < batchCharacters) continue;
    signal?.throwIfAborted();
    appender.flushSync();
    characters = 0;
  }
  appender.closeSync();
  return count;
}

export async function readText(o: ReaderOptions): Promise<IngestResult> {
  const { folder, signal } = o;
  const path = await toUtf8({
    path: o.sourcePath,
    folder,
    charset: o.reading.charset,
    ...(signal && { signal }),
  });
  return withIngestDatabase(o, [], async (connection) => {
    let count: number;
    try {
      count = await fill(connection, texts(path, o.reading.text_rows ?? 'document'), signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw error;
      throw notUtf8();
    }
    if (count === 0) throw wholeFile('empty_file', 'expected a text, got nothing but white space');
    const staged = {
      source: 'texts',
      place: 'place',
      columns: [{ name: 'text', id: 'c0', allowed: ['text'] as const }],
      badRows: [],
      problems: [],
      problemCount: 0,
    };
    return writeTypedTable(connection, staged, o);
  });
}

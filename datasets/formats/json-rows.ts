/** The rows of a JSON document, `[…]` or `{"rows": […], …}`, one after the other: the document is never whole in memory. */
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parser } from 'stream-json';
import { pick } from 'stream-json/filters/pick.js';
import { streamArray } from 'stream-json/streamers/stream-array.js';
import { maxRowBytes } from './csv-rows.ts';
import { notJson } from './not-json.ts';
import { notUtf8 } from './to-utf8.ts';
import { firstBytes } from './unpack.ts';
import { UnusableFile, wholeFile } from './unusable-file.ts';

/** A list in a row is two; beside the rows a document may have what it likes. */
const maxRowDepth = 16;
const maxOtherDepth = 1000;
/** A value and what parts it from the next are at least two bytes. */
const maxValues = maxRowBytes / 2;
/** Without the end of a value in so many characters, it is longer than any row. More than all that streams hold back. */
const maxValueCharacters = 4 * maxRowBytes;
/** Documents of up to so many bytes are looked at as a whole to say where they are wrong. */
const maxExplainedBytes = 16 * 1024 * 1024;

const tooLong = (rows: number): UnusableFile =>
  wholeFile(
    'row_too_long',
    `expected rows of at most ${maxRowBytes} bytes, got a longer one after row ${rows}`,
  );

interface Progress {
  /** Characters read since a value ended. */
  pending: number;
  /** Rows that have ended. */
  rows: number;
  /** Of rows that have a key twice, counted from 0, the first such key; until they are taken. */
  readonly repeated: Map<number, string>;
}

function decoding(progress: Progress): Transform {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decoded = (chunk: Buffer | undefined): string => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      throw notUtf8();
    }
  };
  return new Transform({
    readableObjectMode: true,
    transform(chunk: Buffer, _, done) {
      progress.pending += chunk.length;
      try {
        if (progress.pending > maxValueCharacters) throw tooLong(progress.rows);
        done(null, decoded(chunk));
      } catch (error) {
        done(error as Error);
      }
    },
    flush(done) {
      try {
        done(null, decoded(undefined));
      } catch (error) {
        done(error as Error);
      }
    },
  });
}

interface Token {
  readonly name: string;
  readonly value?: unknown;
}

/** Refuses what is nested more deeply than a table can be, and rows of too many values, before anything is built from them. */
function limits(progress: Progress, rowsDepth: number): Transform {
  let depth = 0;
  let values = 0;
  let inRows = rowsDepth === 1;
  const keys = new Set<string>();
  const check = ({ name, value }: Token): UnusableFile | null => {
    progress.pending = 0;
    const opens = name === 'startObject' || name === 'startArray';
    if (opens) depth += 1;
    else if (name === 'endObject' || name === 'endArray') depth -= 1;
    else if (name === 'keyValue' && depth === 1) inRows = value === 'rows';
    const maxDepth = inRows ? rowsDepth + maxRowDepth : maxOtherDepth;
    if (depth > maxDepth)
      return wholeFile(
        'too_deep',
        `expected rows of plain values, got nesting of more than ${maxDepth} after row ${progress.rows}`,
      );
    if (!inRows) return null;
    if (name === 'keyValue' && depth === rowsDepth + 1) {
      const key = String(value);
      if (keys.has(key) && !progress.repeated.has(progress.rows)) progress.repeated.set(progress.rows, key);
      keys.add(key);
    }
    values += 1;
    if (values > maxValues) return tooLong(progress.rows);
    if (depth === rowsDepth && !opens) {
      progress.rows += 1;
      keys.clear();
      values = 0;
    }
    return null;
  };
  return new Transform({
    objectMode: true,
    transform(token: Token, _, done) {
      const refused = check(token);
      if (refused === null) done(null, token);
      else done(refused);
    },
  });
}

/** What is wrong with a document, in V8's words where it is short enough. */
async function explained(path: string, error: Error, rows: number): Promise<UnusableFile> {
  if ((await stat(path)).size > maxExplainedBytes)
    return wholeFile('invalid_json', `expected JSON, got something else after row ${rows}: ${error.message}`);
  const text = (await readFile(path, 'utf8')).replace(/^\uFEFF/, '');
  try {
    JSON.parse(text);
  } catch (syntax) {
    return wholeFile('invalid_json', notJson(text, syntax as Error));
  }
  return wholeFile('invalid_json', `expected [{…}, …] or {"rows": [{…}, …]}, got other JSON`);
}

/**
 * `path` is in UTF-8. Throws UnusableFile (`invalid_json`, `invalid_utf8`, `too_deep`, `row_too_long`), and whatever `take` throws.
 */
export async function eachJsonRow(
  path: string,
  take: (row: unknown, repeatedKey: string | null) => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const head = (await firstBytes(path, 4096))
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart();
  if (!head.startsWith('[') && !head.startsWith('{'))
    throw wholeFile('invalid_json', 'expected [{…}, …] or {"rows": [{…}, …]}, got something else');
  const isArray = head.startsWith('[');
  const progress: Progress = { pending: 0, rows: 0, repeated: new Map() };
  // A stream that is broken off tells of that, and not why.
  const refused: { error?: Error } = {};
  const stages: NodeJS.ReadWriteStream[] = [
    decoding(progress),
    parser.asStream({ packValues: true, streamValues: false }),
    limits(progress, isArray ? 1 : 2),
    ...(isArray ? [] : [pick.asStream({ filter: 'rows' })]),
    streamArray.asStream(),
  ];
  try {
    await pipeline([
      createReadStream(path, { ...(signal && { signal }) }),
      ...stages,
      async (found: AsyncIterable<{ key: number; value: unknown }>) => {
        for await (const { key, value } of found) {
          try {
            await take(value, progress.repeated.get(key) ?? null);
            progress.repeated.delete(key);
          } catch (error) {
            refused.error = error as Error;
            throw error;
          }
        }
      },
    ] as unknown as [Readable, Transform]);
  } catch (error) {
    if (refused.error !== undefined) throw refused.error;
    if (error instanceof UnusableFile || signal?.aborted === true) throw error;
    if ((error as NodeJS.ErrnoException).syscall !== undefined) throw error;
    throw await explained(path, error as Error, progress.rows);
  }
}

/**
 * A text file in another encoding → UTF-8. A byte order mark says which it is; otherwise the charset of the upload does; otherwise
 * it is UTF-8, which is read as it is. (Latin-1 is read as windows-1252, as everywhere on the web: WHATWG Encoding.)
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Charset } from '../../domain/datasets/dataset-format.ts';
import { firstBytes } from './unpack.ts';
import { wholeFile, type UnusableFile } from './unusable-file.ts';

function charsetOf(head: Uint8Array, said: Charset): Charset {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return 'utf-8';
  return said;
}

/** Said of bytes that are not what they were taken for. */
export const notUtf8 = (): UnusableFile =>
  wholeFile(
    'invalid_utf8',
    'expected text in UTF-8, got other bytes; say what it is in, for instance with Content-Type: text/plain; charset=iso-8859-1',
  );

/** Path of the same text in UTF-8; a file that is so already is given back. Throws UnusableFile (`invalid_encoding`). */
export async function toUtf8(o: {
  path: string;
  folder: string;
  charset: Charset | undefined;
  signal?: AbortSignal;
}): Promise<string> {
  const charset = charsetOf(await firstBytes(o.path, 3), o.charset ?? 'utf-8');
  if (charset === 'utf-8') return o.path;
  const path = join(o.folder, 'utf-8');
  const decoder = new TextDecoder(charset, { fatal: true });
  const decode = new Transform({
    transform(chunk: Buffer, _, done) {
      try {
        done(null, decoder.decode(chunk, { stream: true }));
      } catch {
        done(wholeFile('invalid_encoding', `expected text in ${charset}, got other bytes`));
      }
    },
    flush(done) {
      try {
        done(null, decoder.decode());
      } catch {
        done(wholeFile('invalid_encoding', `expected text in ${charset}, got half a character at the end`));
      }
    },
  });
  await pipeline(createReadStream(o.path), decode, createWriteStream(path), {
    ...(o.signal && { signal: o.signal }),
  });
  return path;
}

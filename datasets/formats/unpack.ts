/**
 * A compressed upload → the file that was compressed. gzip and zstd are told by their first bytes, whatever was said of them.
 * What comes out is limited, in all and beside what went in: a bomb is refused before it has filled a disk.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform, type Duplex, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { Decompress } from 'fzstd';
import { UnusableFile, wholeFile } from './unusable-file.ts';

/** More bytes for one are no data; looked at from here on. */
const maxRatio = 250;
const ratioFromBytes = 64 * 1024 * 1024;
/** Bytes given to the zstd decoder at a time: each may become 128 KiB for every three of them. */
const zstdPieceBytes = 2048;

type Compression = 'gzip' | 'zstd';

const signatures: Record<Compression, readonly number[]> = {
  gzip: [0x1f, 0x8b],
  zstd: [0x28, 0xb5, 0x2f, 0xfd],
};

export async function firstBytes(path: string, length: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

export function compressionOf(head: Uint8Array): Compression | null {
  const known = Object.keys(signatures) as Compression[];
  return known.find((one) => signatures[one].every((byte, index) => head[index] === byte)) ?? null;
}

const bomb = (message: string): UnusableFile => wholeFile('too_large_unpacked', message);

/** Passes bytes on, and counts them beside those that have gone in. */
class OutputLimit extends Transform {
  private bytes = 0;
  private readonly inputBytes: () => number;
  private readonly maxBytes: number;

  constructor(inputBytes: () => number, maxBytes: number) {
    super();
    this.inputBytes = inputBytes;
    this.maxBytes = maxBytes;
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.bytes += chunk.length;
    if (this.bytes > this.maxBytes)
      done(bomb(`expected at most ${this.maxBytes} bytes when unpacked, got more; upload it in parts`));
    else if (this.bytes > ratioFromBytes && this.bytes > maxRatio * this.inputBytes())
      done(bomb(`expected at most ${maxRatio} bytes for one of the compressed file, got more`));
    else done(null, chunk);
  }
}

class Unzstd extends Transform {
  private readonly decoder = new Decompress((piece) => void this.push(piece));

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.feed(chunk, done);
  }

  override _flush(done: TransformCallback): void {
    try {
      this.decoder.push(new Uint8Array(), true);
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  /** A piece now, the rest when what came of it has been taken. */
  private feed(chunk: Buffer, done: TransformCallback): void {
    try {
      // A copy: the decoder keeps what it was given.
      this.decoder.push(Uint8Array.from(chunk.subarray(0, zstdPieceBytes)));
    } catch (error) {
      done(error as Error);
      return;
    }
    const rest = chunk.subarray(zstdPieceBytes);
    if (rest.length === 0) done();
    else if (this.readableLength < this.readableHighWaterMark) this.feed(rest, done);
    else setImmediate(() => this.feed(rest, done));
  }
}

const decoders: Record<Compression, () => Duplex> = {
  gzip: () => createGunzip(),
  zstd: () => new Unzstd(),
};

export interface Unpacked {
  readonly path: string;
  readonly compression: Compression | null;
}

/** Throws UnusableFile: `damaged_compression`, `too_large_unpacked`. A file that is not compressed is given back as it is. */
export async function unpack(o: {
  path: string;
  folder: string;
  maxBytes: number;
  signal?: AbortSignal;
}): Promise<Unpacked> {
  const compression = compressionOf(await firstBytes(o.path, 4));
  if (compression === null) return { path: o.path, compression };
  const path = join(o.folder, 'unpacked');
  const source = createReadStream(o.path);
  const limit = new OutputLimit(() => source.bytesRead, o.maxBytes);
  try {
    await pipeline(source, decoders[compression](), limit, createWriteStream(path), {
      ...(o.signal && { signal: o.signal }),
    });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof UnusableFile || o.signal?.aborted === true || code === 'ENOSPC') throw error;
    throw wholeFile(
      'damaged_compression',
      `expected a whole ${compression} file, got one that is cut off or damaged (${(error as Error).message})`,
    );
  }
  return { path, compression };
}

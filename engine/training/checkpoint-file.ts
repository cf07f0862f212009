/**
 * Vectors of numbers with a header, as bytes that can be told from damaged ones:
 *
 *   "unroll.1"            8 bytes: what it is, and the layout's version
 *   length of the header  4 bytes, little-endian
 *   header                JSON, with the names and lengths of the blocks, padded with spaces to a multiple of 4 bytes
 *   blocks                float32, little-endian, one after the other; equal vectors are written once
 *   SHA-256               32 bytes, of all that comes before
 */

/** Of the layout; a reader of version n reads no other. */
export const checkpointVersion = 1;

/** SHA-256 of the parts one after the other: 32 bytes. Handed in, since the engine has no cryptography of its own. */
export type Sha256 = (parts: readonly Uint8Array[]) => Uint8Array;

/** A file that can't be used. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
  readonly reason: 'damaged' | 'unknown_version' | 'other_network';

  constructor(reason: CheckpointError['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

export interface BlockFile {
  /** JSON: every number in it comes back as it was, but none may be infinite. */
  readonly header: object;
  readonly blocks: Readonly<Record<string, Float32Array>>;
}

interface StoredHeader {
  /** Where each block lies among the blocks, in numbers. */
  readonly blocks: Readonly<Record<string, { readonly start: number; readonly length: number }>>;
  readonly header: object;
}

const magic = (version: number): Uint8Array => new TextEncoder().encode(`unroll.${version}`);
const prefixBytes = 12;
const checksumBytes = 32;
const float32Bytes = Float32Array.BYTES_PER_ELEMENT;

/** The parts of the file, one after the other; the blocks are views of the vectors. */
export function encodeBlocks({ header, blocks }: BlockFile, sha256: Sha256): readonly Uint8Array[] {
  const distinct = [...new Set(Object.values(blocks))];
  const starts = new Map<Float32Array, number>();
  let total = 0;
  for (const block of distinct) {
    starts.set(block, total);
    total += block.length;
  }
  const places = Object.fromEntries(
    Object.entries(blocks).map(([name, block]) => [
      name,
      { start: starts.get(block)!, length: block.length },
    ]),
  );
  const stored: StoredHeader = { blocks: places, header };
  const text = new TextEncoder().encode(JSON.stringify(stored));
  const padded = new Uint8Array(Math.ceil(text.length / float32Bytes) * float32Bytes).fill(0x20);
  padded.set(text);
  const prefix = new Uint8Array(prefixBytes);
  prefix.set(magic(checkpointVersion));
  new DataView(prefix.buffer).setUint32(8, padded.length, true);

  const views = distinct.map(
    ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
  );
  const parts = [prefix, padded, ...views];
  return [...parts, sha256(parts)];
}

/** @throws CheckpointError */
export function decodeBlocks(file: Uint8Array, sha256: Sha256): BlockFile {
  // Not a subclass of it, whose slices may be views.
  const bytes = new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
  const text = new TextDecoder();
  const [, version] = /^unroll\.(\d)$/.exec(text.decode(bytes.subarray(0, 8))) ?? [];
  if (version === undefined) throw damaged('expected a checkpoint, got something else');
  if (Number(version) !== checkpointVersion)
    throw new CheckpointError(
      'unknown_version',
      `expected a checkpoint of version ${checkpointVersion}, got one of version ${version}`,
    );
  if (bytes.length < prefixBytes + checksumBytes)
    throw damaged(`expected a checkpoint, got its first ${bytes.length} bytes`);
  const content = bytes.subarray(0, -checksumBytes);
  const checksum = bytes.subarray(-checksumBytes);
  if (sha256([content]).some((byte, index) => byte !== checksum[index]))
    throw damaged(
      'expected the checksum of what was written, got another: bytes are missing or have changed',
    );

  const headerLength = new DataView(bytes.buffer, bytes.byteOffset).getUint32(8, true);
  const start = prefixBytes + headerLength;
  const { header, blocks } = JSON.parse(text.decode(content.subarray(prefixBytes, start))) as StoredHeader;
  const read = new Map<number, Float32Array>();
  const blockAt = (block: { start: number; length: number }): Float32Array => {
    const from = start + block.start * float32Bytes;
    // A copy of its own: the file's bytes need not lie where float32 may.
    const vector =
      read.get(from) ?? new Float32Array(content.slice(from, from + block.length * float32Bytes).buffer);
    read.set(from, vector);
    return vector;
  };
  return {
    header,
    blocks: Object.fromEntries(Object.entries(blocks).map(([name, place]) => [name, blockAt(place)])),
  };
}

const damaged = (message: string): CheckpointError => new CheckpointError('damaged', message);

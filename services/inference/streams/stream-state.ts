/** What is remembered between two steps of a stream, as bytes: in V8's own form, which is made to be stored, behind a checksum. */
import { deserialize, serialize } from 'node:v8';
import { crc32 } from 'node:zlib';
import { UnrollError } from '../../../domain/errors/unroll-error.ts';
import type { Value } from '../../../engine/runtime/session.ts';
import type { Scalar } from '../routes/predictions/cells.ts';

export interface StreamState {
  /** Of the network, by the names of its file's inputs, [1,…] each; none before the first step. */
  readonly tensors: Readonly<Record<string, Value>>;
  /** Of a forecast: what it takes to read the next row. */
  readonly series?: {
    /** Rows that were read. */
    readonly rows: number;
    /** The last of them as they are kept, [rows, width]. */
    readonly kept: Float64Array;
    /** The value of group_by, and that of order_by in the last row. */
    readonly key: Scalar;
    readonly last: Scalar;
  };
  /** Of a language model: what it says of the token that follows, [V], and what it has read last. */
  readonly text?: { readonly logits: Float32Array; readonly last: string | null };
}

const form = 1;
const checksumBytes = 4;

export function encodeState(state: StreamState): Uint8Array {
  const content = serialize({ form, state });
  const bytes = Buffer.allocUnsafe(checksumBytes + content.length);
  bytes.writeUInt32LE(crc32(content));
  content.copy(bytes, checksumBytes);
  return bytes;
}

/** Throws `stream_lost` for bytes that are not as they were written. */
export function decodeState(bytes: Uint8Array): StreamState {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const content = buffer.subarray(checksumBytes);
  if (buffer.length < checksumBytes || crc32(content) !== buffer.readUInt32LE()) throw damaged();
  const { form: found, state } = deserialize(content) as { form: number; state: StreamState };
  if (found !== form) throw damaged();
  return state;
}

const damaged = (): UnrollError =>
  new UnrollError('stream_lost', 'expected the state of the stream as it was written, got other bytes');

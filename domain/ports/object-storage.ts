import type { Readable } from 'node:stream';

export interface StoredObject {
  readonly bytes: number;
  readonly sha256: string;
}

/** Bytes by key (`datasets/ds_…/source.csv`). An object is there whole or not at all. */
export interface ObjectStorage {
  /** Streams to a temporary place, flushes, and makes it visible at the end. Throws `payload_too_large` past `maxBytes`; what was written of a broken upload is removed. */
  put(
    key: string,
    body: Readable,
    options?: { maxBytes?: number; signal?: AbortSignal },
  ): Promise<StoredObject>;
  /** Makes a local file (moved, when it can be) an object. */
  putFile(key: string, path: string): Promise<StoredObject>;
  /** A stream of the object, or of the bytes from `start` to `end` (inclusive). Throws `not_found`. */
  read(key: string, range?: { start: number; end: number }): Promise<Readable>;
  /** Length and hash of what is stored under a key, read again. */
  digest(key: string): Promise<StoredObject | null>;
  stat(key: string): Promise<{ bytes: number } | null>;
  /** A path on the local file system that holds the object, for libraries that need one. Valid until `release`. */
  localPath(key: string): Promise<{ path: string; release: () => Promise<void> }>;
  delete(key: string): Promise<void>;
  /** The objects whose key starts with `prefix` (`models/`), in no order. */
  list(prefix: string): AsyncIterable<{ key: string; bytes: number; modifiedAt: Date }>;
  /** Throws when it can't be written to. */
  check(): Promise<void>;
}

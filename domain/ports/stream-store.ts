/** Streams that are open: where each stands, and what its network remembers. Every replica of the data plane sees the same. */

export interface StreamModel {
  readonly modelId: string;
  readonly name: string;
  readonly version: number;
}

export interface StoredStream {
  readonly id: string;
  /** The version that it was opened with; it stays with it. */
  readonly model: StreamModel;
  /** Steps that have been read. */
  readonly position: number;
  /** Counts the writes: whoever writes says which one it goes on from. */
  readonly revision: number;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /** Empty until the first step. */
  readonly state: Uint8Array;
}

export type WriteOutcome =
  | { readonly kind: 'written'; readonly expiresAt: Date }
  /** Another write came in between; nothing was written. */
  | { readonly kind: 'changed' }
  /** It has expired or was closed. */
  | { readonly kind: 'gone' };

/** All methods throw `unavailable` while the store does not answer; a write that then failed may have been done all the same. */
export interface StreamStore {
  /** Throws `overloaded` when as many are open as may be. */
  open(stream: { id: string; model: StreamModel; ttlMs: number }): Promise<StoredStream>;
  find(id: string): Promise<StoredStream | null>;
  /** Where a stream stands from now on, if it still stands at `of.revision`; its expiry begins anew. */
  write(
    of: Pick<StoredStream, 'id' | 'model' | 'revision'>,
    next: { position: number; state: Uint8Array },
  ): Promise<WriteOutcome>;
  /** False when there was none. */
  remove(stream: Pick<StoredStream, 'id' | 'model'>): Promise<boolean>;
  /** How many are open, by version. */
  countOpen(): Promise<readonly { readonly name: string; readonly version: number; readonly open: number }[]>;
}

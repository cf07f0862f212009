/** A request that has not renewed its claim for so long is taken to be dead. */
export const keysAbandonedAfterMs = 15_000;

/** The hold of the request that a key belongs to, until it has answered. */
export interface KeyClaim {
  readonly key: string;
  /** New for each request. */
  readonly token: string;
}

/** What makes two requests the same. */
export interface RequestIdentity {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** Of what is known before the body. */
  readonly headHash: string;
  /** Null while the body has not been read. */
  readonly bodyHash: string | null;
}

export interface KeptAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export type ClaimOutcome =
  /** `resourceId`: what an earlier request with the key has made before its process died. */
  | { readonly kind: 'claimed'; readonly resourceId: string | null }
  | { readonly kind: 'in_flight' }
  /** The key belongs to a request that is known to be another one. */
  | { readonly kind: 'reused' }
  /** `bodyHash` is to be compared where the claim had none. */
  | { readonly kind: 'answered'; readonly bodyHash: string; readonly answer: KeptAnswer };

/**
 * The first answers to requests with an Idempotency-Key.
 *
 *   (none) → claimed → answered → (expired)
 *   claimed → (none)      released without having made anything
 *   claimed → claimed     by another request: released after something was made, or not renewed for a while
 *
 * What a request makes is written with its claim in one transaction, which fails when the claim has been taken over.
 */
export interface IdempotencyRepository {
  /** Of requests that come at the same time, one gets the claim. Kept for `keptForMs`, also when it is answered later. */
  claim(
    claim: KeyClaim,
    request: RequestIdentity,
    limits: { readonly keptForMs: number; readonly abandonedAfterMs: number },
  ): Promise<ClaimOutcome>;
  /** Says that the requests with these tokens are still being answered. */
  renew(tokens: readonly string[]): Promise<void>;
  /** Keeps the answer; false when the claim has been taken over. */
  complete(claim: KeyClaim, bodyHash: string, answer: KeptAnswer): Promise<boolean>;
  /** The next request with the key is answered anew, and with what this one has made. */
  release(claim: KeyClaim): Promise<void>;
  /** How many keys were removed whose time is up. */
  removeExpired(abandonedAfterMs: number): Promise<number>;
}

/** What the main thread and a session thread say to each other. */
import type { Signature, Tensor } from '../../../engine/runtime/session.ts';

/** What a model takes and gives, by name. */
export type Feeds = Readonly<Record<string, Tensor>>;
export type Results = Readonly<Record<string, Tensor>>;

export type ThreadRequest =
  | { readonly kind: 'load'; readonly key: string; readonly path: string }
  | { readonly kind: 'run'; readonly key: string; readonly feeds: Feeds }
  | { readonly kind: 'drop'; readonly key: string };

/** What each request is answered with. */
export interface ThreadOutputs {
  readonly load: Signature;
  readonly run: Results;
  readonly drop: null;
}

export interface ThreadMessage {
  readonly id: number;
  readonly request: ThreadRequest;
}

export type ThreadAnswer =
  | { readonly id: number; readonly output: ThreadOutputs[keyof ThreadOutputs] }
  | { readonly id: number; readonly error: string };

/** Given to the thread when it starts. */
export interface ThreadSettings {
  /** How many compute inside one operator. */
  readonly intraOpThreads: number;
}

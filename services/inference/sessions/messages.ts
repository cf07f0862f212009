/** What the main thread and a session thread say to each other. */
import type { IntegerValue, Value } from '../../../engine/runtime/session.ts';

/** What a model takes and gives, by name. */
export type Feeds = Readonly<Record<string, Value | IntegerValue>>;
export type Results = Readonly<Record<string, Value>>;

export type ThreadRequest =
  | { readonly kind: 'load'; readonly key: string; readonly path: string }
  | { readonly kind: 'run'; readonly key: string; readonly feeds: Feeds }
  | { readonly kind: 'drop'; readonly key: string };

export interface ThreadMessage {
  readonly id: number;
  readonly request: ThreadRequest;
}

export type ThreadAnswer =
  { readonly id: number; readonly output: Results | null } | { readonly id: number; readonly error: string };

/** Given to the thread when it starts. */
export interface ThreadSettings {
  /** How many compute inside one operator. */
  readonly intraOpThreads: number;
}

/** What the main thread and a session thread say to each other. */
import type { Value } from '../../../engine/runtime/session.ts';

export type ThreadRequest =
  | { readonly kind: 'load'; readonly key: string; readonly path: string }
  | { readonly kind: 'run'; readonly key: string; readonly input: Value }
  | { readonly kind: 'drop'; readonly key: string };

export interface ThreadMessage {
  readonly id: number;
  readonly request: ThreadRequest;
}

export type ThreadAnswer =
  { readonly id: number; readonly output: Value | null } | { readonly id: number; readonly error: string };

/** Given to the thread when it starts. */
export interface ThreadSettings {
  /** How many compute inside one operator. */
  readonly intraOpThreads: number;
}

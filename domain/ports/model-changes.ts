/** Hears that a name may stand for another version than before. */
export interface ModelChanges {
  /** Whether every change is heard of at the moment. */
  readonly isWatching: boolean;
  /** Also called when watching begins again: what was remembered before is out of date. */
  onChange(callback: () => void): void;
  close(): Promise<void>;
}

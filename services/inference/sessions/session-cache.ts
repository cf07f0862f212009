/**
 * Which models are loaded where: least recently used first out, by bytes, and never one that is in use.
 * Pure bookkeeping; loading and dropping are done by who owns it.
 */
export interface CacheEntry<Place> {
  readonly key: string;
  readonly place: Place;
  readonly bytes: number;
}

interface Counted<Place> extends CacheEntry<Place> {
  /** Runs that use it or wait for it. */
  users: number;
  lastUse: number;
}

export interface SessionCache<Place> {
  /** Where the model is loaded. */
  places(key: string): readonly Place[];
  /** Counts a user, making the entry when it is new (then: load it). */
  acquire(entry: CacheEntry<Place>): { isNew: boolean };
  /** Ends a use; answers the entries that have no room any more (drop them). */
  release(key: string, place: Place): readonly CacheEntry<Place>[];
  /** Forgets an entry that could not be loaded. */
  forget(key: string, place: Place): void;
  /** Forgets all of a place that is gone. */
  forgetPlace(place: Place): void;
  readonly bytes: number;
}

export function createSessionCache<Place>(maxBytes: number): SessionCache<Place> {
  const entries: Counted<Place>[] = [];
  let clock = 0;
  const find = (key: string, place: Place): Counted<Place> | undefined =>
    entries.find((entry) => entry.key === key && entry.place === place);
  const remove = (entry: Counted<Place> | undefined): void => {
    if (entry !== undefined) entries.splice(entries.indexOf(entry), 1);
  };
  const total = (): number => entries.reduce((sum, { bytes }) => sum + bytes, 0);

  return {
    places: (key) => entries.filter((entry) => entry.key === key).map(({ place }) => place),
    acquire: (entry) => {
      const present = find(entry.key, entry.place);
      if (present !== undefined) {
        present.users++;
        return { isNew: false };
      }
      entries.push({ ...entry, users: 1, lastUse: clock });
      return { isNew: true };
    },
    release: (key, place) => {
      const used = find(key, place);
      if (used !== undefined) {
        used.users--;
        used.lastUse = ++clock;
      }
      const dropped: CacheEntry<Place>[] = [];
      const idle = entries.filter(({ users }) => users === 0).sort((a, b) => a.lastUse - b.lastUse);
      for (const entry of idle) {
        if (total() <= maxBytes) break;
        remove(entry);
        dropped.push(entry);
      }
      return dropped;
    },
    forget: (key, place) => remove(find(key, place)),
    forgetPlace: (place) => {
      for (const entry of entries.filter((candidate) => candidate.place === place)) remove(entry);
    },
    get bytes() {
      return total();
    },
  };
}

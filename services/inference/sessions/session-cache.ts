/**
 * Which models are loaded where: least recently used first out, by bytes, and never one that is in use. What is open of a version that is gone goes as
 * soon as nobody uses or holds it.
 * Pure bookkeeping; loading and dropping are done by who owns it.
 */
import type { ModelVersion } from '../../../domain/models/model.ts';

export interface CacheEntry<Place> {
  readonly key: string;
  readonly place: Place;
  readonly bytes: number;
  /** Whose it is, for who counts. */
  readonly owner?: Pick<ModelVersion, 'name' | 'version'>;
  /** The key of the version's own file; `key` unless given. */
  readonly versionKey?: string;
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
  /** Holds what is open of a version, or will be, between uses. */
  hold(versionKey: string): void;
  /** Ends a hold; answers as `release`. */
  letGo(versionKey: string): readonly CacheEntry<Place>[];
  /** These versions are gone: answers what is open of them (drop it); what is in use or held follows with its release. */
  condemn(versionKeys: readonly string[]): readonly CacheEntry<Place>[];
  /** The versions of which anything is open. */
  versionKeys(): readonly string[];
  /** Forgets an entry that could not be loaded. */
  forget(key: string, place: Place): void;
  /** Forgets all of a place that is gone. */
  forgetPlace(place: Place): void;
  readonly bytes: number;
  /** What is loaded, the most recently used first. */
  entries(): readonly CacheEntry<Place>[];
}

/** Versions that are remembered to be gone: whoever was on the way to them when they went has long come. */
const mostCondemned = 1000;

export function createSessionCache<Place>(maxBytes: number): SessionCache<Place> {
  const entries = new Map<string, Map<Place, Counted<Place>>>();
  const holds = new Map<string, number>();
  const condemned = new Set<string>();
  let clock = 0;
  let bytes = 0;

  const all = (): Counted<Place>[] => [...entries.values()].flatMap((places) => [...places.values()]);
  const remove = (entry: Counted<Place> | undefined): void => {
    if (entry === undefined) return;
    const places = entries.get(entry.key)!;
    places.delete(entry.place);
    if (places.size === 0) entries.delete(entry.key);
    bytes -= entry.bytes;
  };

  const versionKeyOf = ({ versionKey, key }: CacheEntry<Place>): string => versionKey ?? key;
  const take = (wanted: (entry: Counted<Place>) => boolean): readonly CacheEntry<Place>[] => {
    const taken = all().filter((entry) => entry.users === 0 && wanted(entry));
    taken.forEach(remove);
    return taken;
  };
  const takeCondemned = (): readonly CacheEntry<Place>[] =>
    take((entry) => condemned.has(versionKeyOf(entry)) && !holds.has(versionKeyOf(entry)));

  return {
    hold: (versionKey) => void holds.set(versionKey, (holds.get(versionKey) ?? 0) + 1),
    letGo: (versionKey) => {
      const left = (holds.get(versionKey) ?? 0) - 1;
      if (left > 0) {
        holds.set(versionKey, left);
        return [];
      }
      holds.delete(versionKey);
      return condemned.has(versionKey) ? takeCondemned() : [];
    },
    condemn: (versionKeys) => {
      for (const versionKey of versionKeys) condemned.add(versionKey);
      for (const oldest of condemned) {
        if (condemned.size <= mostCondemned) break;
        condemned.delete(oldest);
      }
      return takeCondemned();
    },
    versionKeys: () => [...new Set(all().map(versionKeyOf))],
    places: (key) => [...(entries.get(key)?.keys() ?? [])],
    acquire: (entry) => {
      const places = entries.get(entry.key) ?? new Map<Place, Counted<Place>>();
      const present = places.get(entry.place);
      if (present !== undefined) {
        present.users++;
        return { isNew: false };
      }
      entries.set(entry.key, places.set(entry.place, { ...entry, users: 1, lastUse: clock }));
      bytes += entry.bytes;
      return { isNew: true };
    },
    release: (key, place) => {
      const used = entries.get(key)?.get(place);
      if (used !== undefined) {
        used.users--;
        used.lastUse = ++clock;
      }
      const isGone = used !== undefined && condemned.has(versionKeyOf(used));
      const dropped: CacheEntry<Place>[] = isGone ? [...takeCondemned()] : [];
      if (bytes <= maxBytes) return dropped;
      const idle = all().filter(({ users }) => users === 0);
      for (const entry of idle.sort((a, b) => a.lastUse - b.lastUse)) {
        if (bytes <= maxBytes) break;
        remove(entry);
        dropped.push(entry);
      }
      return dropped;
    },
    forget: (key, place) => remove(entries.get(key)?.get(place)),
    forgetPlace: (place) => {
      for (const entry of all()) if (entry.place === place) remove(entry);
    },
    get bytes() {
      return bytes;
    },
    entries: () => all().sort((a, b) => b.lastUse - a.lastUse),
  };
}

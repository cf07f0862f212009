/**
 * Runs models on a few threads. A model is loaded on one of them when it is first asked for, and on another one too when
 * all that have it are busy and one stands idle. A thread that ends rejects what it was asked, and is replaced; the
 * others go on. While all threads are idle, runs that are known to be short need none: they run on the event loop.
 */
import { UnrollError } from '../../../domain/errors/unroll-error.ts';
import type { ModelVersion } from '../../../domain/models/model.ts';
import type { ObjectStorage } from '../../../domain/ports/object-storage.ts';
import type { Report } from '../../../domain/ports/report.ts';
import type { Signature } from '../../../engine/runtime/session.ts';
import { bytesOf } from '../batching/pack.ts';
import type { Derivation } from '../derived/derivation.ts';
import { NotDerivable } from '../derived/not-derivable.ts';
import type { Feeds, FoundSequences, Reading, Results, Search, SessionPlace } from './messages.ts';
import { reckonSessionBytes } from './session-bytes.ts';
import { createSessionCache, type CacheEntry } from './session-cache.ts';
import { answerSessionRequests } from './session-requests.ts';
import { startSessionThread } from './session-thread.ts';
import { createShortRuns } from './short-runs.ts';

/** A model file in storage, and whose it is. */
export interface StoredModel extends Pick<ModelVersion, 'name' | 'version'> {
  readonly storageKey: string;
  readonly bytes: number;
  /** Of another file of a version (its steps, its trace) the key of the version's own. */
  readonly versionKey?: string;
  /** Where the file is not stored but made: from what, and which one it is. */
  readonly weightsKey?: string;
  readonly derivation?: Derivation;
}

/** The two files of a model that writes sequences, as one: they are open on the same thread. */
export interface StoredDecoder extends StoredModel {
  /** Of the step is `storageKey`; `bytes` are of both. */
  readonly readingKey: string;
  readonly stepInputs: readonly string[];
}

/** The file could not be opened: whatever was to be run on it can't be. */
export class ModelNotLoaded extends Error {
  override readonly name = 'ModelNotLoaded';
}

export interface SessionPool {
  /** Opens the model, if it is not open, and runs it once. Throws ModelNotLoaded, or `unavailable` when its thread ends. */
  load(model: StoredModel): Promise<Signature>;
  /** The model's outputs for its inputs, whose buffers are given away. Throws as `load`. */
  run(model: StoredModel, feeds: Feeds): Promise<Results>;
  /** What the model writes for each row that is read, whose buffers are given away. Throws as `load`. */
  search(decoder: StoredDecoder, feeds: Reading, search: Search): Promise<FoundSequences>;
  /** Holds what is open of a version although the version may go, until the answer is called. */
  hold(versionKey: string): () => void;
  /** These versions are gone: what is open of them is released as soon as nobody uses or holds it. */
  discard(versionKeys: readonly string[]): void;
  /** The versions of which anything is open. */
  versionKeys(): readonly string[];
  /** How many runs can be under way at once, each on a thread of its own. Whoever gives more lets them wait behind another's. */
  readonly threads: number;
  /** Whose models are open now (one on two threads counts twice), the most recently used first. */
  loaded(): readonly Pick<StoredModel, 'name' | 'version'>[];
  /** What they are reckoned to take. */
  readonly loadedBytes: number;
  close(): Promise<void>;
}

interface PoolOptions {
  readonly threads: number;
  /** The compiled thread.js. */
  readonly threadEntry: URL;
  readonly maxBytes: number;
  readonly storage: Pick<ObjectStorage, 'localPath'>;
  readonly report: Report;
}

/** A file of this size is opened in a few milliseconds. */
const mostLoopBytes = 1024 * 1024;

/** Closes with the process. */
function startLoopPlace(): SessionPlace {
  return {
    ask: answerSessionRequests({ intraOpThreads: 1 }) as SessionPlace['ask'],
    close: async () => undefined,
  };
}

export function openSessionPool(options: PoolOptions): SessionPool {
  const cache = createSessionCache<SessionPlace>(options.maxBytes);
  const loop = startLoopPlace();
  const shortRuns = createShortRuns();
  /** The threads, and how many runs each has been given that have not ended. */
  const threads = new Map<SessionPlace, number>();
  const opened = new WeakMap<SessionPlace, Map<string, Promise<Signature>>>([[loop, new Map()]]);
  let closed = false;

  const start = (): SessionPlace => {
    const thread = startSessionThread(options.threadEntry, { intraOpThreads: 1 }, (cause) => {
      threads.delete(thread);
      cache.forgetPlace(thread);
      if (!closed) options.report('A session thread has ended', cause);
    });
    threads.set(thread, 0);
    opened.set(thread, new Map());
    return thread;
  };

  const runsOn = (thread: SessionPlace): number => threads.get(thread) ?? 0;

  /** The thread to run on: one that has the model, unless all of these are busy and another is idle. */
  const chooseThread = (key: string): SessionPlace => {
    const leastBusy = (candidates: Iterable<SessionPlace>): SessionPlace | undefined =>
      [...candidates].filter((place) => place !== loop).sort((a, b) => runsOn(a) - runsOn(b))[0];
    const holder = leastBusy(cache.places(key));
    if (holder !== undefined && runsOn(holder) === 0) return holder;
    const other = leastBusy(threads.keys());
    if (other !== undefined && runsOn(other) === 0) return other;
    if (threads.size < options.threads) return start();
    return holder ?? other!;
  };

  const isIdle = (): boolean => [...threads.values()].every((runs) => runs === 0);

  /** To open a model stops the loop: it opens small files that are there, and none for which another would have to go. */
  const mayUseLoop = ({ storageKey, bytes, derivation }: StoredModel): boolean =>
    cache.places(storageKey).includes(loop) ||
    (derivation === undefined &&
      bytes <= mostLoopBytes &&
      cache.bytes + reckonSessionBytes(bytes) <= options.maxBytes);

  const choose = (model: StoredModel, bytes: number): SessionPlace =>
    shortRuns.isShort(model.storageKey, bytes) && isIdle() && mayUseLoop(model)
      ? loop
      : chooseThread(model.storageKey);

  const load = async (place: SessionPlace, model: StoredModel | StoredDecoder): Promise<Signature> => {
    const { storageKey, weightsKey, derivation } = model;
    const file = await options.storage.localPath(weightsKey ?? storageKey).catch((error: unknown) => {
      if (weightsKey === undefined || !(error instanceof UnrollError) || error.code !== 'not_found')
        throw error;
      throw tooOld('its weights were not kept');
    });
    try {
      if (!('readingKey' in model)) {
        const made = derivation && { derivation };
        return (await place.ask({ kind: 'load', key: storageKey, path: file.path, ...made })).output;
      }
      const { readingKey, stepInputs } = model;
      const reading = await options.storage.localPath(readingKey);
      try {
        const paths = { readingPath: reading.path, stepPath: file.path };
        return (await place.ask({ kind: 'load_decoder', key: storageKey, ...paths, stepInputs })).output;
      } finally {
        await reading.release();
      }
    } catch (error) {
      if (error instanceof UnrollError) throw error;
      if (error instanceof NotDerivable) throw tooOld(error.message);
      throw new ModelNotLoaded(`${storageKey} can not be opened: ${String(error)}`, { cause: error });
    } finally {
      await file.release();
    }
  };

  /** Resolves when the place has the model; whoever comes while it is being loaded waits for the same loading. */
  const ready = async (place: SessionPlace, model: StoredModel, isNew: boolean): Promise<Signature> => {
    const { storageKey: key } = model;
    const here = opened.get(place)!;
    if (!isNew) return here.get(key)!;
    const attempt = load(place, model);
    here.set(key, attempt);
    try {
      return await attempt;
    } catch (error) {
      cache.forget(key, place);
      here.delete(key);
      throw error;
    }
  };

  /** Holds the model where it is used: it is not dropped meanwhile. */
  async function use<T>(
    model: StoredModel,
    place: SessionPlace,
    work: (signature: Signature) => Promise<T>,
  ): Promise<T> {
    const { storageKey: key, name, version, versionKey = key } = model;
    if (place !== loop) threads.set(place, runsOn(place) + 1);
    const bytes = reckonSessionBytes(model.bytes);
    const { isNew } = cache.acquire({ key, place, bytes, owner: { name, version }, versionKey });
    try {
      return await work(await ready(place, model, isNew));
    } finally {
      if (threads.has(place)) threads.set(place, runsOn(place) - 1);
      drop(cache.release(key, place));
    }
  }

  const drop = (entries: readonly CacheEntry<SessionPlace>[]): void => {
    for (const { key, place } of entries) {
      opened.get(place)!.delete(key);
      place.ask({ kind: 'drop', key }).catch((error: unknown) => {
        options.report(`${key} was not dropped where it was open`, error);
      });
    }
  };

  return {
    load: (model) => use(model, chooseThread(model.storageKey), async (signature) => signature),
    run: (model, feeds) => {
      const key = model.storageKey;
      const bytes = bytesOf(feeds);
      const place = choose(model, bytes);
      return use(model, place, async () => {
        const { output, tookMs } = await place.ask({ kind: 'run', key, feeds });
        shortRuns.ran(key, bytes, tookMs);
        return output;
      });
    },
    search: (decoder, feeds, search) => {
      const place = chooseThread(decoder.storageKey);
      return use(decoder, place, async () => {
        const { output } = await place.ask({ kind: 'search', key: decoder.storageKey, feeds, search });
        return output;
      });
    },
    hold: (versionKey) => {
      cache.hold(versionKey);
      return () => drop(cache.letGo(versionKey));
    },
    discard: (versionKeys) => drop(cache.condemn(versionKeys)),
    versionKeys: () => cache.versionKeys(),
    threads: options.threads,
    loaded: () => cache.entries().flatMap(({ owner }) => owner ?? []),
    get loadedBytes() {
      return cache.bytes;
    },
    close: async () => {
      closed = true;
      await Promise.all([...threads.keys()].map((thread) => thread.close()));
    },
  };
}

const tooOld = (why: string): UnrollError =>
  new UnrollError(
    'validation_failed',
    `expected a version whose weights were kept with all that this takes, got an older one: ${why}. Train it again`,
  );

/**
 * Runs models on a few threads. A model is loaded on one of them when it is first asked for, and on another one too when
 * all that have it are busy and one stands idle. A thread that ends rejects what it was asked, and is replaced; the
 * others go on.
 */
import type { ObjectStorage } from '../../../domain/ports/object-storage.ts';
import type { Report } from '../../../domain/ports/report.ts';
import type { Feeds, Results } from './messages.ts';
import { createSessionCache } from './session-cache.ts';
import { startSessionThread, type SessionThread } from './session-thread.ts';

/** A model file in storage. */
export interface StoredModel {
  readonly storageKey: string;
  readonly bytes: number;
}

export interface SessionPool {
  /** The model's outputs for its inputs, whose buffers are given away. Throws `unavailable` when its thread ends. */
  run(model: StoredModel, feeds: Feeds): Promise<Results>;
  /** Bytes of model files that are loaded now. */
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

export function openSessionPool(options: PoolOptions): SessionPool {
  const cache = createSessionCache<SessionThread>(options.maxBytes);
  /** The threads, and how many runs each has been given that have not ended. */
  const threads = new Map<SessionThread, number>();
  const loading = new WeakMap<SessionThread, Map<string, Promise<void>>>();
  let closed = false;

  const start = (): SessionThread => {
    const thread = startSessionThread(options.threadEntry, { intraOpThreads: 1 }, (cause) => {
      threads.delete(thread);
      cache.forgetPlace(thread);
      if (!closed) options.report('A session thread has ended', cause);
    });
    threads.set(thread, 0);
    loading.set(thread, new Map());
    return thread;
  };

  const runsOn = (thread: SessionThread): number => threads.get(thread) ?? 0;

  /** The thread to run on: one that has the model, unless all of these are busy and another is idle. */
  const choose = (key: string): SessionThread => {
    const leastBusy = (candidates: Iterable<SessionThread>): SessionThread | undefined =>
      [...candidates].sort((a, b) => runsOn(a) - runsOn(b))[0];
    const holder = leastBusy(cache.places(key));
    if (holder !== undefined && runsOn(holder) === 0) return holder;
    const other = leastBusy(threads.keys());
    if (other !== undefined && runsOn(other) === 0) return other;
    if (threads.size < options.threads) return start();
    return holder ?? other!;
  };

  const load = async (thread: SessionThread, model: StoredModel): Promise<void> => {
    const file = await options.storage.localPath(model.storageKey);
    try {
      await thread.ask({ kind: 'load', key: model.storageKey, path: file.path });
    } finally {
      await file.release();
    }
  };

  /** Resolves when the thread has the model; whoever comes while it is being loaded waits for the same loading. */
  const ready = async (thread: SessionThread, model: StoredModel, isNew: boolean): Promise<void> => {
    const { storageKey: key } = model;
    const here = loading.get(thread)!;
    if (isNew) {
      const attempt = load(thread, model);
      here.set(key, attempt);
      try {
        await attempt;
      } catch (error) {
        cache.forget(key, thread);
        throw error;
      } finally {
        here.delete(key);
      }
    } else await here.get(key);
  };

  return {
    run: async (model, feeds) => {
      const key = model.storageKey;
      const thread = choose(key);
      threads.set(thread, runsOn(thread) + 1);
      const { isNew } = cache.acquire({ key, place: thread, bytes: model.bytes });
      try {
        await ready(thread, model, isNew);
        const results = await thread.ask({ kind: 'run', key, feeds });
        if (results === null) throw new Error(`internal: a run of ${key} gave nothing`);
        return results;
      } finally {
        if (threads.has(thread)) threads.set(thread, runsOn(thread) - 1);
        for (const dropped of cache.release(key, thread)) {
          dropped.place.ask({ kind: 'drop', key: dropped.key }).catch((error: unknown) => {
            options.report(`${dropped.key} was not dropped by its thread`, error);
          });
        }
      }
    },
    get loadedBytes() {
      return cache.bytes;
    },
    close: async () => {
      closed = true;
      await Promise.all([...threads.keys()].map((thread) => thread.close()));
    },
  };
}

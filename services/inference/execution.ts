/**
 * How models are run for whoever answers requests: feeds in, outputs out. Concurrent requests of one model share runs
 * (batching/), on sessions that are kept on threads (sessions/).
 */
import { performance } from 'node:perf_hooks';
import type { ModelVersion } from '../../domain/models/model.ts';
import type { Signature } from '../../engine/runtime/session.ts';
import {
  createBatcher,
  type BatchClock,
  type BatchLimits,
  type Outcome,
  type RunReport,
} from './batching/batcher.ts';
import { planBatches, shapeOf, type BatchPlan } from './batching/batch-plan.ts';
import { bytesOf, packFeeds, rowsOf, splitResults } from './batching/pack.ts';
import { runApart } from './batching/run-apart.ts';
import type { Feeds, FoundSequences, Reading, Results, Search } from './sessions/messages.ts';
import {
  ModelNotLoaded,
  type SessionPool,
  type StoredDecoder,
  type StoredModel,
} from './sessions/session-pool.ts';

/** A model version, as far as running it goes. */
export type ServedModel = Pick<ModelVersion, 'storageKey' | 'bytes' | 'name' | 'version'> &
  // What waits for any file of a version waits for the version.
  Pick<StoredModel, 'weightsKey' | 'derivation' | 'versionKey'>;
export type ServedDecoder = ServedModel & StoredDecoder;

export interface RunOptions {
  /** Milliseconds after which the answer is of no use any more; PREDICTION_TIMEOUT_MS unless given. */
  readonly timeoutMs?: number;
  /** Whether the client is still there; asked before the run. */
  readonly isWanted?: () => boolean;
}

export interface Execution {
  /**
   * The model's outputs for its inputs, of one row or several. Feeds are given away.
   * Throws `overloaded`, `deadline_exceeded`, and `unavailable` when the thread ends that runs it.
   */
  run(model: ServedModel, feeds: Feeds, options?: RunOptions): Promise<Results>;
  /** What the model writes for each row that is read. Feeds are given away. Throws as `run`. */
  search(
    decoder: ServedDecoder,
    feeds: Reading,
    search: Search,
    options?: RunOptions,
  ): Promise<FoundSequences>;
  /** What the model takes and gives; it is loaded when it is first asked for. Throws as `run`. */
  signature(model: ServedModel, options?: RunOptions): Promise<Signature>;
  /** Does what takes several runs: what is open of the version stays so meanwhile, although the version be deleted. */
  holding<Answer>(model: ServedModel, work: () => Promise<Answer>): Promise<Answer>;
  /** The same until the answer is called. */
  hold(model: ServedModel): () => void;
  /** Whether a request to the model, or to another file of its version, would be refused for want of room. */
  isFull(model: ServedModel): boolean;
  /** What waits, and for which models. */
  queued(): Iterable<{ readonly model: ServedModel; readonly rows: number }>;
  readonly queuedBytes: number;
  /** Runs under way. */
  readonly running: number;
}

export interface ExecutionParts extends Omit<BatchLimits, 'slots'> {
  readonly sessions: Pick<SessionPool, 'load' | 'run' | 'search' | 'hold' | 'threads'>;
  readonly timeoutMs: number;
  readonly onRun?: (report: RunReport & { readonly owner: ServedModel }) => void;
}

const clock: BatchClock = {
  now: () => performance.now(),
  after: (milliseconds, callback) => {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
  soon: setImmediate,
};

type Item =
  | { readonly kind: 'load'; readonly model: ServedModel }
  | {
      readonly kind: 'search';
      readonly model: ServedDecoder;
      readonly feeds: Reading;
      readonly search: Search;
    }
  | {
      readonly kind: 'run';
      readonly model: ServedModel;
      readonly feeds: Feeds;
      /** Null where it runs alone. */
      readonly plan: BatchPlan | null;
    };

/** A signature and how requests share runs by it. */
interface Known {
  readonly signature: Signature;
  readonly plan: BatchPlan | null;
}

const queueOf = ({ versionKey, storageKey }: ServedModel): string => versionKey ?? storageKey;

/** Signatures are kept longer than sessions: they are small. */
const mostKnown = 10_000;

export function createExecution(parts: ExecutionParts): Execution {
  const { sessions } = parts;
  const known = new Map<string, Known>();
  let alone = 0;

  const batcher = createBatcher<Item, Results | Signature | FoundSequences>({
    ...parts,
    slots: sessions.threads,
    clock,
    onRun: (report, [first]) => {
      if (first?.kind === 'run') parts.onRun?.({ ...report, owner: first.model });
    },
    run: (_key, items) => {
      const [first] = items as [Item];
      const { model } = first;
      if (first.kind === 'search')
        return toAll(items.length, sessions.search(first.model, first.feeds, first.search));
      if (first.kind === 'load') return toAll(items.length, sessions.load(model));
      const requests = items.flatMap((item) => (item.kind === 'run' ? [item.feeds] : []));
      const together = async (some: readonly Feeds[]): Promise<readonly Results[]> => {
        if (first.plan === null) return [await sessions.run(model, some[0]!)];
        return splitResults(first.plan, await sessions.run(model, packFeeds(first.plan, some)), some);
      };
      return runApart(requests, together, (error) => error instanceof ModelNotLoaded);
    },
  });

  const submit = (item: Item, shape: string, size: { rows: number; bytes: number }, options: RunOptions) =>
    batcher.submit({
      model: queueOf(item.model),
      shape: item.model.versionKey === undefined ? shape : `${item.model.storageKey} ${shape}`,
      ...size,
      item,
      deadline: clock.now() + (options.timeoutMs ?? parts.timeoutMs),
      isWanted: options.isWanted ?? (() => true),
    });

  const know = async (model: ServedModel, options: RunOptions): Promise<Known> => {
    const present = known.get(model.storageKey);
    if (present !== undefined) return present;
    const signature = (await submit(
      { kind: 'load', model },
      'load',
      { rows: 1, bytes: 0 },
      options,
    )) as Signature;
    const made = { signature, plan: planBatches(signature) };
    if (known.size >= mostKnown) known.delete(known.keys().next().value!);
    known.set(model.storageKey, made);
    return made;
  };

  return {
    run: async (model, feeds, options = {}) => {
      const { plan } = known.get(model.storageKey) ?? (await know(model, options));
      const shape = plan === null ? `alone ${alone++}` : shapeOf(plan, feeds);
      const size = { rows: rowsOf(feeds), bytes: bytesOf(feeds) };
      return (await submit({ kind: 'run', model, feeds, plan }, shape, size, options)) as Results;
    },
    // searches take many steps: each has its own
    search: async (model, feeds, search, options = {}) =>
      (await submit(
        { kind: 'search', model, feeds, search },
        `alone ${alone++}`,
        { rows: rowsOf(feeds), bytes: bytesOf(feeds) },
        options,
      )) as FoundSequences,
    signature: async (model, options = {}) => (await know(model, options)).signature,
    hold: (model) => sessions.hold(queueOf(model)),
    holding: async (model, work) => {
      const letGo = sessions.hold(queueOf(model));
      try {
        return await work();
      } finally {
        letGo();
      }
    },
    isFull: (model) => batcher.isFull(queueOf(model)),
    *queued() {
      for (const { item, rows } of batcher.waiting()) yield { model: item.model, rows };
    },
    get queuedBytes() {
      return batcher.queuedBytes;
    },
    get running() {
      return batcher.running;
    },
  };
}

async function toAll<Answer>(count: number, work: Promise<Answer>): Promise<readonly Outcome<Answer>[]> {
  const answer = await work;
  return Array.from({ length: count }, () => ({ answer }));
}

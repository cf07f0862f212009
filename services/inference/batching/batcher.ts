/**
 * Which requests run together, and when. Pure: the clock and what runs are handed in.
 *
 *   submitted → waiting → running → answered | failed
 *               waiting | running → expired (its deadline has passed)
 *               waiting → forgotten (nobody wants it any more)
 *
 * Requests that may share a run stand in a lane: those of one model and one shape, in the order of their coming. Invariants
 * (batcher.test.ts):
 *
 * - At most `slots` runs at a time. A run holds requests of one lane, the oldest first, of at most `maxBatch` rows together
 *   (a longer one runs alone).
 * - A request whose lane is idle waits for nothing but a slot: what comes in the same turn of the event loop goes with it.
 *   While its lane is running, and a slot is free, it waits for company until there are `maxBatch` rows, or for `maxWaitMs`.
 * - Models take turns: while a model has requests that could run, no other gets two runs before it gets one.
 * - At most `maxQueuedRows` rows of a model, and `maxQueuedBytes` of all, wait; what comes beyond is refused at once.
 * - Everything that was submitted comes to exactly one end.
 */
import { UnrollError } from '../../../domain/errors/unroll-error.ts';

/** Milliseconds from any start, timers, and the end of this turn of the event loop. */
export interface BatchClock {
  now(): number;
  /** Calls back once; answers what stops it. */
  after(milliseconds: number, callback: () => void): () => void;
  soon(callback: () => void): void;
}

/** A request and what decides its company. */
export interface Submission<Item> {
  readonly model: string;
  /** Requests of a model with equal shapes may share a run. */
  readonly shape: string;
  readonly rows: number;
  readonly bytes: number;
  /** On the clock. */
  readonly deadline: number;
  readonly item: Item;
  /** Whether the answer is still waited for; asked before it is run. */
  readonly isWanted: () => boolean;
}

export type Outcome<Answer> = { readonly answer: Answer } | { readonly error: Error };

export interface BatchLimits {
  readonly slots: number;
  readonly maxBatch: number;
  readonly maxWaitMs: number;
  readonly maxQueuedRows: number;
  readonly maxQueuedBytes: number;
}

/** A run that has ended. */
export interface RunReport {
  readonly rows: number;
  /** Of its oldest request. */
  readonly waitedMs: number;
  readonly ranMs: number;
}

export interface BatcherParts<Item, Answer> extends BatchLimits {
  readonly clock: BatchClock;
  /** Runs items of one lane together: an outcome for each, in their order. */
  readonly run: (model: string, items: readonly Item[]) => Promise<readonly Outcome<Answer>[]>;
  readonly onRun?: (report: RunReport, items: readonly Item[]) => void;
}

export interface Batcher<Item, Answer> {
  /** Throws `overloaded` when there is no room to wait, `deadline_exceeded` when it was not answered in time. */
  submit(submission: Submission<Item>): Promise<Answer>;
  /** Whether the next request to the model would be refused. */
  isFull(model: string): boolean;
  /** What waits, in no order. */
  waiting(): Iterable<Pick<Submission<Item>, 'item' | 'rows'>>;
  readonly queuedBytes: number;
  readonly running: number;
}

interface Waiting<Item, Answer> extends Submission<Item> {
  readonly since: number;
  settle(outcome: Outcome<Answer>): void;
  isSettled: boolean;
}

interface Lane<Item, Answer> {
  readonly queue: Waiting<Item, Answer>[];
  rows: number;
  running: number;
}

interface ModelQueue<Item, Answer> {
  readonly lanes: Map<string, Lane<Item, Answer>>;
  rows: number;
  /** Counts runs of all models: when it had its last one, or else when it came. */
  lastTurn: number;
}

export const asError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error(String(thrown));

export function createBatcher<Item, Answer>(parts: BatcherParts<Item, Answer>): Batcher<Item, Answer> {
  type Entry = Waiting<Item, Answer>;
  const { clock, slots, maxBatch, maxWaitMs } = parts;
  const models = new Map<string, ModelQueue<Item, Answer>>();
  let queuedBytes = 0;
  let running = 0;
  let turns = 0;
  let isPumpDue = false;
  let stopTimer: (() => void) | null = null;

  function pumpSoon(): void {
    if (isPumpDue) return;
    isPumpDue = true;
    clock.soon(() => {
      isPumpDue = false;
      pump();
    });
  }

  /** Gives free slots to those whose turn it is; sets the clock for those who wait for company. */
  function pump(): void {
    stopTimer?.();
    stopTimer = null;
    let next = Infinity;
    while (running < slots) {
      const chosen = choose();
      if (chosen.kind === 'none') {
        next = chosen.nextAt;
        break;
      }
      start(chosen.model, chosen.shape, take(chosen.model, chosen.shape));
    }
    if (next < Infinity) stopTimer = clock.after(Math.max(0, next - clock.now()), pump);
  }

  type Choice = { kind: 'lane'; model: string; shape: string } | { kind: 'none'; nextAt: number };

  /** Of the models that have a lane that is due, the one that has waited longest for its turn; of its lanes, the one with the oldest request. */
  function choose(): Choice {
    const now = clock.now();
    let nextAt = Infinity;
    let best: { model: string; shape: string; lastTurn: number; since: number } | null = null;
    for (const [model, { lanes, lastTurn }] of models) {
      for (const [shape, lane] of lanes) {
        const [oldest] = lane.queue;
        if (oldest === undefined) continue;
        const dueAt = lane.running === 0 || lane.rows >= maxBatch ? now : oldest.since + maxWaitMs;
        if (dueAt > now) nextAt = Math.min(nextAt, dueAt);
        else if (
          best === null ||
          lastTurn < best.lastTurn ||
          (lastTurn === best.lastTurn && oldest.since < best.since)
        )
          best = { model, shape, lastTurn, since: oldest.since };
      }
    }
    return best === null ? { kind: 'none', nextAt } : { kind: 'lane', ...best };
  }

  /** The oldest of a lane, as many as fit one run. */
  function take(model: string, shape: string): Entry[] {
    const lane = models.get(model)!.lanes.get(shape)!;
    const taken: Entry[] = [];
    let rows = 0;
    while (lane.queue.length > 0) {
      const entry = lane.queue[0]!;
      if (taken.length > 0 && rows + entry.rows > maxBatch) break;
      leave(entry);
      if (entry.isWanted()) {
        taken.push(entry);
        rows += entry.rows;
      } else entry.settle({ error: new UnrollError('unavailable', 'The client has gone') });
    }
    return taken;
  }

  function start(model: string, shape: string, entries: readonly Entry[]): void {
    if (entries.length === 0) {
      tidy(model, shape);
      return;
    }
    const queue = models.get(model)!;
    const lane = queue.lanes.get(shape)!;
    const startedAt = clock.now();
    queue.lastTurn = ++turns;
    lane.running++;
    running++;
    const items = entries.map(({ item }) => item);
    void parts
      .run(model, items)
      .catch((error: unknown) => entries.map((): Outcome<Answer> => ({ error: asError(error) })))
      .then((outcomes) => {
        lane.running--;
        running--;
        entries.forEach((entry, index) => entry.settle(outcomes[index]!));
        tidy(model, shape);
        const report: RunReport = {
          rows: entries.reduce((sum, { rows }) => sum + rows, 0),
          waitedMs: startedAt - entries[0]!.since,
          ranMs: clock.now() - startedAt,
        };
        parts.onRun?.(report, items);
        pumpSoon();
      });
  }

  function enter(entry: Entry): void {
    const queue: ModelQueue<Item, Answer> = models.get(entry.model) ?? {
      lanes: new Map(),
      rows: 0,
      lastTurn: turns,
    };
    const lane: Lane<Item, Answer> = queue.lanes.get(entry.shape) ?? { queue: [], rows: 0, running: 0 };
    models.set(entry.model, queue);
    queue.lanes.set(entry.shape, lane);
    lane.queue.push(entry);
    lane.rows += entry.rows;
    queue.rows += entry.rows;
    queuedBytes += entry.bytes;
  }

  function leave(entry: Entry): void {
    const queue = models.get(entry.model)!;
    const lane = queue.lanes.get(entry.shape)!;
    const index = lane.queue.indexOf(entry);
    if (index === -1) return;
    lane.queue.splice(index, 1);
    lane.rows -= entry.rows;
    queue.rows -= entry.rows;
    queuedBytes -= entry.bytes;
  }

  /** Lanes and models that nobody uses are forgotten: shapes are many. */
  function tidy(model: string, shape: string): void {
    const queue = models.get(model);
    const lane = queue?.lanes.get(shape);
    if (queue === undefined || lane === undefined) return;
    if (lane.queue.length === 0 && lane.running === 0) queue.lanes.delete(shape);
    if (queue.lanes.size === 0) models.delete(model);
  }

  function refuseBeyondRoom({ model, rows, bytes }: Submission<Item>): void {
    const ofModel = models.get(model)?.rows ?? 0;
    // Whoever finds nobody waiting is let in, however large.
    if (ofModel > 0 && ofModel + rows > parts.maxQueuedRows)
      throw new UnrollError('overloaded', `${ofModel} inputs wait for this model, which is as many as may`);
    if (queuedBytes > 0 && queuedBytes + bytes > parts.maxQueuedBytes)
      throw new UnrollError('overloaded', `${queuedBytes} bytes of inputs wait, which is as many as may`);
  }

  return {
    submit: (submission) =>
      new Promise((resolve, reject) => {
        refuseBeyondRoom(submission);
        const since = clock.now();
        const stopDeadline = clock.after(submission.deadline - since, () => {
          leave(entry);
          tidy(entry.model, entry.shape);
          entry.settle({
            error: new UnrollError(
              'deadline_exceeded',
              `expected an answer within ${Math.round(submission.deadline - since)} ms`,
            ),
          });
        });
        const entry: Entry = {
          ...submission,
          since,
          isSettled: false,
          settle: (outcome) => {
            if (entry.isSettled) return;
            entry.isSettled = true;
            stopDeadline();
            if ('error' in outcome) reject(outcome.error);
            else resolve(outcome.answer);
          },
        };
        enter(entry);
        pumpSoon();
      }),
    isFull: (model) =>
      (models.get(model)?.rows ?? 0) >= parts.maxQueuedRows || queuedBytes >= parts.maxQueuedBytes,
    *waiting() {
      for (const { lanes } of models.values()) for (const { queue } of lanes.values()) yield* queue;
    },
    get queuedBytes() {
      return queuedBytes;
    },
    get running() {
      return running;
    },
  };
}

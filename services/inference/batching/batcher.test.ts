import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { UnrollError } from '../../../domain/errors/unroll-error.ts';
import { createBatcher, type BatchClock, type BatchLimits, type Outcome } from './batcher.ts';

/** Time that passes when it is told to. */
function handClock() {
  let now = 0;
  let timers: { at: number; callback: () => void }[] = [];
  let soon: (() => void)[] = [];
  const clock: BatchClock = {
    now: () => now,
    after: (milliseconds, callback) => {
      const timer = { at: now + milliseconds, callback };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    soon: (callback) => soon.push(callback),
  };
  /** Ends the turn of the event loop, and those that it makes. */
  const settle = async (): Promise<void> => {
    for (let quiet = 0; quiet < 3; quiet++) {
      await Promise.resolve();
      const due = soon;
      soon = [];
      if (due.length > 0) quiet = -1;
      for (const callback of due) callback();
    }
  };
  const advance = async (milliseconds: number): Promise<void> => {
    const end = now + milliseconds;
    for (;;) {
      const next = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      now = Math.max(now, next.at);
      timers = timers.filter((timer) => timer !== next);
      next.callback();
      await settle();
    }
    now = end;
    await settle();
  };
  return { clock, settle, advance, timers: () => timers.length };
}

interface Run {
  readonly model: string;
  readonly items: readonly string[];
  readonly at: number;
  readonly end: (outcomes?: readonly Outcome<string>[]) => void;
}

function bench(limits: Partial<BatchLimits> = {}) {
  const time = handClock();
  const runs: Run[] = [];
  const batcher = createBatcher<string, string>({
    slots: 1,
    maxBatch: 4,
    maxWaitMs: 2,
    maxQueuedRows: 100,
    maxQueuedBytes: 1e6,
    ...limits,
    clock: time.clock,
    run: (model, items) =>
      new Promise((resolve) => {
        runs.push({
          model,
          items,
          at: time.clock.now(),
          end: (outcomes = items.map((item) => ({ answer: `${item}!` }))) => resolve(outcomes),
        });
      }),
  });
  const ends = new Map<string, string>();
  const submit = (
    item: string,
    o: {
      model?: string;
      shape?: string;
      rows?: number;
      bytes?: number;
      within?: number;
      isWanted?: () => boolean;
    } = {},
  ): void => {
    const { model = 'm', shape = 's', rows = 1, bytes = 1, within = 1e6, isWanted = () => true } = o;
    batcher.submit({ model, shape, rows, bytes, item, isWanted, deadline: time.clock.now() + within }).then(
      (answer) => ends.set(item, answer),
      (error: unknown) => ends.set(item, (error as UnrollError).code),
    );
  };
  return { ...time, runs, batcher, ends, submit };
}

describe('createBatcher', () => {
  it('does not wait when idle, and takes along what comes in the same turn', async () => {
    const { submit, settle, runs, ends } = bench();
    submit('a');
    submit('b');
    submit('other', { shape: 't' });
    await settle();
    expect(runs.map(({ items, at }) => [items, at])).toEqual([[['a', 'b'], 0]]);
    runs[0]!.end();
    await settle();
    expect(Object.fromEntries(ends)).toEqual({ a: 'a!', b: 'b!' });
    expect(runs[1]!.items).toEqual(['other']);
  });

  it('gathers those that come while the model is run, for as long as it may with a thread free', async () => {
    const { submit, settle, advance, runs } = bench({ slots: 2 });
    submit('a');
    await settle();
    submit('b');
    await advance(1);
    submit('c');
    await advance(0.9);
    expect(runs).toHaveLength(1);
    await advance(0.2);
    expect(runs.map(({ items, at }) => [items, at])).toEqual([
      [['a'], 0],
      [['b', 'c'], 2],
    ]);
  });

  it('goes without waiting when a run is full, and never takes more', async () => {
    const { submit, settle, runs } = bench({ slots: 2 });
    submit('a');
    await settle();
    for (const item of ['b', 'c', 'd', 'e', 'f']) submit(item);
    await settle();
    expect(runs[1]).toMatchObject({ items: ['b', 'c', 'd', 'e'], at: 0 });
  });

  it('runs a request alone that is longer than a run, and keeps the order', async () => {
    const { submit, settle, runs } = bench();
    submit('long', { rows: 9 });
    submit('b', { rows: 3 });
    submit('c', { rows: 2 });
    submit('d', { rows: 1 });
    for (let run = 0; run < 3; run++) {
      await settle();
      runs[run]!.end();
    }
    await settle();
    expect(runs.map(({ items }) => items)).toEqual([['long'], ['b'], ['c', 'd']]);
  });

  it('refuses what has no room to wait, of a model and of all', async () => {
    const { submit, settle, ends, batcher } = bench({ maxQueuedRows: 2, maxQueuedBytes: 10 });
    submit('running');
    await settle();
    submit('a');
    submit('b');
    expect(batcher.isFull('m')).toBe(true);
    expect(batcher.isFull('n')).toBe(false);
    submit('c');
    submit('d', { model: 'n', bytes: 8 });
    submit('e', { model: 'o', bytes: 1 });
    await settle();
    expect(Object.fromEntries(ends)).toEqual({ c: 'overloaded', e: 'overloaded' });
  });

  it('lets nobody wait beyond their deadline, in the queue or in a run', async () => {
    const { submit, advance, settle, runs, ends, timers, batcher } = bench();
    submit('a', { within: 5 });
    await settle();
    submit('b', { within: 3 });
    submit('c', { within: 9 });
    await advance(4);
    expect(Object.fromEntries(ends)).toEqual({ b: 'deadline_exceeded' });
    await advance(2);
    expect(ends.get('a')).toBe('deadline_exceeded');
    runs[0]!.end();
    await settle();
    runs[1]!.end();
    await settle();
    expect([ends.get('a'), ends.get('c')]).toEqual(['deadline_exceeded', 'c!']);
    expect([timers(), [...batcher.waiting()].length, batcher.queuedBytes, batcher.running]).toEqual([
      0, 0, 0, 0,
    ]);
  });

  it('does not run what nobody waits for', async () => {
    const { submit, settle, runs } = bench();
    submit('a', { isWanted: () => false });
    submit('b');
    await settle();
    expect(runs.map(({ items }) => items)).toEqual([['b']]);
  });

  it('gives each of a run its own outcome', async () => {
    const { submit, settle, runs, ends } = bench();
    submit('a');
    submit('b');
    await settle();
    runs[0]!.end([{ error: Object.assign(new Error('no'), { code: 'internal' }) }, { answer: 'b!' }]);
    await settle();
    expect(Object.fromEntries(ends)).toEqual({ a: 'internal', b: 'b!' });
  });

  it('keeps its promises whatever comes, in whatever order', async () => {
    const models = fc.constantFrom('m', 'n', 'o');
    const shapes = fc.constantFrom('s', 't');
    const step = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({
          kind: fc.constant('submit' as const),
          model: models,
          shape: shapes,
          rows: fc.integer({ min: 1, max: 6 }),
          within: fc.constantFrom(1, 3, 10, 1e6),
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(0, 0.5, 1, 3) }),
      },
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('end' as const), which: fc.nat(5) }) },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60 }),
        fc.integer({ min: 1, max: 3 }),
        async (steps, slots) => {
          const { submit, settle, advance, runs, ends, clock, batcher, timers } = bench({
            slots,
            maxQueuedRows: 20,
          });
          const sent = new Map<
            string,
            { model: string; shape: string; rows: number; at: number; by: number }
          >();
          const ended = new Set<Run>();
          let checked = 0;
          const check = (): void => {
            const open = runs.filter((run) => !ended.has(run));
            expect(open.length).toBeLessThanOrEqual(slots);
            for (; checked < runs.length; checked++) {
              const { items, model, at } = runs[checked]!;
              const own = items.map((item) => sent.get(item)!);
              expect(new Set(own.map((one) => `${one.model} ${one.shape}`))).toEqual(
                new Set([`${model} ${own[0]!.shape}`]),
              );
              if (own.length > 1) expect(own.reduce((sum, { rows }) => sum + rows, 0)).toBeLessThanOrEqual(4);
              for (const one of own) expect(at).toBeLessThanOrEqual(one.by);
              // In the order of coming, and nobody of the lane who is older is left behind.
              const names = items.map(Number);
              expect(names).toEqual(names.toSorted((a, b) => a - b));
              const started = new Set(runs.slice(0, checked + 1).flatMap((run) => run.items));
              for (const [name, one] of sent) {
                if (one.model === model && one.shape === own[0]!.shape && Number(name) < names[0]!)
                  expect(started.has(name) || ends.has(name)).toBe(true);
              }
            }
            // With a slot free, nobody waits longer than maxWaitMs, and nobody whose lane is idle waits at all.
            if (open.length < slots) {
              const waiting = [...sent].filter(
                ([name]) => !ends.has(name) && !runs.some(({ items }) => items.includes(name)),
              );
              for (const [, one] of waiting) {
                expect(clock.now() - one.at).toBeLessThanOrEqual(2);
                expect(
                  open.some(
                    ({ model, items }) => model === one.model && sent.get(items[0]!)!.shape === one.shape,
                  ),
                ).toBe(true);
              }
            }
          };
          let name = 0;
          for (const next of steps) {
            if (next.kind === 'submit') {
              const now = clock.now();
              sent.set(String(name), { ...next, at: now, by: now + next.within });
              submit(String(name++), next);
              await settle();
            } else if (next.kind === 'pass') await advance(next.ms);
            else {
              const open = runs.filter((run) => !ended.has(run));
              const run = open[next.which % Math.max(1, open.length)];
              if (run) {
                ended.add(run);
                run.end();
              }
              await settle();
            }
            check();
          }
          for (;;) {
            await advance(3);
            check();
            const run = runs.find((candidate) => !ended.has(candidate));
            if (!run) break;
            ended.add(run);
            run.end();
          }
          // Everything has come to one end, and nothing is left behind.
          expect([...ends.keys()].toSorted()).toEqual([...sent.keys()].toSorted());
          expect(runs.flatMap(({ items }) => items)).toHaveLength(
            new Set(runs.flatMap(({ items }) => items)).size,
          );
          expect([[...batcher.waiting()].length, batcher.queuedBytes, batcher.running, timers()]).toEqual([
            0, 0, 0, 0,
          ]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('lets models take turns: none gets two runs while another waits for one', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom('m', 'n', 'o', 'p'), fc.boolean()), {
          minLength: 1,
          maxLength: 60,
        }),
        async (steps) => {
          const { submit, settle, runs, ends } = bench({ maxQueuedRows: 1000 });
          const model = new Map<string, string>();
          let name = 0;
          let over = 0;
          /** Runs that others got since a model has had something waiting without getting one. */
          const passed = new Map<string, string[]>();
          const see = (): void => {
            for (let seen = over; seen < runs.length; seen++) {
              const got = runs[seen]!.model;
              passed.delete(got);
              for (const [waiting, others] of passed) {
                others.push(got);
                expect(new Set(others).size, `${waiting} was passed by ${others.join()}`).toBe(others.length);
              }
            }
            over = runs.length;
            for (const [item, own] of model)
              if (!ends.has(item) && !runs.some(({ items }) => items.includes(item)) && !passed.has(own))
                passed.set(own, []);
          };
          for (const [own, ends] of steps) {
            model.set(String(name), own);
            submit(String(name++), { model: own, rows: 4 });
            await settle();
            see();
            if (ends) {
              runs.at(-1)!.end();
              await settle();
              see();
            }
          }
        },
      ),
    );
  });
});

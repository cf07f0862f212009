import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { chooseNext } from './scheduling-choice.ts';
import { forecastQueue } from './scheduling-forecast.ts';
import {
  inOrder,
  overheadSeconds,
  referencePace,
  remainingSeconds,
  turnOf,
  type WaitingJob,
} from './scheduling-order.ts';
import { choosePreempted, type QueueState, type RunningJob } from './scheduling-preemption.ts';

const waitingJob = (id: string, change: Partial<WaitingJob> & { seconds?: number } = {}): WaitingJob => {
  const { seconds = 10, ...fields } = change;
  return {
    id,
    priority: 0,
    memoryBytes: 1,
    estimatedWork: seconds * referencePace,
    progress: 0,
    trainedSeconds: 0,
    maxSeconds: null,
    queuedAt: new Date(0),
    ...fields,
  };
};
const runningJob = (id: string, change: Partial<RunningJob> & { seconds?: number } = {}): RunningJob => ({
  ...waitingJob(id, change),
  workerId: 'wrk_1',
  claimedAt: new Date(0),
  stays: true,
  finishAt: null,
  ...change,
});
const worker = { id: 'wrk_1', memoryBytes: 10, concurrency: 2, pace: referencePace };
const at = (seconds: number): Date => new Date(seconds * 1000);
const ids = (jobs: readonly { readonly id: string }[]): string[] => jobs.map(({ id }) => id);

describe('the order of turns', () => {
  it('lets shorter jobs by, but only those that come within its own length', () => {
    const long = waitingJob('long', { seconds: 100 });
    const soon = waitingJob('soon', { seconds: 1, queuedAt: at(50) });
    const late = waitingJob('late', { seconds: 1, queuedAt: at(150) });
    expect(ids(inOrder([late, long, soon]))).toEqual(['soon', 'long', 'late']);
    const urgent = waitingJob('urgent', { seconds: 1000, priority: 1, queuedAt: at(500) });
    expect(ids(inOrder([late, long, urgent, soon]))).toEqual(['urgent', 'soon', 'long', 'late']);
  });

  it('reckons with what is left, and with the time allowed', () => {
    expect(remainingSeconds(waitingJob('a', { seconds: 100 }), referencePace)).toBe(overheadSeconds + 100);
    expect(remainingSeconds(waitingJob('a', { seconds: 100, progress: 0.75 }), referencePace * 5)).toBe(
      overheadSeconds + 5,
    );
    const limited = waitingJob('a', { seconds: 100, maxSeconds: 30, trainedSeconds: 20 });
    expect(remainingSeconds(limited, referencePace)).toBe(overheadSeconds + 10);
  });
});

describe('what a worker takes', () => {
  it('is the first that fits, and nothing when it is full', () => {
    const waiting = [waitingJob('large', { memoryBytes: 9, seconds: 50 }), waitingJob('small')];
    const choose = (running: { memoryBytes: number | null }[], now = 0) =>
      chooseNext({ waiting, worker, running, now })?.id;
    expect(choose([])).toBe('large');
    expect(choose([{ memoryBytes: 5 }])).toBe('small');
    expect(choose([{ memoryBytes: 1 }, { memoryBytes: 1 }])).toBeUndefined();
  });

  it('is kept free for a job whose turn has come, and not for one that is too large for it', () => {
    const due = waitingJob('due', { memoryBytes: 9 });
    const small = waitingJob('small', { queuedAt: at(100) });
    const choose = (waiting: WaitingJob[]) =>
      chooseNext({ waiting, worker, running: [{ memoryBytes: 5 }], now: turnOf(due) })?.id;
    expect(choose([due, small])).toBeUndefined();
    expect(choose([{ ...due, memoryBytes: 11 }, small])).toBe('small');
  });
});

describe('making way', () => {
  const state = (change: Partial<QueueState>): QueueState => ({
    now: at(1000),
    waiting: [],
    running: [],
    workers: [{ ...worker, concurrency: 1 }],
    ...change,
  });
  const long = runningJob('long', { seconds: 10_000 });

  it('is for a much shorter job, or a more urgent one, that has waited long', () => {
    const preempted = (job: WaitingJob, running = long) =>
      choosePreempted(state({ waiting: [job], running: [running] }), 600);
    expect(preempted(waitingJob('short'))).toEqual(['long']);
    expect(preempted(waitingJob('urgent', { seconds: 1e6, priority: 1 }))).toEqual(['long']);
    expect(preempted(waitingJob('short', { queuedAt: at(500) }))).toEqual([]);
    expect(preempted(waitingJob('short', { priority: -1 }))).toEqual([]);
    expect(preempted(waitingJob('as long', { seconds: 9000 }))).toEqual([]);
    expect(preempted(waitingJob('short'), { ...long, claimedAt: at(500) })).toEqual([]);
    expect(preempted(waitingJob('short'), { ...long, stays: false })).toEqual([]);
    expect(preempted(waitingJob('too large', { memoryBytes: 11 }))).toEqual([]);
  });

  it('is one job for each that waits, on one worker, and none where there is room', () => {
    const workers = ['wrk_1', 'wrk_2', 'wrk_3'].map((id) => ({ ...worker, id, concurrency: 1 }));
    const running = workers.map(({ id }, index) =>
      runningJob(`long ${id}`, { seconds: 10_000 + index, workerId: id }),
    );
    const waiting = [waitingJob('short')];
    expect(choosePreempted(state({ workers, running, waiting }), 600)).toEqual(['long wrk_3']);
    expect(choosePreempted(state({ workers, running: running.slice(1), waiting }), 600)).toEqual([]);
    const two = [...waiting, waitingJob('short too')];
    expect(choosePreempted(state({ workers, running, waiting: two }), 600)).toEqual([
      'long wrk_3',
      'long wrk_2',
    ]);
  });
});

/** Plays jobs through on workers that keep to their own rules. Jobs take as long as they are reckoned to take, more or less. */
function play(o: {
  arrivals: readonly (WaitingJob & { readonly factor: number })[];
  workers: QueueState['workers'];
  sliceSeconds: number;
}) {
  const starts: string[] = [];
  const finished = new Map<string, number>();
  const left = new Map(o.arrivals.map((job) => [job.id, job.factor * remainingSeconds(job, referencePace)]));
  const whole = new Map(left);
  let waiting: WaitingJob[] = [];
  let running: RunningJob[] = [];
  const coming = [...o.arrivals].sort((a, b) => a.queuedAt.getTime() - b.queuedAt.getTime());
  const step = 5;
  for (let second = 0; finished.size < o.arrivals.length; second += step) {
    if (second > 2e5) return { starts, finished, stuck: ids(waiting) };
    const now = at(second);
    while (coming[0] && coming[0].queuedAt <= now) waiting.push(coming.shift()!);
    for (const job of running) {
      const rest = left.get(job.id)! - step;
      left.set(job.id, rest);
      if (rest <= 0) finished.set(job.id, second);
    }
    running = running
      .filter(({ id }) => !finished.has(id))
      .map((job) => ({ ...job, progress: Math.min(0.99, 1 - left.get(job.id)! / whole.get(job.id)!) }));
    if (o.sliceSeconds > 0) {
      const state = { now, waiting: inOrder(waiting), running, workers: o.workers };
      for (const id of choosePreempted(state, o.sliceSeconds)) {
        const job = running.find((one) => one.id === id)!;
        running = running.filter((one) => one !== job);
        waiting.push({ ...job, queuedAt: now });
      }
    }
    for (const { id, ...capacity } of o.workers)
      for (;;) {
        const mine = running.filter(({ workerId }) => workerId === id);
        const next = chooseNext({
          waiting: inOrder(waiting),
          worker: capacity,
          running: mine,
          now: now.getTime(),
        });
        if (next === null) break;
        waiting = waiting.filter((job) => job !== next);
        running.push({ ...runningJob(next.id), ...next, workerId: id, claimedAt: now });
        starts.push(next.id);
      }
  }
  return { starts, finished, stuck: [] };
}

describe('nobody waits for ever', () => {
  const workers = fc.array(
    fc.record({ concurrency: fc.integer({ min: 1, max: 3 }), memoryBytes: fc.integer({ min: 10, max: 20 }) }),
    { minLength: 1, maxLength: 3 },
  );
  const arrivals = fc.array(
    fc.record({
      seconds: fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 500, max: 5000 })),
      memoryBytes: fc.integer({ min: 1, max: 10 }),
      priority: fc.integer({ min: -2, max: 2 }),
      at: fc.integer({ min: 0, max: 3000 }),
      factor: fc.double({ min: 0.3, max: 2, noNaN: true }),
    }),
    { minLength: 1, maxLength: 25 },
  );
  const named = (jobs: readonly { at: number; factor: number; seconds: number }[]) =>
    jobs.map((job, index) => ({
      ...waitingJob(`job ${index}`, { ...job, queuedAt: at(job.at) }),
      factor: job.factor,
    }));

  it('whatever comes, with jobs that make way and without', () => {
    fc.assert(
      fc.property(workers, arrivals, fc.constantFrom(0, 60, 600), (capacities, jobs, sliceSeconds) => {
        const outcome = play({
          arrivals: named(jobs),
          workers: capacities.map((capacity, index) => ({ ...capacity, id: `wrk_${index}`, pace: null })),
          sliceSeconds,
        });
        expect(outcome.stuck).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it.each([0, 600])('neither a large job under a stream of small ones (slice %i s)', (sliceSeconds) => {
    // More work than the worker can do comes for 20,000 s; the large job needs all the room there is.
    const stream = Array.from({ length: 1000 }, (_, index) => ({
      ...waitingJob(`small ${index}`, { seconds: 30, queuedAt: at(20 * index) }),
      factor: 1,
    }));
    const large = { ...waitingJob('large', { seconds: 2000, memoryBytes: 10 }), factor: 1 };
    const { finished } = play({ arrivals: [...stream, large], workers: [worker], sliceSeconds });
    // Its own length of letting by, and of being at work; with slices it starts over for each of them.
    expect(finished.get('large')).toBeLessThan(sliceSeconds === 0 ? 2 * 2003 + 100 : 4 * 2003 + 4 * 2003);
  });

  it('nor small ones under a large job, if it makes way', () => {
    const large = { ...waitingJob('large', { seconds: 50_000 }), factor: 1 };
    const small = { ...waitingJob('small', { seconds: 10, queuedAt: at(100) }), factor: 1 };
    const one = [{ ...worker, concurrency: 1 }];
    const { finished, starts } = play({ arrivals: [large, small], workers: one, sliceSeconds: 600 });
    expect(finished.get('small')).toBeLessThan(800);
    expect(starts).toEqual(['large', 'small', 'large']);
    const never = play({ arrivals: [large, small], workers: one, sliceSeconds: 0 });
    expect(never.starts).toEqual(['large', 'small']);
  });
});

describe('the forecast', () => {
  const state = (change: Partial<QueueState>): QueueState => ({
    now: at(0),
    waiting: [],
    running: [],
    workers: [worker],
    ...change,
  });

  it('is the order in which jobs are really taken', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            seconds: fc.integer({ min: 1, max: 1000 }),
            memoryBytes: fc.integer({ min: 1, max: 10 }),
            priority: fc.integer({ min: 0, max: 1 }),
          }),
          { minLength: 1, maxLength: 15 },
        ),
        (jobs) => {
          const waiting = jobs.map((job, index) => waitingJob(`job ${index}`, job));
          const forecast = forecastQueue(state({ waiting }));
          const foretold = [...forecast].sort(([, a], [, b]) => a.position - b.position);
          expect(foretold.map(([, { position }]) => position)).toEqual(waiting.map((_, index) => index + 1));
          const arrivals = waiting.map((job) => ({ ...job, factor: 1 }));
          const one = { ...worker, concurrency: 1 };
          const alone = forecastQueue(state({ waiting, workers: [one] }));
          const { starts, finished } = play({ arrivals, workers: [one], sliceSeconds: 0 });
          expect(starts).toEqual([...alone.keys()]);
          // The play goes by steps of 5 s.
          for (const [id, { finishAt, position }] of alone)
            expect(Math.abs(finishAt!.getTime() / 1000 - finished.get(id)!)).toBeLessThanOrEqual(
              5 * position,
            );
        },
      ),
    );
  });

  it('says nothing of the end while no pace is known, and places what no worker can hold last', () => {
    const waiting = [waitingJob('too large', { memoryBytes: 11 }), waitingJob('small', { seconds: 100 })];
    const unknown = forecastQueue(state({ waiting, workers: [{ ...worker, pace: null }] }));
    expect(unknown.get('small')).toEqual({ position: 1, finishAt: null });
    expect(forecastQueue(state({ waiting, workers: [] })).get('small')?.finishAt).toBeNull();
    const known = forecastQueue(state({ waiting }));
    expect(known.get('too large')).toEqual({ position: 2, finishAt: null });
    expect(known.get('small')?.finishAt).toEqual(at(100 + overheadSeconds));
  });

  it('waits for what runs, by its own pace where that is known', () => {
    const running = [
      runningJob('half done', { seconds: 100, progress: 0.5 }),
      runningJob('slower than reckoned', { seconds: 100, finishAt: at(500) }),
    ];
    const forecast = forecastQueue(
      state({ running, waiting: [waitingJob('a', { seconds: 7 }), waitingJob('b', { seconds: 1000 })] }),
    );
    expect(forecast.get('a')).toEqual({ position: 1, finishAt: at(53 + 10) });
    expect(forecast.get('b')).toEqual({ position: 2, finishAt: at(63 + 1003) });
  });

  it('says nothing of an end that no date can tell, for those behind it neither', () => {
    const waiting = [waitingJob('endless', { seconds: 1e13, priority: 1 }), waitingJob('a', { seconds: 7 })];
    const one = { ...worker, concurrency: 1 };
    const forecast = forecastQueue(state({ waiting, workers: [one] }));
    expect(forecast.get('endless')).toEqual({ position: 1, finishAt: null });
    expect(forecast.get('a')).toEqual({ position: 2, finishAt: null });
  });

  it('plays ten thousand jobs through in a moment', () => {
    const waiting = Array.from({ length: 10_000 }, (_, index) =>
      waitingJob(`job ${index}`, { seconds: index % 97, memoryBytes: 1 + (index % 10) }),
    );
    expect(forecastQueue(state({ waiting })).size).toBe(10_000);
  });
});

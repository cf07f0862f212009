/**
 * When each waiting job will be taken up and be done: the workers' own rule, played through with how long jobs are
 * reckoned to take. What comes later (new jobs, jobs that make way, early stopping) is not foreseen.
 */
import { dateAt } from './estimated-finish.ts';
import { chooseNext } from './scheduling-choice.ts';
import { inOrder, referencePace, remainingSeconds, type WaitingJob } from './scheduling-order.ts';
import type { LiveWorker, QueueState } from './scheduling-preemption.ts';

export interface Expectation {
  /** 1 is taken up next. */
  readonly position: number;
  /** Null when no worker is there that could take it, or none has been seen at work yet. */
  readonly finishAt: Date | null;
}

interface Lane {
  readonly worker: LiveWorker;
  running: readonly { readonly memoryBytes: number | null; readonly endsAt: number }[];
}

/** By the jobs' ids. */
export function forecastQueue(state: QueueState): ReadonlyMap<string, Expectation> {
  const paces = state.workers.flatMap(({ pace }) => (pace === null ? [] : [pace]));
  const isKnown = paces.length > 0;
  const middling = isKnown ? paces.reduce((sum, pace) => sum + pace, 0) / paces.length : referencePace;
  const lanes: Lane[] = state.workers.map((worker) => ({
    worker,
    running: state.running
      .filter(({ workerId }) => workerId === worker.id)
      .map((job) => ({
        memoryBytes: job.memoryBytes,
        endsAt:
          job.finishAt?.getTime() ??
          state.now.getTime() + 1000 * remainingSeconds(job, worker.pace ?? middling),
      })),
  }));

  const expectations = new Map<string, Expectation>();
  const waiting = inOrder(state.waiting);
  let now = state.now.getTime();
  const expect = (job: WaitingJob, endsAt: number | null): void => {
    expectations.set(job.id, {
      position: expectations.size + 1,
      finishAt: endsAt !== null && isKnown && job.estimatedWork !== null ? dateAt(endsAt) : null,
    });
  };

  while (waiting.length > 0) {
    const taken = takeUp(lanes, waiting, now);
    if (taken) {
      const { lane, job, place } = taken;
      waiting.splice(place, 1);
      const endsAt = now + 1000 * remainingSeconds(job, lane.worker.pace ?? middling);
      lane.running = [...lane.running, { memoryBytes: job.memoryBytes, endsAt }];
      expect(job, endsAt);
      continue;
    }
    const next = Math.min(...lanes.flatMap(({ running }) => running.map(({ endsAt }) => endsAt)));
    if (next === Infinity) break;
    now = Math.max(now, next);
    for (const lane of lanes) lane.running = lane.running.filter(({ endsAt }) => endsAt > now);
  }
  // For these there is no worker: they stand behind the others.
  for (const job of waiting) expect(job, null);
  return expectations;
}

function takeUp(lanes: readonly Lane[], waiting: readonly WaitingJob[], now: number) {
  const offers = lanes.flatMap((lane) => {
    const job = chooseNext({ waiting, worker: lane.worker, running: lane.running, now });
    return job === null ? [] : [{ lane, job, place: waiting.indexOf(job) }];
  });
  return offers.sort((a, b) => a.place - b.place)[0];
}

/** What happens when: chosen beforehand from the seed alone, so that a soak can be played again (as far as time allows). */
import { chance } from './chance.ts';
import type { SoakOptions } from './options.ts';

/**
 * plain: it is left alone.              twice: its POST is sent twice at once, under one key.
 * cancelled: it would never end.        cancelled_perhaps: cancelled about when it ends by itself.
 * paused: paused and resumed later.     uploaded: on a dataset of its own, uploaded just before.
 */
export type Treatment = 'plain' | 'twice' | 'cancelled' | 'cancelled_perhaps' | 'paused' | 'uploaded';

export interface PlannedJob {
  readonly number: number;
  /** Milliseconds after the start. */
  readonly at: number;
  readonly kind: string;
  readonly treatment: Treatment;
  /** Whether what is done with the job waits until a worker has it: most would still be queued otherwise. */
  readonly whenAtWork: boolean;
  /** From then, or from the answer of the POST, to what is done with it; and, of a paused one, to its resumption. */
  readonly afterMs: number;
  readonly forMs: number;
  /** Somebody follows its events as a stream. */
  readonly watched: boolean;
}

export type Blow =
  | 'kill api'
  | 'stop api'
  | 'kill worker'
  | 'stop worker'
  | 'freeze worker'
  | 'kill child'
  | 'freeze child'
  | 'kill redis'
  | 'flush redis'
  | 'kill postgres'
  | 'crash postgres'
  | 'deliver again'
  | 'late messages';

export interface PlannedBlow {
  readonly at: number;
  readonly blow: Blow;
  /** 0 to 1: which of those that can be hit. */
  readonly target: number;
  /** 0 to 1: how long it lasts, where it lasts. */
  readonly length: number;
}

export interface Plan {
  readonly jobs: readonly PlannedJob[];
  readonly blows: readonly PlannedBlow[];
}

const treatments: Record<Treatment, number> = {
  plain: 50,
  twice: 12,
  cancelled: 12,
  cancelled_perhaps: 6,
  paused: 14,
  uploaded: 6,
};

const blowWeights: Record<Blow, number> = {
  'kill api': 4,
  'stop api': 2,
  'kill worker': 5,
  'stop worker': 3,
  'freeze worker': 2,
  'kill child': 7,
  'freeze child': 1,
  'kill redis': 2,
  'flush redis': 0.5,
  'kill postgres': 1,
  'crash postgres': 1,
  'deliver again': 4,
  'late messages': 2,
};

/** Time from one blow to the next, on average. */
const meanPauseMs = 3500;
/** Jobs come in the first part of the time: the last ones shall be hit too. */
const arrivals = 0.85;

export function makePlan({ minutes, jobs, seed }: SoakOptions, kinds: readonly string[]): Plan {
  const totalMs = minutes * 60_000;
  const order = chance(seed, 'kinds');
  const shuffled = kinds
    .map((kind) => ({ kind, place: order.between(0, 1) }))
    .sort((one, other) => one.place - other.place)
    .map(({ kind }) => kind);
  return { jobs: planJobs(jobs, totalMs, seed, shuffled), blows: planBlows(totalMs, seed) };
}

function planJobs(count: number, totalMs: number, seed: number, kinds: readonly string[]): PlannedJob[] {
  const when = chance(seed, 'arrivals');
  const what = chance(seed, 'jobs');
  const times = Array.from({ length: count }, () => when.between(0, arrivals * totalMs));
  return times
    .sort((one, other) => one - other)
    .map((at, index) => ({
      number: index + 1,
      at: Math.round(at),
      // Each kind in turn, so that none is left out of a short soak by chance.
      kind: kinds[index % kinds.length]!,
      treatment: what.weighted(treatments),
      whenAtWork: what.holds(0.75),
      afterMs: Math.round(what.between(0, 4000)),
      forMs: Math.round(what.between(0, 5000)),
      watched: what.holds(0.25),
    }));
}

function planBlows(totalMs: number, seed: number): PlannedBlow[] {
  const random = chance(seed, 'blows');
  const blows: PlannedBlow[] = [];
  const add = (at: number, blow: Blow): void => {
    const [target, length] = [random.between(0, 1), random.between(0, 1)];
    blows.push({ at: Math.round(at), blow, target, length });
  };
  for (let at = random.between(1000, 3000); at < totalMs; at += random.between(0.2, 1.8) * meanPauseMs)
    add(at, random.weighted(blowWeights));
  // What must not be missing in any soak that is not a very short one.
  const certain: readonly Blow[] = [
    'flush redis',
    'kill postgres',
    'kill redis',
    'kill worker',
    'kill child',
    'freeze worker',
    'kill api',
  ];
  certain.forEach((blow, index) => {
    if (!blows.some((planned) => planned.blow === blow))
      add(((index + 1) / (certain.length + 1)) * totalMs, blow);
  });
  return blows.sort((one, other) => one.at - other.at);
}

/** What `npm run soak` is asked for. */
import { parseArgs } from 'node:util';

export interface SoakOptions {
  /** How long things are broken. The quiet runs before, and the wait for the last jobs after, come on top. */
  readonly minutes: number;
  readonly jobs: number;
  /** Of the plan: which jobs come when, what is done with them, and what is broken when. */
  readonly seed: number;
  readonly workers: number;
  readonly apis: number;
  /** Where the summary is written as JSON too; null: nowhere. */
  readonly json: string | null;
  /** Leave the data folder, with the logs, also when all held. */
  readonly keep: boolean;
}

export const usage = `usage: npm run soak -- [--minutes 10] [--jobs 200] [--seed 1] [--workers 3] [--apis 2] [--json FILE] [--keep]`;

const standard = { minutes: '10', jobs: '200', seed: '1', workers: '3', apis: '2' } as const;

/** Throws with a line that says what is wrong. */
export function readOptions(args: readonly string[]): SoakOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: standard.minutes },
      jobs: { type: 'string', default: standard.jobs },
      seed: { type: 'string', default: standard.seed },
      workers: { type: 'string', default: standard.workers },
      apis: { type: 'string', default: standard.apis },
      json: { type: 'string' },
      keep: { type: 'boolean', default: false },
    },
  });
  const whole = (name: 'jobs' | 'seed' | 'workers' | 'apis', least: number): number => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < least)
      throw new Error(`--${name}: expected a whole number from ${least} on, got ${values[name]}`);
    return value;
  };
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new Error(`--minutes: expected a number above 0, got ${values.minutes}`);
  return {
    minutes,
    jobs: whole('jobs', 1),
    seed: whole('seed', 0),
    workers: whole('workers', 1),
    apis: whole('apis', 1),
    json: values.json ?? null,
    keep: values.keep,
  };
}

/** What each kind of job comes to when nothing is disturbed: by the same service, before anything is broken. */
import { isEnded } from '../../domain/training-jobs/training-job.ts';
import { requestBody, until, type World } from './customers.ts';
import { jobKinds } from './job-kinds.ts';
import type { JobResource } from './resources.ts';
import { resultOf, type Result } from './result.ts';

export interface QuietRun {
  readonly result: Result;
  readonly seconds: number;
}

export const quietModelOf = (kind: string): string => `quiet-${kind}`;

/** These kinds, and those that they start from. */
export function kindsToRun(kinds: Iterable<string>): string[] {
  const all = new Set<string>();
  for (const kind of kinds) {
    const { startsFrom } = jobKinds[kind]!;
    if (startsFrom !== undefined) all.add(startsFrom);
    all.add(kind);
  }
  return [...all];
}

/** Of these kinds, those that succeed. Throws when one doesn't end as it should. */
export async function quietRuns(world: World, kinds: readonly string[]): Promise<Map<string, QuietRun>> {
  const runs = new Map<string, QuietRun>();
  const run = async (name: string): Promise<void> => {
    const kind = jobKinds[name]!;
    const body = requestBody(world, kind, {
      datasetId: world.datasetIds[kind.dataset],
      name: quietModelOf(name),
    });
    const posted = await world.client.post<JobResource>('/v1/training-jobs', { json: body });
    if (posted.status !== 202) throw new Error(`${name} was refused: ${JSON.stringify(posted.body)}`);
    const job = await until(world.client, posted.body.id, world.signal, ({ status }) => isEnded(status));
    const asItShould = kind.end === 'succeeded' ? job.status === 'succeeded' : job.error?.code === kind.end;
    if (!asItShould) throw new Error(`${name} ended as ${JSON.stringify(job)} in a quiet run`);
    const { started_at: startedAt, finished_at: finishedAt } = job;
    const seconds = (Date.parse(finishedAt ?? '') - Date.parse(startedAt ?? '')) / 1000;
    if (kind.end === 'succeeded') runs.set(name, { result: await resultOf(world.client, job), seconds });
  };
  const startsFrom = (name: string): string | undefined => jobKinds[name]?.startsFrom;
  await Promise.all(kinds.filter((name) => startsFrom(name) === undefined).map(run));
  await Promise.all(kinds.filter((name) => startsFrom(name) !== undefined).map(run));
  return runs;
}

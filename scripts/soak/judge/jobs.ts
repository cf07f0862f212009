/** Of each job: that it ended as it had to, that its log can be true, and that it came to the numbers of the quiet run. */
import { isEnded } from '../../../domain/training-jobs/training-job.ts';
import type { Client } from '../client.ts';
import type { Played } from '../customers.ts';
import type { QuietRun } from '../quiet-runs.ts';
import type { EventResource, JobResource } from '../resources.ts';
import { differences, resultOf } from '../result.ts';
import { flawsOf } from './event-log.ts';
import { judgeEach, type Verdict } from './verdict.ts';

export interface JudgedJob {
  readonly played: Played;
  readonly job: JobResource;
}

const nameOf = ({ planned, id }: Played): string => `${id} (${planned.kind}, ${planned.treatment})`;

export const judgeEnds = (jobs: readonly JudgedJob[]): Promise<Verdict> =>
  judgeEach('each job ended as it had to', jobs, ({ played, job }) => {
    const wrong = [...played.complaints];
    if (!played.allowed.includes(job.status))
      wrong.push(`${job.status} rather than ${played.allowed.join(' or ')}: ${JSON.stringify(job.error)}`);
    if (job.status === 'failed' && job.error?.code !== played.errorCode)
      wrong.push(`failed as ${String(job.error?.code)} rather than ${String(played.errorCode)}`);
    if ((job.status === 'succeeded') !== (job.model !== null))
      wrong.push(`${job.status}, model ${JSON.stringify(job.model)}`);
    return wrong.map((what) => `${nameOf(played)}: ${what}`);
  });

export const judgeLogs = (client: Client, jobs: readonly JudgedJob[]): Promise<Verdict> =>
  judgeEach('each log is gapless and legal', jobs, async ({ played, job }) => {
    const events = await eventsOf(client, played.id);
    const flaws = isEnded(job.status) ? flawsOf(events, job.status) : ['it has not ended'];
    return flaws.map((flaw) => `${nameOf(played)}: ${flaw}`);
  });

/** A listener was sent what is in the log, each event once, in order, whatever died on the way. */
export const judgeStreams = (client: Client, jobs: readonly JudgedJob[], waitMs: number): Promise<Verdict> =>
  judgeEach(
    'each listener was sent every event once',
    jobs.filter(({ played }) => played.watched !== null),
    async ({ played }) => {
      const late = new Promise<null>((resolve) => setTimeout(resolve, waitMs, null).unref());
      const seen = await Promise.race([played.watched, late]);
      if (seen === null) return [`${nameOf(played)}: the stream has not ended`];
      const log = (await eventsOf(client, played.id)).map(({ sequence }) => sequence);
      return seen.join() === log.join()
        ? []
        : [`${nameOf(played)}: sent ${seen.join(' ')}; the log has ${log.length} events`];
    },
  );

export const judgeResults = (
  client: Client,
  jobs: readonly JudgedJob[],
  quiet: ReadonlyMap<string, QuietRun>,
): Promise<Verdict> =>
  judgeEach(
    'weights, curves and scores are those of a quiet run',
    jobs.filter(({ job }) => job.status === 'succeeded'),
    async ({ played, job }) => {
      const expected = quiet.get(played.planned.kind);
      if (expected === undefined) return [`${nameOf(played)}: there is no quiet run of it`];
      const other = differences(expected.result, await resultOf(client, job));
      return other.length === 0
        ? []
        : [`${nameOf(played)}, attempt ${job.attempt}: ${other.join(', ')} differ`];
    },
  );

async function eventsOf(client: Client, jobId: string): Promise<EventResource[]> {
  const events: EventResource[] = [];
  for (let after: number | null = 0; after !== null;) {
    const page: { data: EventResource[]; next: number | null } = await client.get(
      `/v1/training-jobs/${jobId}/events?limit=1000&after=${after}`,
    );
    events.push(...page.data);
    after = page.next;
  }
  return events;
}

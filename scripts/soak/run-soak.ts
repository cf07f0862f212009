/**
 * The soak from beginning to end: start the service, let each kind of job run once undisturbed, then let many come while
 * things are broken, wait until all have ended, and judge.
 */
import { setMaxListeners } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isEnded } from '../../domain/training-jobs/training-job.ts';
import { unleash, type Unleashed } from './chaos.ts';
import { connect, type Client } from './client.ts';
import { play, until, upload, type Played, type World } from './customers.ts';
import { datasets, type DatasetName } from './datasets.ts';
import { jobKinds } from './job-kinds.ts';
import { judgeEnds, judgeLogs, judgeResults, judgeStreams, type JudgedJob } from './judge/jobs.ts';
import { judgeStorage } from './judge/storage.ts';
import { countRestarts, databaseTime, judgeRows, judgeVersions, readTables } from './judge/tables.ts';
import type { Verdict } from './judge/verdict.ts';
import { judgeWebhooks } from './judge/webhooks.ts';
import type { SoakOptions } from './options.ts';
import { makePlan, type Plan } from './plan.ts';
import { processesIn } from './processes.ts';
import { kindsToRun, quietModelOf, quietRuns, type QuietRun } from './quiet-runs.ts';
import { startService, type Service } from './service.ts';
import type { Summary } from './summary.ts';
import { receiveWebhooks, type WebhookReceiver } from './webhook-receiver.ts';

/** Files that nobody has named for so long are swept up; whoever is away for longer has lost its job. */
const sweepAfterMs = 10_000;
/** How long the last jobs may take when nothing is broken any more. */
const patienceMs = 300_000;
/** Events of a job that has ended reach its listeners within this time. */
const streamPatienceMs = 20_000;

/** What a dead process had claimed is sent by another after a minute. */
const webhookPatienceMs = 100_000;

type Say = (line: string) => void;

export async function runSoak(options: SoakOptions, say: Say, signal: AbortSignal): Promise<Summary> {
  const directory = await mkdtemp(join(tmpdir(), 'unroll-soak-'));
  say(`seed ${options.seed}; data and logs in ${directory}`);
  let held = false;
  let service: Service | undefined;
  try {
    service = await startService({ directory, ...options, sweepAfterMs });
    await Promise.race([service.ready(), aborted(signal)]);
    const summary = await soak(service, options, say, signal);
    ({ held } = summary);
    return summary;
  } finally {
    await service?.stop();
    if ((held || signal.aborted) && !options.keep) await rm(directory, { recursive: true, force: true });
  }
}

async function soak(service: Service, options: SoakOptions, say: Say, signal: AbortSignal): Promise<Summary> {
  const client = connect(service.urls, signal);
  const startedAt = performance.now();
  const plan = makePlan(options, Object.keys(jobKinds));
  const kinds = kindsToRun(plan.jobs.map(({ kind }) => kind));
  const world: World = {
    client,
    signal,
    datasetIds: await uploadAll({ client, signal }),
    quietModels: Object.fromEntries(kinds.map((kind) => [kind, quietModelOf(kind)])),
  };
  const quiet = await quietRuns(world, kinds);
  const quietJobIds = (await readTables(service.databaseUrl)).jobIds;
  const receiver = (await offersWebhooks(client)) ? await receiveWebhooks() : null;
  await receiver?.subscribe(client);
  const since = await databaseTime(service.databaseUrl);
  const brokenAt = performance.now();
  say(`quiet runs: ${[...quiet].map(([kind, { seconds }]) => `${kind} ${seconds.toFixed(1)} s`).join(', ')}`);

  const { played, chaos, failures } = await breakThings(service, world, plan, say);
  const afterAt = performance.now();
  say('nothing is broken any more: waiting for the last jobs');
  const jobs = await settle(service, client, played, signal);
  say(`all have ended, or time is up: judging`);

  const restarts = await countRestarts(service.databaseUrl);
  const verdicts = await judge(service, client, {
    jobs,
    quiet,
    quietJobIds,
    failures,
    receiver,
    since,
    signal,
  });
  await receiver?.close();
  const held = verdicts.every(({ violations }) => violations.length === 0);
  return {
    options,
    held,
    seconds: {
      quiet: (brokenAt - startedAt) / 1000,
      broken: (afterAt - brokenAt) / 1000,
      afterwards: (performance.now() - afterAt) / 1000,
    },
    blows: chaos.hits,
    missed: chaos.misses,
    ends: counted(jobs.map(({ job }) => job.error?.code ?? job.status)),
    treatments: counted(played.map(({ planned }) => planned.treatment)),
    restarts,
    attempts: counted(jobs.map(({ job }) => String(job.attempt))),
    answers: Object.fromEntries([...client.statuses].map(([status, count]) => [String(status), count])),
    verdicts,
    log: chaos.log,
  };
}

async function offersWebhooks(client: Client): Promise<boolean> {
  const { paths } = await client.get<{ paths: Record<string, unknown> }>('/openapi.json');
  return '/v1/webhook-endpoints' in paths;
}

async function uploadAll(world: Pick<World, 'client' | 'signal'>): Promise<Record<DatasetName, string>> {
  const names = Object.keys(datasets) as DatasetName[];
  const entries = await Promise.all(names.map(async (name) => [name, await upload(world, name)] as const));
  return Object.fromEntries(entries) as Record<DatasetName, string>;
}

/** Plays the plan. `failures`: what a user could not do. */
async function breakThings(
  service: Service,
  world: World,
  plan: Plan,
  say: Say,
): Promise<{ played: Played[]; chaos: Unleashed; failures: string[] }> {
  const from = performance.now();
  const jobIds: string[] = [];
  const targets = { jobIds, datasetIds: Object.values(world.datasetIds) };
  const chaos = unleash(service, plan.blows, targets, world.signal);
  const played: Played[] = [];
  const failures: string[] = [];
  const playing = plan.jobs.map(async (planned) => {
    await delay(Math.max(0, planned.at - (performance.now() - from)), undefined, { signal: world.signal });
    try {
      const one = await play(world, planned, (id) => jobIds.push(id));
      played.push(one);
    } catch (error) {
      world.signal.throwIfAborted();
      failures.push(`job ${planned.number} (${planned.kind}, ${planned.treatment}): ${String(error)}`);
    }
  });
  const progress = setInterval(() => {
    const seconds = ((performance.now() - from) / 1000).toFixed(0);
    say(
      `${seconds} s: ${jobIds.length} of ${plan.jobs.length} jobs posted, ${chaos.log.length} of ${plan.blows.length} blows`,
    );
  }, 30_000);
  try {
    await Promise.all([chaos.over, ...playing]);
  } finally {
    clearInterval(progress);
  }
  return { played, chaos, failures };
}

/** Waits until every job has ended; those that have not within the time are judged as they are. */
async function settle(
  service: Service,
  client: Client,
  played: readonly Played[],
  signal: AbortSignal,
): Promise<JudgedJob[]> {
  await Promise.race([service.ready(), delay(patienceMs, undefined, { signal })]);
  const late = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
  setMaxListeners(0, late);
  return Promise.all(
    played.map(async (one) => {
      const ended = until(client, one.id, late, ({ status }) => isEnded(status));
      const job = await ended.catch(async () => client.get<JudgedJob['job']>(`/v1/training-jobs/${one.id}`));
      return { played: one, job };
    }),
  );
}

interface Evidence {
  readonly jobs: readonly JudgedJob[];
  readonly quiet: ReadonlyMap<string, QuietRun>;
  readonly quietJobIds: readonly string[];
  readonly failures: readonly string[];
  readonly receiver: WebhookReceiver | null;
  readonly since: Date;
  readonly signal: AbortSignal;
}

async function judge(service: Service, client: Client, evidence: Evidence): Promise<Verdict[]> {
  const { jobs, quiet, quietJobIds, failures, receiver, since, signal } = evidence;
  const { databaseUrl } = service;
  const dataDirectory = join(service.directory, 'data');
  const uploads = jobs.reduce((sum, { played }) => sum + played.uploads, Object.keys(datasets).length);
  const verdicts: Verdict[] = [
    { check: 'users could do what they wanted', looked: jobs.length + failures.length, violations: failures },
    await judgeEnds(jobs),
    await judgeLogs(client, jobs),
    await judgeStreams(client, jobs, streamPatienceMs),
    await judgeResults(client, jobs, quiet),
    await judgeStorage({ dataDirectory, databaseUrl }, 6 * sweepAfterMs, signal),
    ...(receiver ? [await judgeWebhooks(receiver, { databaseUrl, since }, webhookPatienceMs, signal)] : []),
  ];
  const tables = await readTables(databaseUrl);
  verdicts.push(
    judgeRows(tables, {
      jobIds: [...quietJobIds, ...jobs.map(({ played }) => played.id)],
      datasets: uploads,
    }),
    judgeVersions(tables, jobs, new Set(quietJobIds)),
    { check: 'no answer was an internal error', looked: 0, violations: client.outrages },
    {
      check: 'no process ended by itself',
      looked: service.apis.length + service.workers.length,
      violations: service.surprises,
    },
  );
  const stopped = await service.stop();
  const left = processesIn(service.directory);
  verdicts.push(
    {
      check: 'each process ended within 20 s of SIGTERM',
      looked: service.apis.length + service.workers.length,
      violations: stopped,
    },
    { check: 'no process is left', looked: 0, violations: left },
  );
  return verdicts;
}

function counted(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of [...names].sort()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });

/** That the tables hold what was asked for, once: read from the database itself, since the API would hide a double. */
import pg from 'pg';
import { decodingFiles, decodingKeyOf, weightsKeyOf } from '../../../domain/models/version-files.ts';
import type { JudgedJob } from './jobs.ts';
import type { Verdict } from './verdict.ts';

/** Storage keys that rows name, and how often things are there. */
export interface Tables {
  readonly jobIds: readonly string[];
  readonly datasetCount: number;
  readonly versions: readonly {
    readonly jobId: string;
    readonly modelId: string;
    readonly version: number;
  }[];
  readonly latestVersions: ReadonlyMap<string, number>;
  readonly storageKeys: readonly string[];
}

export async function withClient<Answer>(
  databaseUrl: string,
  ask: (client: pg.Client) => Promise<Answer>,
): Promise<Answer> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return await ask(client);
  } finally {
    await client.end();
  }
}

export const databaseTime = (databaseUrl: string): Promise<Date> =>
  withClient(databaseUrl, async (client) => {
    const { rows } = await client.query<{ now: Date }>('SELECT now()');
    return rows[0]!.now;
  });

export const readTables = (databaseUrl: string): Promise<Tables> =>
  withClient(databaseUrl, async (client) => {
    const rows = async <Row extends object>(sql: string): Promise<Row[]> =>
      (await client.query<Row>(sql)).rows;
    const datasets = await rows<{ source_key: string; table_key: string | null }>(
      'SELECT source_key, table_key FROM datasets',
    );
    const versions = await rows<{
      job_id: string;
      model_id: string;
      version: number;
      storage_key: string;
      task: string | null;
    }>("SELECT job_id, model_id, version, storage_key, card->>'task' AS task FROM model_versions");
    const checkpoints = await rows<{ storage_key: string }>('SELECT storage_key FROM training_checkpoints');
    const models = await rows<{ id: string; latest_version: number }>(
      'SELECT id, latest_version FROM models',
    );
    const jobs = await rows<{ id: string }>('SELECT id FROM training_jobs');
    return {
      jobIds: jobs.map(({ id }) => id),
      datasetCount: datasets.length,
      versions: versions.map((row) => ({ jobId: row.job_id, modelId: row.model_id, version: row.version })),
      latestVersions: new Map(models.map(({ id, latest_version }) => [id, latest_version])),
      storageKeys: [
        ...datasets.flatMap(({ source_key, table_key }) => [
          source_key,
          ...(table_key === null ? [] : [table_key]),
        ]),
        ...versions.flatMap(({ storage_key, task }) => [
          storage_key,
          weightsKeyOf(storage_key),
          ...(task === 'transduction' ? decodingFiles : []).map((file) => decodingKeyOf(storage_key, file)),
        ]),
        ...checkpoints.map(({ storage_key }) => storage_key),
      ],
    };
  });

/** How often a job began again, by the reason that its log gives, and how often it went on from a checkpoint then. */
export const countRestarts = (databaseUrl: string): Promise<Record<string, number>> =>
  withClient(databaseUrl, async (client) => {
    const { rows } = await client.query<{ reason: string; count: number; resumed: number }>(`
      SELECT coalesce(data->>'reason', 'resumed') AS reason, count(*)::int AS count,
        count(*) FILTER (WHERE data->>'resumes_from' IS NOT NULL)::int AS resumed
      FROM training_job_events WHERE type IN ('training_job.restarted', 'training_job.resumed')
      GROUP BY 1 ORDER BY 1`);
    return Object.fromEntries(
      rows.flatMap(({ reason, count, resumed }) => [
        [reason, count],
        [`${reason} from a checkpoint`, resumed],
      ]),
    );
  });

/** One row for each POST: `others` are those of the quiet runs. */
export function judgeRows(
  tables: Tables,
  asked: { readonly jobIds: readonly string[]; readonly datasets: number },
): Verdict {
  const violations: string[] = [];
  const known = new Set(asked.jobIds);
  for (const id of tables.jobIds) if (!known.has(id)) violations.push(`${id} is a job that nobody asked for`);
  const present = new Set(tables.jobIds);
  for (const id of known) if (!present.has(id)) violations.push(`${id} is gone`);
  if (known.size !== asked.jobIds.length) violations.push('two POSTs were answered with one job');
  if (tables.datasetCount !== asked.datasets)
    violations.push(`${tables.datasetCount} datasets, ${asked.datasets} were uploaded`);
  return { check: 'one row for each POST', looked: asked.jobIds.length + asked.datasets, violations };
}

export function judgeVersions(
  tables: Tables,
  jobs: readonly JudgedJob[],
  quietJobIds: ReadonlySet<string>,
): Verdict {
  const violations: string[] = [];
  const byJob = new Map<string, number>();
  for (const { jobId } of tables.versions) byJob.set(jobId, (byJob.get(jobId) ?? 0) + 1);
  for (const { played, job } of jobs) {
    const [count, due] = [byJob.get(played.id) ?? 0, job.status === 'succeeded' ? 1 : 0];
    if (count !== due) violations.push(`${played.id} is ${job.status} and has ${count} model versions`);
    byJob.delete(played.id);
  }
  for (const id of byJob.keys())
    if (!quietJobIds.has(id)) violations.push(`${id} has a version and is no job`);
  for (const [modelId, latest] of tables.latestVersions) {
    const numbers = tables.versions.filter((row) => row.modelId === modelId).map(({ version }) => version);
    numbers.sort((one, other) => one - other);
    if (numbers.some((number, index) => number !== index + 1) || numbers.length !== latest)
      violations.push(`${modelId} has versions ${numbers.join(' ')}; the latest is ${latest}`);
  }
  return {
    check: 'one model version for each job that succeeded',
    looked: tables.versions.length,
    violations,
  };
}

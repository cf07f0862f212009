/** What the users of the service do while it is being broken: each plays one planned job to its end. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { isEnded, type TrainingJobStatus } from '../../domain/training-jobs/training-job.ts';
import type { Answer, Client } from './client.ts';
import { brokenCsv, datasets, type DatasetName } from './datasets.ts';
import { endless, jobKinds, type JobKind } from './job-kinds.ts';
import type { PlannedJob, Treatment } from './plan.ts';
import type { DatasetResource, JobResource } from './resources.ts';
import { watchEvents } from './watch-events.ts';

export interface Played {
  readonly planned: PlannedJob;
  readonly id: string;
  /** What it may have become; the truth depends on what was answered on the way. */
  readonly allowed: readonly TrainingJobStatus[];
  /** Of a job that fails. */
  readonly errorCode: string | null;
  /** Datasets that were uploaded for it, and not deleted again. */
  readonly uploads: number;
  /** Sequences that a listener was sent; null: nobody listened. */
  readonly watched: Promise<readonly number[]> | null;
  /** What was answered and should not have been. */
  readonly complaints: readonly string[];
}

export interface World {
  readonly client: Client;
  readonly datasetIds: Readonly<Record<DatasetName, string>>;
  /** Names of the models of the quiet runs, by kind. */
  readonly quietModels: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

const pollMs = 250;

export async function play(
  world: World,
  planned: PlannedJob,
  onPosted: (id: string) => void,
): Promise<Played> {
  const { client, signal } = world;
  const kind = jobKinds[planned.kind]!;
  const complaints: string[] = [];
  const isUploaded = planned.treatment === 'uploaded';
  const datasetId = isUploaded ? await upload(world, kind.dataset) : world.datasetIds[kind.dataset];
  const spare = isUploaded ? await uploadBroken(world, planned.number % 2 === 0) : 0;
  const body = requestBody(world, planned.treatment === 'cancelled' ? endless(kind) : kind, {
    datasetId,
    name: `soak-${planned.kind}`,
  });
  const id = await post(client, body, planned.treatment, complaints);
  onPosted(id);
  const watched = planned.watched ? watchEvents(client, id, signal) : null;
  watched?.catch(() => undefined);
  const natural: TrainingJobStatus = kind.end === 'succeeded' ? 'succeeded' : 'failed';
  const wait = (ms: number): Promise<void> => delay(ms, undefined, { signal });
  const waitForTheMoment = async (): Promise<void> => {
    if (planned.whenAtWork)
      await until(client, id, signal, ({ status }) => status === 'running' || isEnded(status));
    await wait(planned.afterMs);
  };

  /** Asks, and says what the job may become after this answer. */
  const treat: Record<Treatment, () => Promise<readonly TrainingJobStatus[]>> = {
    plain: async () => [natural],
    twice: async () => [natural],
    uploaded: async () => [natural],
    cancelled: async () => {
      await waitForTheMoment();
      const { status, body: job } = await client.post<JobResource>(`/v1/training-jobs/${id}/cancel`, null);
      if (kind.end === 'diverged') return ['cancelled', 'failed'];
      if (status >= 300) complaints.push(`cancelling: ${status} ${JSON.stringify(job)}`);
      return ['cancelled'];
    },
    cancelled_perhaps: async () => {
      await waitForTheMoment();
      const { status, body: job } = await client.post<JobResource>(`/v1/training-jobs/${id}/cancel`, null);
      if (status === 409) return [natural];
      if (status >= 300) complaints.push(`cancelling: ${status} ${JSON.stringify(job)}`);
      return job.status === 'cancelled' ? ['cancelled'] : ['cancelled', natural];
    },
    paused: async () => {
      await waitForTheMoment();
      const answer = await client.post<JobResource>(`/v1/training-jobs/${id}/pause`, null);
      if (answer.status !== 409 && answer.status >= 300)
        complaints.push(`pausing: ${answer.status} ${JSON.stringify(answer.body)}`);
      await until(client, id, signal, (job) => job.status === 'paused' || isEnded(job.status));
      await wait(planned.forMs);
      const job = await client.get<JobResource>(`/v1/training-jobs/${id}`);
      if (isEnded(job.status)) return [natural];
      const resumed = await client.post<JobResource>(`/v1/training-jobs/${id}/resume`, null);
      if (resumed.status >= 300)
        complaints.push(`resuming: ${resumed.status} ${JSON.stringify(resumed.body)}`);
      return [natural];
    },
  };
  return {
    planned,
    id,
    allowed: await treat[planned.treatment](),
    errorCode: kind.end === 'diverged' ? 'diverged' : null,
    uploads: isUploaded ? 1 + spare : 0,
    watched,
    complaints,
  };
}

async function post(
  client: Client,
  body: unknown,
  treatment: Treatment,
  complaints: string[],
): Promise<string> {
  const key = randomUUID();
  const ask = (): Promise<Answer<JobResource>> => client.post('/v1/training-jobs', { json: body }, key);
  const [first, ...others]: [Answer<JobResource>, ...Answer<JobResource>[]] =
    treatment === 'twice' ? [...(await Promise.all([ask(), ask()])), await ask()] : [await ask()];
  if (first.status !== 202) throw new Error(`a job was refused: ${JSON.stringify(first)}`);
  for (const other of others)
    if (other.body.id !== first.body.id)
      complaints.push(`one key, two answers: ${first.body.id} and ${JSON.stringify(other)}`);
  return first.body.id;
}

export function requestBody(
  { quietModels }: Pick<World, 'quietModels'>,
  { architecture, data, model, output, training, startsFrom }: JobKind,
  { datasetId, name }: { datasetId: string; name: string },
): Record<string, unknown> {
  return {
    dataset_id: datasetId,
    name,
    architecture,
    data,
    model,
    training,
    ...(output !== undefined && { output }),
    ...(startsFrom !== undefined && { initialize_from: { model: `${quietModels[startsFrom]!}@1` } }),
  };
}

/** Uploads a dataset, and answers its id when it is ready. */
export async function upload(world: Pick<World, 'client' | 'signal'>, name: DatasetName): Promise<string> {
  const dataset = await uploaded(world, name, datasets[name]);
  if (dataset.status !== 'ready') throw new Error(`a dataset is rejected: ${JSON.stringify(dataset)}`);
  return dataset.id;
}

/** Uploads what has to be rejected, and may delete it again. Answers how many datasets are there more than before. */
async function uploadBroken(world: World, thenDelete: boolean): Promise<number> {
  const dataset = await uploaded(world, 'broken', brokenCsv);
  if (dataset.status !== 'rejected') throw new Error(`a broken file is ${JSON.stringify(dataset)}`);
  if (!thenDelete) return 1;
  const status = await world.client.delete(`/v1/datasets/${dataset.id}`);
  // 404: the answer to an earlier try was lost.
  if (status !== 204 && status !== 404) throw new Error(`deleting ${dataset.id}: ${status}`);
  return 0;
}

async function uploaded(
  { client, signal }: Pick<World, 'client' | 'signal'>,
  name: string,
  csv: string,
): Promise<DatasetResource> {
  const answer = await client.post<DatasetResource>(`/v1/datasets?name=${name}`, { csv });
  if (answer.status >= 300) throw new Error(`an upload was refused: ${JSON.stringify(answer)}`);
  for (;;) {
    const dataset = await client.get<DatasetResource>(`/v1/datasets/${answer.body.id}`);
    if (dataset.status !== 'validating') return dataset;
    await delay(pollMs, undefined, { signal });
  }
}

export async function until(
  client: Client,
  id: string,
  signal: AbortSignal,
  condition: (job: JobResource) => boolean,
): Promise<JobResource> {
  for (;;) {
    const job = await client.get<JobResource>(`/v1/training-jobs/${id}`);
    if (condition(job)) return job;
    await delay(pollMs, undefined, { signal });
  }
}

/** Whose turn it is, with real workers: what fits, what makes way, and whether what was foretold came about. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freshDatabase, freshRedis } from '../support/backing-services.ts';
import { resolveSpecification } from '../../domain/training-jobs/resolve-specification.ts';
import { forecastQueue } from '../../domain/training-jobs/scheduling-forecast.ts';
import type { TrainingJob } from '../../domain/training-jobs/training-job.ts';
import { newId } from '../../platform/ids.ts';
import { atWork, ended, pause, smallCsv, startRig, until, type Rig } from './rig.ts';

// Nothing here is timed, but a busy machine takes its time.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 90_000 });

let rig: Rig;
let datasetId: string;
beforeAll(async () => {
  rig = await startRig({ databaseUrl: await freshDatabase(), redisUrl: await freshRedis() });
  const worker = rig.startWorker();
  datasetId = (await rig.ingested((await rig.upload(smallCsv())).id)).id;
  await worker.end('SIGTERM');
});
afterAll(async () => {
  expect(await rig.end()).toEqual([]);
});

/** As the API reckons: an epoch of this network, in multiply-adds. */
const workOfEpoch = 1e8;

async function createJob(o: {
  epochs: number;
  priority?: number;
  memoryBytes?: number;
}): Promise<TrainingJob> {
  const { epochs, ...rest } = o;
  const specification = resolveSpecification({
    architecture: 'sequence_to_vector',
    data: {
      inputs: [{ column: 'value' }],
      targets: [{ column: 'value' }],
      order_by: 'date',
      window: { length: 14, horizon: 3 },
    },
    model: { cell: 'gru', hidden_size: 8 },
    training: { epochs, early_stopping: null, seed: 1 },
  });
  const job = await rig.database.trainingJobs.create({
    id: newId('job'),
    datasetId,
    architecture: specification.architecture,
    specification,
    modelName: 'turns',
    estimatedWork: epochs * workOfEpoch,
    ...rest,
  });
  await rig.queue.deliver('train', job!.id);
  return job!;
}

const queueState = () => rig.database.trainingJobs.queueState(60_000);

describe('a worker', () => {
  it('takes only what it has room for, and leaves the rest to a larger one', async () => {
    const small = rig.startWorker({ WORKER_MEMORY_BYTES: '1000', WORKER_CONCURRENCY: '2' });
    const large = await createJob({ epochs: 1, memoryBytes: 2000 });
    const both = [
      await createJob({ epochs: 20, memoryBytes: 800 }),
      await createJob({ epochs: 20, memoryBytes: 800 }),
    ];
    let most = 0;
    await until(async () => {
      most = Math.max(most, (await queueState()).running.length);
      const jobs = await Promise.all(both.map(({ id }) => rig.database.trainingJobs.find(id)));
      return jobs.every((job) => job?.status === 'succeeded');
    });
    expect(most).toBe(1);
    expect(await rig.database.trainingJobs.find(large.id)).toMatchObject({ status: 'queued', attempt: 0 });
    rig.startWorker({ WORKER_MEMORY_BYTES: '3000' });
    expect(await rig.jobWhen(large.id, ended)).toMatchObject({ status: 'succeeded', attempt: 1 });
    await small.end('SIGTERM');
    await rig.endWorkers();
  });

  it('has a long job make way for a short one that has waited, and go on from where it stood', async () => {
    rig.startWorker({ PREEMPT_AFTER_SECONDS: '1', CHECKPOINT_SECONDS: '1' });
    const long = await createJob({ epochs: 100_000 });
    await rig.jobWhen(long.id, atWork);
    const short = await createJob({ epochs: 2 });
    expect(await rig.jobWhen(short.id, ended)).toMatchObject({ status: 'succeeded', attempt: 1 });
    const again = await rig.jobWhen(long.id, (job) => job.status === 'running' && job.attempt === 2);
    expect(again).toMatchObject({ timesLost: 0 });
    const events = await rig.database.trainingJobs.events(long.id, { afterSequence: 0, limit: 100_000 });
    const restarted = events.filter(({ type }) => type === 'training_job.restarted');
    expect(restarted.map(({ data }) => data['reason'])).toEqual(['preempted']);
    expect(restarted[0]?.data['resumes_from']).toMatchObject({ step: expect.any(Number) as number });
    await rig.cancel(long.id);
    await rig.jobWhen(long.id, ended);
    await rig.endWorkers();
  });
});

describe('what is foretold of waiting jobs', () => {
  it('is the order in which they run, and about when they are done', async () => {
    rig.startWorker({ PREEMPT_AFTER_SECONDS: '0' });
    // So that the worker's pace is known.
    await rig.jobWhen((await createJob({ epochs: 60 })).id, ended);
    const running = await createJob({ epochs: 500 });
    await rig.jobWhen(running.id, atWork);
    const jobs = [
      await createJob({ epochs: 300 }),
      await createJob({ epochs: 10 }),
      await createJob({ epochs: 100 }),
      await createJob({ epochs: 200, priority: 3 }),
      await createJob({ epochs: 10, priority: -3 }),
    ];
    await until(async () => (await queueState()).workers.some(({ pace }) => pace !== null));
    await pause(300);
    const state = await queueState();
    expect(state.waiting).toHaveLength(jobs.length);
    const foretold = forecastQueue(state);

    const done = await Promise.all(jobs.map(({ id }) => rig.jobWhen(id, ended)));
    const inFact = done.sort((a, b) => a.claimedAt!.getTime() - b.claimedAt!.getTime()).map(({ id }) => id);
    expect(inFact).toEqual([...foretold.keys()]);
    for (const { id, finishedAt } of done) {
      const took = finishedAt!.getTime() - state.now.getTime();
      const expected = foretold.get(id)!.finishAt!.getTime() - state.now.getTime();
      // On a machine that does other things meanwhile.
      expect(expected / took).toBeGreaterThan(1 / 4);
      expect(expected / took).toBeLessThan(4);
    }
    process.stdout.write(
      `${done
        .map(({ id, finishedAt }) => {
          const took = finishedAt!.getTime() - state.now.getTime();
          const expected = foretold.get(id)!.finishAt!.getTime() - state.now.getTime();
          return `${foretold.get(id)!.position}: foretold ${expected / 1000} s, took ${took / 1000} s`;
        })
        .join('\n')}\n`,
    );
    await rig.endWorkers();
  });
});

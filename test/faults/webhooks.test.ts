/** Webhooks from real workers: one that is killed between sending and writing so, and the end of a dataset and of a job. */
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { startReceiver, type Receiver } from '../../workers/webhooks/testing/receiver.ts';
import { freshDatabase, freshRedis } from '../support/backing-services.ts';
import { ended, smallCsv, startRig, until, type Rig } from './rig.ts';

// Nothing here is timed, but a busy machine takes its time.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const secret = `whsec_${Buffer.alloc(24, 5).toString('base64')}`;
const allowed = { WEBHOOK_ALLOW_PRIVATE: 'true' };
let rig: Rig;
let tables: pg.Client;
let receiver: Receiver;

beforeAll(async () => {
  const databaseUrl = await freshDatabase();
  tables = new pg.Client({ connectionString: databaseUrl });
  await tables.connect();
  receiver = await startReceiver();
  rig = await startRig({ databaseUrl, redisUrl: await freshRedis() });
  await rig.database.webhooks.createEndpoint({ url: receiver.url, description: null, types: [], secret });
});
afterEach(async ({ task }) => {
  const log = await rig.endWorkers();
  if (task.result?.state === 'fail') process.stdout.write(log);
});
afterAll(async () => {
  await Promise.all([receiver.close(), tables.end()]);
  expect(await rig.end()).toEqual([]);
});

it('a worker is killed between sending and writing so: the next one sends it again, by the same id', async () => {
  receiver.answer = () => undefined;
  const worker = rig.startWorker(allowed);
  const { id } = await rig.ingested((await rig.upload(smallCsv())).id);
  await until(() => receiver.received.length === 1);
  await worker.end('SIGKILL');
  receiver.answer = (response) => response.writeHead(204).end();
  // A minute passes.
  await tables.query(`UPDATE webhook_deliveries SET locked_at = locked_at - interval '1 minute'`);
  rig.startWorker(allowed);
  await until(() => receiver.received.length > 1);
  const [first, second] = receiver.received;
  expect(second?.id).toBe(first?.id);
  expect(second?.body).toBe(first?.body);
  for (const webhook of [first, second])
    expect(webhook?.verify(secret)).toMatchObject({ type: 'dataset.ready', data: { id } });

  const job = await rig.createJob(id, { epochs: 2 });
  await rig.jobWhen(job.id, ended);
  await until(() => receiver.received.length > 2);
  expect(receiver.received[2]?.verify(secret)).toMatchObject({
    type: 'training_job.succeeded',
    data: { id: job.id, model: { version: 1 } },
  });
});

/** What happens is a message, exactly once, in the same transaction, for each endpoint that wants it. */
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freshDatabase } from '../../test/support/backing-services.ts';
import { finishedModel, queuedJob, readyDataset } from '../../test/support/records.ts';
import type { WebhookType } from '../../domain/webhooks/webhook.ts';
import { connectDatabase, type Database } from './database.ts';
import { connect } from './prisma.ts';
import { announce } from './webhook-outbox.ts';

let url: string;
let database: Database;
let tables: pg.Client;
beforeAll(async () => {
  url = await freshDatabase();
  database = connectDatabase(url);
  tables = new pg.Client({ connectionString: url });
  await tables.connect();
});
afterAll(() => Promise.all([database.close(), tables.end()]));
beforeEach(async () => {
  await tables.query('DELETE FROM webhook_endpoints');
  await tables.query('DELETE FROM webhook_messages');
});

const secret = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
const endpoint = (types: readonly WebhookType[] = []) =>
  database.webhooks.createEndpoint({ url: 'https://example.com/', description: null, types, secret });

interface Told {
  readonly type: string;
  readonly data: { readonly id: string; readonly status: string; readonly model: { version: number } | null };
}
async function messages(): Promise<Told[]> {
  const { rows } = await tables.query<{ body: string }>('SELECT body FROM webhook_messages ORDER BY id');
  return rows.map(({ body }) => JSON.parse(body) as Told);
}
const of = (id: string, told: readonly Told[]): string[] =>
  told.filter(({ data }) => data.id === id).map(({ type }) => type);

async function runningJob(token: string): Promise<{ jobId: string; token: string }> {
  const { id } = await queuedJob(database, {});
  await database.trainingJobs.claim(id, token);
  const lease = { jobId: id, token };
  await database.trainingJobs.start(lease);
  return lease;
}
const error = { code: 'internal', message: 'broken', hint: 'none' } as const;

describe('messages', () => {
  it('tell of the end of a job once, however many bring it about', async () => {
    const lease = await runningJob('fails');
    await Promise.all(Array.from({ length: 5 }, () => database.trainingJobs.fail(lease, error)));
    expect(of(lease.jobId, await messages())).toEqual(['training_job.failed']);
  });

  it('tell of a success with the model version that came of it', async () => {
    const lease = await runningJob('succeeds');
    await database.trainingJobs.succeed(lease, finishedModel(lease.jobId));
    const told = (await messages()).filter(({ data }) => data.id === lease.jobId);
    expect(told).toMatchObject([
      { type: 'training_job.succeeded', data: { status: 'succeeded', model: { version: 1 } } },
    ]);
  });

  it('tell of each pause, and of a cancellation', async () => {
    const { id } = await queuedJob(database, {});
    for (let count = 0; count < 2; count++) {
      await database.trainingJobs.requestPause(id);
      await database.trainingJobs.resume(id);
    }
    await database.trainingJobs.requestCancel(id);
    expect(of(id, await messages())).toEqual([
      'training_job.paused',
      'training_job.paused',
      'training_job.cancelled',
    ]);
  });

  it('tell of datasets, once', async () => {
    const { id } = await readyDataset(database);
    const { id: bad } = await readyDataset(database, { validated: false });
    const rejected = { problems: [], problemCount: 0 };
    await Promise.all(Array.from({ length: 5 }, () => database.datasets.markRejected(bad, rejected)));
    const told = await messages();
    expect(of(id, told)).toEqual(['dataset.ready']);
    expect(of(bad, told)).toEqual(['dataset.rejected']);
  });

  it('go to endpoints that are enabled and want them', async () => {
    const [all, some, none, off] = [
      await endpoint(),
      await endpoint(['dataset.ready']),
      await endpoint(['training_job.failed']),
      await endpoint(),
    ];
    await database.webhooks.updateEndpoint(off.id, { enabled: false });
    await readyDataset(database);
    const { rows } = await tables.query<{ endpoint_id: string }>(
      'SELECT endpoint_id FROM webhook_deliveries',
    );
    expect(rows.map((row) => row.endpoint_id).sort()).toEqual([all.id, some.id].sort());
    expect(rows.map((row) => row.endpoint_id)).not.toContain(none.id);
  });

  it('are not there when the transaction is rolled back', async () => {
    await endpoint();
    const prisma = connect(url);
    const data = { id: 'ds_1' };
    await expect(
      prisma.$transaction(async (transaction) => {
        await announce(transaction, { type: 'dataset.ready', data });
        throw new Error('rolled back');
      }),
    ).rejects.toThrow('rolled back');
    await prisma.$disconnect();
    expect(await messages()).toEqual([]);
  });

  it('are removed when they are old, unless they wait', async () => {
    const on = await endpoint();
    await database.webhooks.sendTest(on.id);
    await database.webhooks.sendTest(on.id);
    await tables.query(
      `UPDATE webhook_deliveries SET status = 'delivered' WHERE id = (SELECT min(id) FROM webhook_deliveries)`,
    );
    expect(await database.webhooks.clean(new Date(Date.now() - 3_600_000))).toBe(0);
    expect(await database.webhooks.clean(new Date(Date.now() + 3_600_000))).toBe(1);
    expect(await messages()).toHaveLength(1);
  });
});

/** HTTP processes are replaced one after the other while clients go on sending: nothing is lost, nothing comes twice. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { processEnvironment } from '../../platform/config/process-environment.ts';
import { freePort } from '../../platform/embedded/process.ts';
import { connectDatabase, type Database } from '../../platform/postgres/database.ts';
import { freshDatabase, freshRedis } from '../support/backing-services.ts';
import { queuedJob, readyDataset } from '../support/records.ts';
import { pause } from './rig.ts';

// Nothing here is timed, but a busy machine takes its time.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 });

let directory: string;
let database: Database;
let sql: pg.Client;
let environment: Record<string, string>;
const processes = new Set<ChildProcess>();

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'unroll-rolling-'));
  const databaseUrl = await freshDatabase();
  database = connectDatabase(databaseUrl);
  sql = new pg.Client({ connectionString: databaseUrl });
  await sql.connect();
  environment = {
    PATH: processEnvironment.PATH ?? '',
    DATABASE_URL: databaseUrl,
    REDIS_URL: await freshRedis(),
    DATA_DIR: directory,
    LOG_LEVEL: 'error',
    STOP_DELAY_MS: '500',
    ROLE: 'api',
  };
});
afterAll(async () => {
  for (const child of processes) child.kill('SIGKILL');
  await sql.end();
  await database.close();
  await rm(directory, { recursive: true, force: true });
});

interface Api {
  readonly url: string;
  readonly child: ChildProcess;
}

async function startApi(port: number): Promise<Api> {
  const child = fork(new URL('../../dist/services/main.js', import.meta.url), {
    env: { ...environment, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  processes.add(child);
  const url = `http://127.0.0.1:${port}`;
  while ((await fetch(`${url}/healthz`).catch(() => null))?.ok !== true) await pause(50);
  return { url, child };
}

async function end({ child }: Api, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal);
  await once(child, 'exit');
  processes.delete(child);
}

/** Sends to one process after the other until one accepts; the key is what makes that safe. */
async function insist(
  urls: readonly string[],
  path: string,
  key: string,
  init: { headers: Record<string, string>; body: string },
): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    const url = urls[attempt % urls.length]!;
    const response = await fetch(`${url}${path}`, {
      ...init,
      method: 'POST',
      headers: { ...init.headers, 'idempotency-key': key },
    }).catch(() => null);
    if (response?.status === 202) return ((await response.json()) as { id: string }).id;
    // Away, stopping, or the first request with the key is still being answered.
    if (response !== null) expect([409, 503]).toContain(response.status);
    await response?.body?.cancel();
    await pause(20);
  }
}

const asCsv = (body: string) => ({ headers: { 'content-type': 'text/csv' }, body });

async function datasets(): Promise<number> {
  const { rows } = await sql.query<{ count: string }>('SELECT count(*) FROM datasets');
  return Number(rows[0]!.count);
}

it('loses no request and carries none out twice, and streams go on', async () => {
  const ports = [await freePort(), await freePort()];
  let apis = await Promise.all(ports.map(startApi));
  const urls = apis.map(({ url }) => url);
  const { id: datasetId } = await readyDataset(database, { validated: false });
  const before = await datasets();
  let isOver = false;
  const accepted: string[] = [];
  const clients = Array.from({ length: 8 }, async (_, client) => {
    for (let n = 0; !isOver; n++) {
      const from = client % 2 === 0 ? urls : urls.toReversed();
      accepted.push(
        await insist(from, '/v1/datasets', `client-${client}-${n}`, asCsv(`a\n${client}\n${n}\n`)),
      );
    }
  });
  // Somebody follows a job all the while.
  const watched = await queuedJob(database);
  const seen: string[] = [];
  const watching = (async () => {
    for (let n = 0; ; n++) {
      const response = await fetch(`${urls[n % 2]!}/v1/training-jobs/${watched.id}/events`, {
        headers: { accept: 'text/event-stream', ...(seen.length > 0 && { 'last-event-id': seen.at(-1)! }) },
      }).catch(() => null);
      if (response?.status === 204) return;
      const text = (await response?.text().catch(() => '')) ?? '';
      for (const [, id] of text.matchAll(/^id: (\d+)$/gm)) seen.push(id!);
      await pause(20);
    }
  })();
  for (let round = 0; round < 2; round++)
    for (const [index, port] of ports.entries()) {
      const reached = accepted.length;
      while (accepted.length < reached + 20) await pause(20);
      await end(apis[index]!, 'SIGTERM');
      expect(apis[index]!.child.exitCode).toBe(0);
      const started = await startApi(port);
      apis = apis.map((api, at) => (at === index ? started : api));
    }
  isOver = true;
  await Promise.all(clients);
  await database.trainingJobs.requestCancel(watched.id);
  await watching;
  expect(seen).toEqual(['1', '2']);
  expect(new Set(accepted).size).toBe(accepted.length);
  // The watched job has a dataset of its own.
  expect(await datasets()).toBe(before + accepted.length + 1);
  for (const id of [...accepted, datasetId]) expect(await database.datasets.find(id)).not.toBeNull();
  await Promise.all(apis.map((api) => end(api, 'SIGTERM')));
});

it('a process that dies between what it made and its answer leaves no second one', async () => {
  // Whoever keeps an answer waits for us, and is killed meanwhile.
  await sql.query(`
    CREATE FUNCTION wait_for_test() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_advisory_xact_lock(42); RETURN NEW; END $$`);
  await sql.query(`
    CREATE TRIGGER wait_for_test BEFORE UPDATE ON idempotency_keys FOR EACH ROW
      WHEN (NEW.response_status IS NOT NULL) EXECUTE FUNCTION wait_for_test()`);
  const port = await freePort();
  const key = 'dies';
  const before = await datasets();
  const first = await startApi(port);
  await sql.query('SELECT pg_advisory_lock(42)');
  const unanswered = insist([first.url], '/v1/datasets?name=once', key, asCsv('a\n1\n'));
  while ((await datasets()) === before) await pause(20);
  const { rows } = await sql.query<{ id: string }>('SELECT id FROM datasets ORDER BY id DESC LIMIT 1');
  const waiting = `SELECT pid FROM pg_stat_activity WHERE wait_event = 'advisory' AND datname = current_database()`;
  while ((await sql.query(waiting)).rowCount === 0) await pause(20);
  await end(first, 'SIGKILL');
  await sql.query(`SELECT pg_terminate_backend(pid) FROM (${waiting}) AS waiting`);
  while ((await sql.query(waiting)).rowCount !== 0) await pause(20);
  await sql.query('SELECT pg_advisory_unlock(42)');
  // As if a while had passed.
  await sql.query(`UPDATE idempotency_keys SET locked_at = now() - interval '1 minute' WHERE key = $1`, [
    key,
  ]);
  const second = await startApi(port);
  expect(await unanswered).toBe(rows[0]!.id);
  expect(await datasets()).toBe(before + 1);
  await end(second, 'SIGTERM');
});

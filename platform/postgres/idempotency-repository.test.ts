import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ClaimOutcome, KeyClaim } from '../../domain/ports/idempotency-repository.ts';
import { freshDatabase } from '../../test/support/backing-services.ts';
import { anySpecification, readyDataset } from '../../test/support/records.ts';
import { newId } from '../ids.ts';
import { connectDatabase, type Database } from './database.ts';

let database: Database;
let sql: pg.Client;
let count = 0;

beforeAll(async () => {
  const url = await freshDatabase();
  database = connectDatabase(url);
  sql = new pg.Client({ connectionString: url });
  await sql.connect();
});
afterAll(async () => {
  await sql.end();
  await database.close();
});

const request = { method: 'POST', path: '/v1/things', headHash: 'head', bodyHash: 'body' };
const limits = { keptForMs: 3_600_000, abandonedAfterMs: 15_000 };
const newClaim = (key = `key-${++count}`): KeyClaim => ({ key, token: `token-${++count}` });
const claim = (held: KeyClaim, identity = request): Promise<ClaimOutcome> =>
  database.idempotencyKeys.claim(held, identity, limits);
const answer = { status: 202, headers: { location: '/v1/things/1' }, body: Buffer.from('{"a":1}') };
/** As if its process had died a while ago. */
const abandon = ({ key }: KeyClaim) =>
  sql.query(`UPDATE idempotency_keys SET locked_at = now() - interval '1 minute' WHERE key = $1`, [key]);
const expire = ({ key }: KeyClaim) =>
  sql.query(`UPDATE idempotency_keys SET expires_at = now() - interval '1 second' WHERE key = $1`, [key]);

const newJob = async () => ({
  id: newId('job'),
  datasetId: (await readyDataset(database)).id,
  architecture: anySpecification.architecture,
  specification: anySpecification,
  modelName: 'once',
});

it('gives the key to one of many', async () => {
  const { key } = newClaim();
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => claim(newClaim(key))));
  expect(outcomes.filter(({ kind }) => kind === 'claimed')).toHaveLength(1);
  expect(outcomes.filter(({ kind }) => kind === 'in_flight')).toHaveLength(19);
});

it('answers with what was answered', async () => {
  const first = newClaim();
  expect(await claim(first)).toEqual({ kind: 'claimed', resourceId: null });
  expect(await database.idempotencyKeys.complete(first, 'body', answer)).toBe(true);
  const again = newClaim(first.key);
  expect(await claim(again)).toMatchObject({
    kind: 'answered',
    bodyHash: 'body',
    answer: { status: 202, headers: answer.headers },
  });
  expect(await claim(again, { ...request, bodyHash: 'another' })).toEqual({ kind: 'reused' });
  expect(await claim(again, { ...request, headHash: 'another' })).toEqual({ kind: 'reused' });
  expect(await database.idempotencyKeys.complete(first, 'body', answer)).toBe(false);
});

it('lets a living request keep its key, and a dead one lose it to one other', async () => {
  const first = newClaim();
  await claim(first);
  await abandon(first);
  await database.idempotencyKeys.renew([first.token]);
  expect(await claim(newClaim(first.key))).toEqual({ kind: 'in_flight' });
  await abandon(first);
  const others = await Promise.all(Array.from({ length: 10 }, () => claim(newClaim(first.key))));
  expect(others.filter(({ kind }) => kind === 'claimed')).toHaveLength(1);
  expect(await database.idempotencyKeys.complete(first, 'body', answer)).toBe(false);
});

it('tells who takes a key over what was made, and keeps who lost it from making another', async () => {
  const first = newClaim();
  await claim(first);
  const job = await newJob();
  await database.trainingJobs.create(job, first);
  await abandon(first);
  expect(await claim(newClaim(first.key))).toEqual({ kind: 'claimed', resourceId: job.id });

  const frozen = newClaim();
  await claim(frozen);
  await abandon(frozen);
  const second = newClaim(frozen.key);
  expect(await claim(second)).toEqual({ kind: 'claimed', resourceId: null });
  const late = await newJob();
  await expect(database.trainingJobs.create(late, frozen)).rejects.toMatchObject({
    code: 'idempotency_key_in_flight',
  });
  expect(await database.trainingJobs.find(late.id)).toBeNull();
  const made = await newJob();
  expect(await database.trainingJobs.create(made, second)).toMatchObject({ id: made.id });
});

it('is free again when nothing was made, and knows it otherwise', async () => {
  const empty = newClaim();
  await claim(empty);
  await database.idempotencyKeys.release(empty);
  expect(await claim(newClaim(empty.key), { ...request, bodyHash: 'another' })).toMatchObject({
    kind: 'claimed',
    resourceId: null,
  });
  const first = newClaim();
  await claim(first);
  const job = await newJob();
  await database.trainingJobs.create(job, first);
  await database.idempotencyKeys.release(first);
  expect(await claim(newClaim(first.key), { ...request, bodyHash: 'another' })).toEqual({ kind: 'reused' });
  expect(await claim(newClaim(first.key))).toEqual({ kind: 'claimed', resourceId: job.id });
});

it('forgets answers whose time is up, and not requests that are still being answered', async () => {
  const [answered, living, waiting] = [newClaim(), newClaim(), newClaim()];
  for (const held of [answered, living, waiting]) await claim(held);
  await database.idempotencyKeys.complete(answered, 'body', answer);
  for (const held of [answered, living]) await expire(held);
  expect(await claim(newClaim(living.key))).toEqual({ kind: 'in_flight' });
  expect(await database.idempotencyKeys.removeExpired(limits.abandonedAfterMs)).toBe(1);
  expect(await claim(newClaim(answered.key), { ...request, headHash: 'another' })).toMatchObject({
    kind: 'claimed',
  });
  await abandon(living);
  expect(await claim(newClaim(living.key))).toEqual({ kind: 'claimed', resourceId: null });
});

/**
 * What people upload by mistake or on purpose, over HTTP and through the worker: each file is refused with one clear problem, or taken for what it is
 * with a warning; it leaves nothing behind, and the service goes on.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { entry, tar, zip } from '../support/archives.ts';
import { freshDatabase, freshRedis } from '../support/backing-services.ts';
import { launchClient, type LaunchedClient } from '../support/launched-client.ts';
import { csv, json, maxUnpackedBytes, png, tarType, zipType, type Make } from './bad-files/bad-file.ts';
import { brokenRecordings } from './bad-files/broken-recordings.ts';
import { compressed } from './bad-files/compressed.ts';
import { oddCells } from './bad-files/odd-cells.ts';
import { oddCharacters } from './bad-files/odd-characters.ts';
import { tooLarge } from './bad-files/too-large.ts';
import { unsafeArchives } from './bad-files/unsafe-archives.ts';

// Nothing here is timed, but a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 });

interface Problem {
  readonly row: number | null;
  readonly column: string | null;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}
interface Answer {
  readonly id: string;
  readonly status: string;
  readonly row_count: number;
  readonly problem_count: number;
  readonly problems: readonly Problem[];
  readonly columns: readonly {
    readonly name: string;
    readonly type: string;
    readonly missing: number;
    readonly warnings: readonly { readonly code: string; readonly row?: number; readonly message: string }[];
  }[];
  readonly data: readonly Readonly<Record<string, unknown>>[];
  readonly code: string;
  readonly errors: readonly { readonly pointer: string; readonly message: string }[];
}

let client: LaunchedClient<Answer>;
let database: pg.Client;
beforeAll(async () => {
  const databaseUrl = await freshDatabase();
  database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
  client = await launchClient<Answer>({
    environment: {
      DATABASE_URL: databaseUrl,
      REDIS_URL: await freshRedis(),
      MAX_UNPACKED_BYTES: String(maxUnpackedBytes),
    },
    datasets: { timeout: 60_000, interval: 60 },
  });
  before = await rowsByTable();
}, 120_000);
afterAll(async () => {
  await database.end();
  await client.close();
}, 60_000);

/** Rows in each table, but for what processes say of themselves, and for the record of events, which is kept for a while by design. */
let before: Readonly<Record<string, number>>;
async function rowsByTable(): Promise<Record<string, number>> {
  const { rows } = await database.query<{ name: string }>(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name NOT IN ('workers', 'webhook_messages')",
  );
  const counts: Record<string, number> = {};
  for (const { name } of rows)
    counts[name] = Number(
      (await database.query<{ n: string }>(`SELECT count(*) AS n FROM "${name}"`)).rows[0]!.n,
    );
  return counts;
}
/** Files below a folder of the service; the folders that workers have for themselves are no leftovers. */
function filesOf(name: string): string[] {
  const folder = join(client.folder, name);
  if (!existsSync(folder)) return [];
  return (readdirSync(folder, { recursive: true }) as string[]).filter(
    (path) => !/^(worker-\w+|\.unfinished|datasets)$/.test(path),
  );
}

async function uploaded(type: string, make: Make, query = ''): Promise<Answer> {
  const content = await make();
  const body = typeof content === 'string' ? Buffer.from(content) : content;
  const { status, json } = await client.send('POST', `/v1/datasets?name=bad${query}`, body, {
    'content-type': type,
  });
  expect(status, JSON.stringify(json)).toBe(202);
  return client.until(`/v1/datasets/${json.id}`, ['ready', 'rejected'], { timeout: 60_000, interval: 60 });
}
/** With the dataset all that came of it goes; the worker has nothing left of it, and has not stumbled. */
async function leavesNothing({ id, status }: Answer): Promise<void> {
  await vi.waitFor(() => expect(filesOf('work')).toEqual([]), { timeout: 10_000, interval: 60 });
  const kept = [`datasets/${id}`, `datasets/${id}/source`];
  expect(filesOf('objects').toSorted()).toEqual(
    status === 'ready' ? [...kept, `datasets/${id}/table.parquet`] : kept,
  );
  expect((await client.send('DELETE', `/v1/datasets/${id}`)).status).toBe(204);
  expect(filesOf('objects')).toEqual([]);
  expect(filesOf('uploads')).toEqual([]);
  expect(await rowsByTable()).toEqual(before);
  expect((await client.send('GET', '/readyz')).status).toBe(200);
  expect(client.output()).not.toMatch(/"level":(50|60)/);
}

describe('is refused, and leaves nothing', () => {
  it.each([
    ...compressed,
    ...unsafeArchives,
    ...tooLarge,
    ...oddCharacters,
    ...oddCells,
    ...brokenRecordings,
  ])('%s', async (_, type, make, [row, column, code, message]) => {
    const dataset = await uploaded(type, make);
    expect(dataset).toMatchObject({ status: 'rejected', problem_count: 1, row_count: null, columns: [] });
    expect(dataset.problems).toEqual([
      {
        ...{ row, column, code },
        message: expect.stringContaining(message) as string,
        hint: expect.stringMatching(/^[A-Z].{10,}\.$/) as string,
      },
    ]);
    // Long enough to be read, whatever was sent.
    expect(dataset.problems[0]!.message.length).toBeLessThan(400);
    await leavesNothing(dataset);
  });
});

/** Type, missing cells, and the code and row of the warning. */
type Taken = readonly [type: string, missing: number, warning: string | null, row?: number];
const cells = (found: readonly string[]): string =>
  `a,n\n${found.map((cell, i) => `"${cell.replaceAll('"', '""')}",${i}\n`).join('')}`;

describe('is taken, with a warning where it is hardly meant', () => {
  it.each<[string, readonly string[], Taken]>([
    ['thousands separators', ['1,234.5', '12,000', '7'], ['text', 0, 'thousands_separator', 1]],
    ['decimal commas', ['7', '1,5', '2,25'], ['text', 0, 'decimal_comma', 2]],
    [
      'dates in three formats',
      ['2024-01-31', '01/02/2024', 'Feb 3, 2024', '2024-02-04'],
      ['text', 0, 'mixed_date_formats', 2],
    ],
    [
      'mixed time zones',
      ['2024-01-31T10:00:00+02:00', '2024-01-31T10:00:00', '2024-01-31T10:00:00Z'],
      ['timestamp', 0, 'mixed_time_zones', 2],
    ],
    ['NaN', ['1', 'NaN', '2'], ['integer', 1, null]],
    ['a column of nothing', ['', '', ''], ['text', 3, 'all_missing']],
    ['a constant', ['5', '5', '5'], ['integer', 0, 'constant']],
    ['one class only', ['spam', 'spam', 'spam'], ['text', 0, 'constant']],
    ['empty texts', ['good', '', 'bad'], ['text', 1, null]],
    ['formulas', ['=1+1', '=HYPERLINK("http://x")', '@SUM(A1)'], ['text', 0, null]],
    ['SQL', ["'; DROP TABLE datasets; --", '"; SELECT 1 /*', "' OR ''='"], ['text', 0, null]],
  ])('%s', async (_, found, [type, missing, code, row]) => {
    const dataset = await uploaded(csv, () => cells(found));
    const [column] = dataset.columns;
    expect(dataset).toMatchObject({ status: 'ready', row_count: found.length, problem_count: 0 });
    expect(column).toMatchObject({ name: 'a', type, missing });
    expect(column!.warnings.map((warning) => [warning.code, warning.row])).toEqual(
      code === null ? [] : [[code, row]],
    );
    for (const { message } of column!.warnings) expect(message).toMatch(/^expected .+ got .+/);
    if (type === 'text') {
      const { json: page } = await client.send('GET', `/v1/datasets/${dataset.id}/rows`);
      expect(page.data.map(({ a }) => a)).toEqual(found.map((cell) => (cell === '' ? null : cell)));
    }
    await leavesNothing(dataset);
  });

  it('line ends of all kinds in one file', async () => {
    const dataset = await uploaded(csv, () => 'a,b\r\n1,x\n2,y\r3,z\r\n');
    const { json: page } = await client.send('GET', `/v1/datasets/${dataset.id}/rows`);
    expect(page.data).toEqual([
      { a: 1, b: 'x' },
      { a: 2, b: 'y' },
      { a: 3, b: 'z' },
    ]);
    await leavesNothing(dataset);
  });

  it('formulas and SQL for column names', async () => {
    const nasty = ['=1+1', "'; DROP TABLE datasets; --", '"; SELECT 1 /*', "c0 FROM '/etc/passwd'", 'a', 'A'];
    const row = Object.fromEntries(nasty.map((name) => [name, `${name} is here`]));
    const dataset = await uploaded(json, () => JSON.stringify([row]));
    expect(dataset.columns.map(({ name }) => name)).toEqual(nasty);
    const { json: page } = await client.send('GET', `/v1/datasets/${dataset.id}/rows`);
    expect(page.data).toEqual([row]);
    await leavesNothing(dataset);
  });

  it.each([
    ['ZIP', zipType, zip],
    ['TAR', tarType, tar],
  ] as const)('file names in Unicode: %s', async (_, type, archive) => {
    const found = ['größe/日本.png', 'größe/e\u0301.png', 'עברית/\u{1F600}.png'];
    const dataset = await uploaded(type, () => archive(found.map((name) => entry(name, png))));
    const { json: page } = await client.send('GET', `/v1/datasets/${dataset.id}/rows`);
    const composed = found.map((name) => name.normalize('NFC'));
    expect(page.data.map(({ file_name: name, label }) => [name, label])).toEqual(
      composed.toSorted().map((name) => [name, name.split('/')[0]]),
    );
    await leavesNothing(dataset);
  });
});

describe('bad rows', () => {
  it('are left out where that is wanted, and told by their numbers', async () => {
    const dataset = await uploaded(csv, () => 'a,b\n1,x\n1\n3,y"z\n5,w\n"7"8,v\n', '&on_bad_rows=skip');
    expect(dataset).toMatchObject({ status: 'ready', row_count: 3, problem_count: 2 });
    expect(dataset.problems.map(({ row, column, code }) => [row, column, code])).toEqual([
      [2, 'b', 'too_few_fields'],
      [5, 'a', 'misplaced_quote'],
    ]);
    await leavesNothing(dataset);
  });
});

describe('what nothing can be learned from is said before a job is made', () => {
  const asked = (id: string, column: string) => ({
    dataset_id: id,
    name: 'nothing',
    architecture: 'sequence_to_vector',
    data: { inputs: [{ column: 't', encoding: 'words' }], targets: [{ column }] },
    model: { cell: 'gru', hidden_size: 4 },
    output: { type: 'classification' },
    training: { epochs: 1 },
  });
  it.each([
    ['one class only', 'one', '/data/targets/0/column'],
    ['a target that is always missing', 'none', '/data/targets/0/column'],
    ['a column that is not there', "'; DROP TABLE datasets; --", '/data/targets/0/column'],
  ])('%s', async (_, column, pointer) => {
    const rows = Array.from({ length: 60 }, (__, i) => `word ${i},spam,,${i % 2}`).join('\n');
    const dataset = await uploaded(csv, () => `t,one,none,two\n${rows}\n`);
    const answer = await client.send('POST', '/v1/training-jobs', asked(dataset.id, column));
    expect(answer.status, JSON.stringify(answer.json)).toBe(422);
    expect(answer.json.code).toBe('validation_failed');
    expect(answer.json.errors.map((error) => error.pointer)).toContain(pointer);
    for (const { message } of answer.json.errors) expect(message).toMatch(/^expected .+ got /);
    await leavesNothing(dataset);
  });

  it('texts that are all empty', async () => {
    const dataset = await uploaded(csv, () => `t,two\n${'"",a\n"",b\n'.repeat(30)}`);
    const answer = await client.send('POST', '/v1/training-jobs', asked(dataset.id, 'two'));
    expect(answer.status, JSON.stringify(answer.json)).toBe(422);
    expect(answer.json.errors[0]!.message).toMatch(/^expected .+ got /);
    await leavesNothing(dataset);
  });
});

// Last: its model stays.
it('a column is called as it likes: learnt from, and predicted', { timeout: 120_000 }, async () => {
  const [target, other] = ['__proto__', "'; DROP TABLE models; --"];
  const lines = Array.from({ length: 120 }, (_, i) => `${i},${Math.sin(i / 3).toFixed(3)},${i % 5}`);
  const dataset = await client.uploaded('names', `at,${target},${other}\n${lines.join('\n')}\n`);
  await client.trained({
    dataset_id: dataset,
    name: 'names',
    architecture: 'sequence_to_vector',
    data: {
      inputs: [{ column: target }, { column: other }],
      targets: [{ column: target }],
      order_by: 'at',
      window: { length: 8, horizon: 2 },
    },
    model: { cell: 'gru', hidden_size: 4 },
    training: { epochs: 1 },
  });
  // As text: an object literal has no own __proto__.
  const rows = lines.slice(0, 8).map((line) => {
    const [at, value, digit] = line.split(',');
    return `{"at":${at},"${target}":${value},"${other}":${digit}}`;
  });
  const answer = await client.send(
    'POST',
    '/v1/models/names/predictions',
    `{"inputs":[{"rows":[${rows.join()}]}]}`,
  );
  expect(answer.status, JSON.stringify(answer.json)).toBe(200);
  const [{ forecast }] = (
    answer.json as unknown as { predictions: [{ forecast: Record<string, unknown>[] }] }
  ).predictions;
  expect(forecast).toHaveLength(2);
  for (const step of forecast) expect(Object.entries(step)).toContainEqual([target, expect.any(Number)]);
  // Elsewhere nothing may be called so.
  const odd = await client.send(
    'POST',
    '/v1/models/names/predictions',
    `{"inputs":[],"__proto__":{"polluted":1}}`,
  );
  expect([400, 422]).toContain(odd.status);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

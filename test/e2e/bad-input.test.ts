/**
 * What people upload by mistake or on purpose, over HTTP and through the worker: each file is refused with one clear problem, or taken for what it is
 * with a warning; it leaves nothing behind, and the service goes on.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { entry, tar, zip } from '../support/archives.ts';
import { freshDatabase, freshRedis } from '../support/backing-services.ts';
import { parquet, zstdCsv } from '../support/files-by-duckdb.ts';
import { launchClient, type LaunchedClient } from '../support/launched-client.ts';

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

const maxUnpackedBytes = 100_000_000;
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
    datasets: { timeout: 60_000, interval: 25 },
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

type Content = string | Buffer<ArrayBuffer>;
type Make = () => Content | Promise<Content>;

async function uploaded(type: string, make: Make, query = ''): Promise<Answer> {
  const content = await make();
  const body = typeof content === 'string' ? Buffer.from(content) : content;
  const { status, json } = await client.send('POST', `/v1/datasets?name=bad${query}`, body, {
    'content-type': type,
  });
  expect(status, JSON.stringify(json)).toBe(202);
  return client.until(`/v1/datasets/${json.id}`, ['ready', 'rejected'], { timeout: 60_000, interval: 25 });
}
/** With the dataset all that came of it goes; the worker has nothing left of it, and has not stumbled. */
async function leavesNothing({ id, status }: Answer): Promise<void> {
  await vi.waitFor(() => expect(filesOf('work')).toEqual([]), { timeout: 10_000, interval: 25 });
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

const csv = 'text/csv';
const tsv = 'text/tab-separated-values';
const ndjson = 'application/x-ndjson';
const json = 'application/json';
const parquetType = 'application/vnd.apache.parquet';
const text = 'text/plain';
const zipType = 'application/zip';
const tarType = 'application/x-tar';

const media = new URL('../golden/media/', import.meta.url);
const wav = readFileSync(new URL('pcm16-mono.wav', media));
const png = readFileSync(new URL('grey.png', media));
/** The recording with another number in its header. */
function lyingWav(at: number, value: number, bytes: 2 | 4): Buffer {
  const copy = Buffer.from(wav);
  if (bytes === 2) copy.writeUInt16LE(value, at);
  else copy.writeUInt32LE(value, at);
  return copy;
}
const beside =
  (bytes: Buffer | string): Make =>
  () =>
    zip([entry('a.wav', wav), entry('b.wav', bytes)]);

const hundredMegabytes = (piece = 'x'): string => piece.repeat(100_000_000 / piece.length);
const names = Array.from({ length: 10_000 }, (_, i) => `c${i}`);
const wide = Object.fromEntries(names.map((name) => [name, 1]));
/** Does not shrink to a hundredth. */
const noise = (lines: number): string =>
  Array.from({ length: lines }, (_, i) => (Math.sin(i) * 1e9).toFixed(3)).join('\n');

/** What is to be told: row, column, code, and the whole message or its beginning. */
type Told = readonly [row: number | null, column: string | null, code: string, message: string];
const damaged = (compression: string): Told => [
  null,
  null,
  'damaged_compression',
  `expected a whole ${compression} file, got one that is cut off or damaged`,
];
const tooMuch: Told = [
  null,
  null,
  'too_large_unpacked',
  `expected at most ${maxUnpackedBytes} bytes when unpacked, got more`,
];
const ratio: Told = [
  null,
  null,
  'too_large_unpacked',
  'expected at most 250 bytes for one of the compressed file, got more',
];
const columns = (found: number): Told => [
  null,
  null,
  'too_many_columns',
  `expected at most 4096 columns, got ${found}`,
];
const longRow = (row: number | null): Told => [
  row,
  null,
  'row_too_long',
  'expected rows of at most 2097152 bytes, got a longer one',
];

const refused: readonly [name: string, type: string, make: Make, told: Told][] = [
  ['a truncated gzip', csv, () => gzipSync('a,b\n1,2\n'.repeat(1000)).subarray(0, 30), damaged('gzip')],
  ['the head of a gzip alone', ndjson, () => gzipSync('{"a":1}').subarray(0, 4), damaged('gzip')],
  [
    'a truncated tar.gz',
    tarType,
    async () => gzipSync(await tar([entry('a.png', png)])).subarray(0, -20),
    damaged('gzip'),
  ],
  [
    'a truncated zstd',
    csv,
    async () => (await zstdCsv('SELECT range AS a FROM range(5000)')).subarray(0, 500),
    damaged('zstd'),
  ],
  ['a gzip of zeros', csv, () => gzipSync(`a\n${'0'.repeat(90_000_000)}`), ratio],
  ['a zstd of zeros', csv, () => zstdCsv("SELECT repeat('0', 1000000) AS a FROM range(90)"), ratio],
  [
    'a tar.gz of zeros',
    tarType,
    async () => gzipSync(await tar([entry('a.wav', Buffer.alloc(90_000_000))])),
    ratio,
  ],
  [
    'a gzip of more than is allowed',
    csv,
    () => gzipSync(`${noise(2000)}\n`.repeat(4200), { level: 1 }),
    tooMuch,
  ],
  [
    'a zstd of more than is allowed',
    csv,
    () => zstdCsv('SELECT hash(range % 100000)::VARCHAR AS a FROM range(6000000)'),
    tooMuch,
  ],
  [
    'a zip of zeros',
    zipType,
    () => zip([entry('a.wav', Buffer.alloc(40_000_000))]),
    [
      null,
      null,
      'too_large_unpacked',
      'expected at most 1000 bytes for one of the compressed file, got more for "a.wav"',
    ],
  ],
  [
    'a zip of more than is allowed',
    zipType,
    () =>
      zip(['a', 'b', 'c'].map((name) => ({ ...entry(`${name}.txt`, noise(8000)), saysBytes: 40_000_000 }))),
    tooMuch,
  ],
  [
    'a zip with a path upwards',
    zipType,
    () => zip([entry('../x.png', png)]),
    [null, null, 'unsafe_path', "expected names below the archive's own folder, got another: "],
  ],
  [
    'a tar with a path upwards',
    tarType,
    () => tar([entry('a/../../x.png', png)]),
    [null, null, 'unsafe_path', `expected names below the archive's own folder, got "a/../../x.png"`],
  ],
  [
    'a tar with a path from the root',
    tarType,
    () => tar([entry('/etc/x.png', png)]),
    [null, null, 'unsafe_path', `expected names below the archive's own folder, got "/etc/x.png"`],
  ],
  [
    'a zip with a symbolic link',
    zipType,
    () => zip([{ ...entry('a.png', '/etc/passwd'), mode: 0o120777 }]),
    [null, null, 'symbolic_link', 'expected files, got a symbolic link: "a.png"'],
  ],
  [
    'a tar with a symbolic link',
    tarType,
    () => tar([{ ...entry('a.png', ''), link: '/etc/passwd' }]),
    [null, null, 'symbolic_link', 'expected files, got a link: "a.png"'],
  ],
  ['10,000 columns of CSV', csv, () => `${names.join()}\n${names.join()}\n`, columns(10_000)],
  ['10,000 columns of NDJSON', ndjson, () => JSON.stringify(wide), columns(10_000)],
  [
    '10,000 columns, each in a row of its own',
    ndjson,
    () => names.map((name) => JSON.stringify({ [name]: 1 })).join('\n'),
    columns(4097),
  ],
  ['10,000 columns of JSON', json, () => JSON.stringify([wide]), columns(10_000)],
  [
    '10,000 columns of Parquet',
    parquetType,
    () => parquet(`SELECT ${names.map((name) => `1 AS ${name}`).join()}`),
    columns(10_000),
  ],
  [
    'a quoted cell of 100 MB',
    csv,
    () => `a,b\n1,2\n3,"${hundredMegabytes()}`,
    [2, 'b', 'unterminated_quote', 'expected a closing quote for the cell that starts here, got none'],
  ],
  ['a cell of 100 MB in CSV', csv, () => `a,b\n1,2\n3,${hundredMegabytes()}\n`, longRow(2)],
  ['a cell of 100 MB in NDJSON', ndjson, () => `{"a":"y"}\n{"a":"${hundredMegabytes()}"}`, longRow(2)],
  ['a cell of 100 MB in JSON', json, () => `[{"a":"y"},{"a":"${hundredMegabytes()}"}]`, longRow(null)],
  ['a list of 100 MB in JSON', json, () => `[{"a":[1]},{"a":[${hundredMegabytes('1,')}1]}]`, longRow(null)],
  [
    'a text of 100 MB',
    text,
    () => hundredMegabytes(),
    [null, null, 'text_too_long', 'expected texts of at most 67108864 bytes, got 100000000'],
  ],
  [
    'a cell of 100 MB in Parquet',
    parquetType,
    () => parquet("SELECT 'y' AS a UNION ALL SELECT repeat('x', 100000000)"),
    [2, 'a', 'text_too_long', 'expected texts of at most 67108864 bytes, got one of 100000000'],
  ],
  [
    'a column name of 1 MB',
    csv,
    () => `a,${'x'.repeat(1_000_000)}\n1,2\n`,
    [
      0,
      `${'x'.repeat(40)}…`,
      'column_name_too_long',
      'expected names of at most 1000 characters, got 1000000 for column 2',
    ],
  ],
  [
    'NUL bytes in CSV',
    csv,
    () => 'a,b\n1,2\n1,x\0y\n',
    [null, null, 'binary_file', 'expected text, got a binary file (a zero at byte 11)'],
  ],
  [
    'NUL bytes in a text',
    text,
    () => 'abc\0def',
    [null, null, 'binary_file', 'expected text, got a binary file (a zero after "abc")'],
  ],
  [
    'NUL bytes in NDJSON',
    ndjson,
    () => '{"a":"x"}\n{"a":"x\0y"}\n',
    [2, null, 'invalid_json', 'expected JSON, got something else: '],
  ],
  [
    'a NUL in a cell of NDJSON',
    ndjson,
    () => '{"a":"x"}\n{"a":"x\\u0000y"}\n',
    [2, 'a', 'nul_character', 'expected text without NUL characters, got one'],
  ],
  [
    'a NUL in a cell of Parquet',
    parquetType,
    () => parquet("SELECT 'x' AS a UNION ALL SELECT 'y' || chr(0)"),
    [2, 'a', 'nul_character', 'expected text without NUL characters, got y\uFFFD'],
  ],
  [
    'a NUL in a name',
    json,
    () => '[{"a":1,"b\\u0000":2}]',
    [0, 'b\uFFFD', 'nul_character', 'expected names without NUL characters, got one for column 2'],
  ],
  [
    'half a character in a cell',
    ndjson,
    () => '{"a":"x\\ud800"}',
    [1, 'a', 'invalid_utf8', 'expected whole characters, got half of one'],
  ],
  [
    'half a character in a name',
    ndjson,
    () => '{"x\\ud800":1}',
    [0, 'x\uFFFD', 'invalid_utf8', 'expected names of whole characters, got half of one for column 1'],
  ],
  [
    'Latin-1 that says nothing of it, in CSV',
    csv,
    () => Buffer.from('a,b\n1,2\n1,caf\xe9\n', 'latin1'),
    [2, 'b', 'invalid_utf8', 'expected text in UTF-8, got other bytes; say what it is in'],
  ],
  [
    'Latin-1 that says nothing of it, in JSON',
    json,
    () => Buffer.from('[{"a":"caf\xe9"}]', 'latin1'),
    [null, null, 'invalid_utf8', 'expected text in UTF-8, got other bytes; say what it is in'],
  ],
  [
    'a row that is too short',
    csv,
    () => 'a,b\n1,2\n1\n',
    [2, 'b', 'too_few_fields', 'expected 2 cells as in the header, got 1'],
  ],
  [
    'a row that is too long',
    tsv,
    () => 'a\tb\n1\t2\n1\t2\t3\n',
    [2, null, 'too_many_fields', 'expected 2 cells as in the header, got 3'],
  ],
  [
    'a name twice',
    csv,
    () => 'a,b,a\n1,2,3\n',
    [0, 'a', 'duplicate_column', 'expected each column name once, got "a" for columns 1 and 3'],
  ],
  [
    'an empty name in CSV',
    csv,
    () => 'a,\n1,2\n',
    [0, null, 'empty_column_name', 'expected a name for column 2, got an empty cell in the header'],
  ],
  [
    'an empty name in NDJSON',
    ndjson,
    () => '{"a":1,"":2}',
    [0, null, 'empty_column_name', 'expected a name for column 2, got an empty cell in the header'],
  ],
  [
    'a thousands separator among numbers',
    csv,
    () => `n\n1.5\n2\n${'3\n'.repeat(10)}"1,234.5"\n`,
    [13, 'n', 'not_a_number', 'expected a finite number, got "1,234.5"'],
  ],
  [
    'a decimal comma among numbers',
    csv,
    () => `n;m\n${'1.5;x\n'.repeat(10)}3,5;x\n`,
    [11, 'n', 'not_a_number', 'expected a finite number, got "3,5"'],
  ],
  [
    'a date in another format among dates',
    csv,
    () => `d\n${'2024-01-31\n'.repeat(10)}03.02.2024\n`,
    [11, 'd', 'not_a_date', 'expected a date such as 2024-01-31'],
  ],
  [
    'an infinite value in CSV',
    csv,
    () => 'a\n1\n2\n-inf\n',
    [3, 'a', 'not_a_number', 'expected a number, got "-inf"'],
  ],
  [
    'an infinite value in NDJSON',
    ndjson,
    () => '{"a":1}\n{"a":1e999}\n',
    [2, 'a', 'not_a_number', 'expected a finite number, got one that is too large'],
  ],
  [
    'an infinite value in Parquet',
    parquetType,
    () => parquet("SELECT 1.5::DOUBLE AS x UNION ALL SELECT 'inf'::DOUBLE"),
    [2, 'x', 'not_a_number', 'expected a finite number, got inf'],
  ],
  [
    'NaN in NDJSON',
    ndjson,
    () => '{"a":1}\n{"a":NaN}\n',
    [
      2,
      null,
      'invalid_json',
      'expected JSON, in which numbers are finite, got NaN; write null where there is no number',
    ],
  ],
  [
    '-Infinity in JSON',
    json,
    () => '[{"a":1},{"a":-Infinity}]',
    [
      null,
      null,
      'invalid_json',
      'expected JSON, in which numbers are finite, got -Infinity; write null where there is no number',
    ],
  ],
  [
    'a row of NDJSON that is an array',
    ndjson,
    () => '{"a":1}\n[1,2]\n',
    [2, null, 'not_an_object', 'expected an object with a field for each column, got a list of 2'],
  ],
  [
    'a row of JSON that is an array',
    json,
    () => '[{"a":1},[1,2]]',
    [2, null, 'not_an_object', 'expected an object with a field for each column, got a list of 2'],
  ],
  ['an array of 100 MB for a row', json, () => `[{"a":1},[${hundredMegabytes('1,')}1]]`, longRow(null)],
  [
    'deep nesting in NDJSON',
    ndjson,
    () => `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    [
      1,
      'a',
      'not_a_vector',
      'expected a number, a text, true or false, null, or a list of finite numbers, got a list of 1',
    ],
  ],
  [
    'deep nesting of objects',
    ndjson,
    () => `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
    [
      1,
      'a',
      'nested_object',
      'expected a number, a text, true or false, null, or a list of finite numbers, got an object',
    ],
  ],
  [
    'deep nesting in JSON',
    json,
    () => `[${'['.repeat(1_000_000)}`,
    [null, null, 'too_deep', 'expected rows of plain values, got nesting of more than'],
  ],
  [
    'empty texts alone',
    text,
    () => ' \n\n ',
    [null, null, 'empty_file', 'expected a text, got nothing but white space'],
  ],
  [
    'a WAV that says more than it holds',
    zipType,
    beside(wav.subarray(0, 900)),
    [2, 'audio', 'truncated', '"b.wav": expected 1600 bytes of samples as the header says, got 856'],
  ],
  [
    'a WAV of 2 GB, as it says',
    zipType,
    beside(lyingWav(40, 0x7fff_ffff, 4)),
    [2, 'audio', 'truncated', '"b.wav": expected 2147483647 bytes of samples as the header says, got 1600'],
  ],
  [
    'a WAV of no channels',
    zipType,
    beside(lyingWav(22, 0, 2)),
    [2, 'audio', 'wrong_header', '"b.wav": expected 1 to 64 channels, got 0'],
  ],
  [
    'a WAV of nine channels in two bytes',
    zipType,
    beside(lyingWav(22, 9, 2)),
    [2, 'audio', 'wrong_header', '"b.wav": expected blocks of 18 bytes (9 channels of 16 bits), got 2'],
  ],
  [
    'a WAV at four billion samples a second',
    zipType,
    beside(lyingWav(24, 4_000_000_000, 4)),
    [2, 'audio', 'wrong_header', '"b.wav": expected a sample rate of 1000 to 384000 Hz, got 4000000000'],
  ],
  [
    'a WAV whose format is four billion bytes',
    zipType,
    beside(lyingWav(16, 0xffff_ffff, 4)),
    [2, 'audio', 'wrong_header', '"b.wav": expected a format chunk of at least 16 bytes, got 4294967295'],
  ],
  [
    'a WAV of no samples',
    zipType,
    beside(lyingWav(40, 0, 4)),
    [2, 'audio', 'empty_audio', '"b.wav": expected at least one sample, got none'],
  ],
  [
    'a recording of no bytes',
    zipType,
    beside(''),
    [2, 'audio', 'empty_audio', '"b.wav": expected a recording, got 0 bytes'],
  ],
];

describe('is refused, and leaves nothing', () => {
  it.each(refused)('%s', async (_, type, make, [row, column, code, message]) => {
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

/** Every format through the one door: the same table comes out of all of them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parquet, zstdCsv } from '../../test/support/files-by-duckdb.ts';
import { openTable } from '../tables/table.ts';
import type { IngestOptions, IngestResult } from './ingest.ts';
import { ingestUpload } from './ingest-upload.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unroll-formats-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function ingest(
  content: string | Buffer,
  o: Partial<IngestOptions> & Pick<IngestOptions, 'format'>,
): Promise<IngestResult> {
  const sourcePath = join(folder, 'source');
  await writeFile(sourcePath, content);
  return ingestUpload({
    sourcePath,
    reading: {},
    tablePath: join(folder, 'table.parquet'),
    workDirectory: folder,
    onBadRows: 'reject',
    maxUnpackedBytes: 100_000_000,
    ...o,
  });
}

async function tableOf(
  content: string | Buffer,
  o: Partial<IngestOptions> & Pick<IngestOptions, 'format'>,
): Promise<{ types: string[]; rows: unknown[] }> {
  const result = await ingest(content, o);
  if (result.status !== 'ready') throw new Error(JSON.stringify(result.problems));
  const table = await openTable(join(folder, 'table.parquet'));
  const rows = await table.rows({ limit: 100, offset: 0 });
  table.close();
  return { types: result.columns.map(({ name, type }) => `${name}: ${type}`), rows };
}

const csv = 'day,name,n,x\n2024-01-31,Zoë,1,1.5\n2024-02-01,"a, b",,2\n';
const rows = [
  { day: '2024-01-31', name: 'Zoë', n: 1, x: 1.5 },
  { day: '2024-02-01', name: 'a, b', n: null, x: 2 },
];
const types = ['day: date', 'name: text', 'n: integer', 'x: number'];
const objects = rows.map((row) => JSON.stringify(row));

describe('the same table', () => {
  it.each<[string, string | Buffer, Partial<IngestOptions> & Pick<IngestOptions, 'format'>]>([
    ['CSV', csv, { format: 'csv' }],
    ['CSV with semicolons', csv.replaceAll(',', ';').replace('a; b', 'a, b'), { format: 'csv' }],
    ['CSV with bars', csv.replaceAll(',', '|').replace('a| b', 'a, b'), { format: 'csv' }],
    ['CSV with single quotes', csv.replaceAll('"', "'"), { format: 'csv' }],
    ['TSV', csv.replaceAll(',', '\t').replace('a\t b', 'a, b'), { format: 'tsv' }],
    ['CSV that is TSV', csv.replaceAll(',', '\t').replace('a\t b', 'a, b'), { format: 'csv' }],
    ['UTF-8 with a mark', `\uFEFF${csv}`, { format: 'csv' }],
    ['UTF-16 with a mark', Buffer.from(`\uFEFF${csv}`, 'utf16le'), { format: 'csv' }],
    ['UTF-16, big end first', Buffer.from(`\uFEFF${csv}`, 'utf16le').swap16(), { format: 'csv' }],
    [
      'UTF-16 without a mark, as was said',
      Buffer.from(csv, 'utf16le'),
      { format: 'csv', reading: { charset: 'utf-16le' } },
    ],
    [
      'Latin-1, as was said',
      Buffer.from(csv, 'latin1'),
      { format: 'csv', reading: { charset: 'windows-1252' } },
    ],
    ['gzip', gzipSync(csv), { format: 'csv' }],
    ['NDJSON', objects.join('\n'), { format: 'ndjson' }],
    [
      'NDJSON with a mark, blank lines and \\r\\n',
      `\uFEFF${objects.join('\r\n\r\n')}\r\n`,
      { format: 'ndjson' },
    ],
    ['NDJSON, gzip', gzipSync(objects.join('\n')), { format: 'ndjson' }],
    ['JSON', JSON.stringify(rows, null, 2), { format: 'json' }],
    ['JSON with a name', JSON.stringify({ name: 'x', meta: { rows: [[]] }, rows }), { format: 'json' }],
  ])('%s', async (_, content, o) => {
    expect(await tableOf(content, o)).toEqual({ types, rows });
  });

  it('zstd', async () => {
    const packed = await zstdCsv("SELECT 'x' || range AS a, range AS n FROM range(5000)");
    const result = await ingest(packed, { format: 'csv' });
    expect(result).toMatchObject({
      status: 'ready',
      rowCount: 5000,
      columns: [{ distinct: 5000 }, { max: 4999 }],
    });
  });

  it('Parquet, whose types are kept', async () => {
    const file = await parquet(
      "SELECT DATE '2024-01-31' AS day, 'Zoë' AS name, 1::UTINYINT AS n, 1.5::DECIMAL(9,3) AS x, '007' AS code, [1, 2.5]::FLOAT[] AS v, true AS flag, TIMESTAMPTZ '2024-01-31 10:00:00+02' AS at UNION ALL SELECT NULL, '', NULL, 'NaN'::DOUBLE, NULL, NULL, NULL, NULL",
    );
    expect(await tableOf(file, { format: 'parquet' })).toEqual({
      types: [
        ...['day: date', 'name: text', 'n: integer', 'x: number', 'code: text', 'v: vector', 'flag: boolean'],
        'at: timestamp',
      ],
      rows: [
        {
          ...{ day: '2024-01-31', name: 'Zoë', n: 1, x: 1.5, code: '007', v: [1, 2.5], flag: true },
          at: '2024-01-31T08:00:00Z',
        },
        { day: null, name: null, n: null, x: null, code: null, v: null, flag: null, at: null },
      ],
    });
  });
});

describe('JSON', () => {
  it('keeps kinds: strings of digits are text, strings of dates dates', async () => {
    const lines = [
      '{"code":"007","at":"2024-01-31T10:00:00Z","v":[1,2.5],"ok":true}',
      '{"code":"8","late":1}',
    ];
    expect(await tableOf(lines.join('\n'), { format: 'ndjson' })).toEqual({
      types: ['code: text', 'at: timestamp', 'v: vector', 'ok: boolean', 'late: integer'],
      rows: [
        { code: '007', at: '2024-01-31T10:00:00Z', v: [1, 2.5], ok: true, late: null },
        { code: '8', at: null, v: null, ok: null, late: 1 },
      ],
    });
  });

  it.each<[string, string, object]>([
    ['a row that is an array', '{"a":1}\n[1,2]\n', { row: 2, column: null, code: 'not_an_object' }],
    ['a field twice', '{"a":1}\n{"a":1,"b":2,"a":1}\n', { row: 2, column: 'a', code: 'duplicate_key' }],
    ['a row that is a number', '{"a":1}\n7\n', { row: 2, code: 'not_an_object' }],
    ['no JSON', '{"a":1}\n{"a":\n', { row: 2, code: 'invalid_json' }],
    ['an object in a row', '{"a":1}\n{"a":{"b":1}}\n', { row: 2, column: 'a', code: 'nested_object' }],
    ['a list of texts', '{"a":[1]}\n{"a":["x"]}\n', { row: 2, column: 'a', code: 'not_a_vector' }],
    [
      'a list with a hole',
      '{"a":[1,2.5]}\n{"a":[1,null]}\n',
      {
        row: 2,
        code: 'not_a_vector',
        message: expect.stringContaining('a list of 2 with null for number 2;') as string,
      },
    ],
    ['a list in a list', '{"a":[[1]]}\n', { row: 1, column: 'a', code: 'not_a_vector' }],
    ['an empty list', '{"a":[]}\n', { row: 1, column: 'a', code: 'not_a_vector' }],
    ['a number beyond all', '{"a":1}\n{"a":1e999}\n', { row: 2, column: 'a', code: 'not_a_number' }],
    [
      'an identifier as number',
      '{"a":12345678901234567}\n',
      { row: 1, column: 'a', code: 'imprecise_number' },
    ],
    ['a NUL', '{"a":"x\\u0000y"}\n', { row: 1, column: 'a', code: 'nul_character' }],
    [
      'a text where numbers are',
      '{"a":1}\n{"a":2}\n{"a":"x"}\n',
      { row: 3, column: 'a', code: 'not_a_number' },
    ],
    ['an empty name', '{"":1}\n', { row: 0, column: null, code: 'empty_column_name' }],
    ['nothing', '\n\n', { row: null, code: 'no_rows' }],
    [
      'rows nested deeply',
      `{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}\n`,
      { row: 1, column: 'a', code: 'not_a_vector' },
    ],
  ])('NDJSON: %s', async (_, content, problem) => {
    const result = await ingest(content, { format: 'ndjson' });
    expect(result).toMatchObject({ status: 'rejected', problems: [problem] });
  });

  it.each<[string, string, object]>([
    [
      'a field twice, in another row than a list that names it',
      '[{"a":1},{"a":1,"b":[1]},{"a":1,"a":null}]',
      { row: 3, column: 'a', code: 'duplicate_key' },
    ],
    ['an array in the array', '[{"a":1},[1]]', { row: 2, code: 'not_an_object' }],
    ['cut off', '[{"a":1},{"a":', { row: null, code: 'invalid_json' }],
    ['something else', 'a,b\n1,2\n', { row: null, code: 'invalid_json' }],
    ['no rows', '{"name":"x"}', { row: null, code: 'no_rows' }],
    ['rows that are no array', '{"rows":{"a":1}}', { row: null, code: 'invalid_json' }],
    ['deep nesting', `[${'['.repeat(100_000)}`, { row: null, code: 'too_deep' }],
  ])('a document: %s', async (_, content, problem) => {
    const result = await ingest(content, { format: 'json' });
    expect(result).toMatchObject({ status: 'rejected', problems: [problem] });
  });

  it('leaves out what is bad, if that is wanted', async () => {
    const result = await ingest('{"a":1}\n[1]\n{"a":"x"}\n{"a":2}\nnope\n{"a":3}\n', {
      format: 'ndjson',
      onBadRows: 'skip',
    });
    expect(result).toMatchObject({ status: 'ready', rowCount: 3, problemCount: 3 });
    expect(result.problems.map(({ row }) => row)).toEqual([2, 3, 5]);
  });
});

describe('plain text', () => {
  const text = 'One line.\nAnother "line", 1,5\n\nA paragraph \uD83C\uDF27.\n';
  it.each([
    ['document', [text]],
    ['line', ['One line.', 'Another "line", 1,5', 'A paragraph \uD83C\uDF27.']],
    ['paragraph', ['One line.\nAnother "line", 1,5', 'A paragraph \uD83C\uDF27.']],
  ] as const)('a row for each %s', async (textRows, expected) => {
    expect(await tableOf(text, { format: 'text', reading: { text_rows: textRows } })).toEqual({
      types: ['text: text'],
      rows: expected.map((one) => ({ text: one })),
    });
  });

  it('is one document unless something else is said, and digits are text', async () => {
    expect(await tableOf('42', { format: 'text' })).toEqual({
      types: ['text: text'],
      rows: [{ text: '42' }],
    });
  });

  it.each<[string, Buffer, string]>([
    ['nothing', Buffer.from(' \n\n'), 'empty_file'],
    ['binary', Buffer.from('a\0b'), 'binary_file'],
    ['Latin-1', Buffer.from('caf\xe9', 'latin1'), 'invalid_utf8'],
  ])('%s is refused', async (_, content, code) => {
    expect(await ingest(content, { format: 'text' })).toMatchObject({
      status: 'rejected',
      problems: [{ code }],
    });
  });
});

describe('Parquet', () => {
  it('names columns that cannot be taken, and values', async () => {
    const nested = await parquet("SELECT 1 AS a, {'x': 1} AS b, ['t'] AS c");
    expect(await ingest(nested, { format: 'parquet' })).toMatchObject({
      status: 'rejected',
      problems: [
        { row: null, column: 'b', code: 'unsupported_type' },
        { row: null, column: 'c', code: 'unsupported_type' },
      ],
    });
    const values = await parquet(
      "SELECT 1.5::DOUBLE AS x, 1::BIGINT AS n, [1.0] AS v UNION ALL SELECT 'inf'::DOUBLE, 9007199254740993, ['nan'::DOUBLE]",
    );
    expect(await ingest(values, { format: 'parquet' })).toMatchObject({
      status: 'rejected',
      problemCount: 3,
      problems: [
        { row: 2, column: 'x', code: 'not_a_number' },
        { row: 2, column: 'n', code: 'imprecise_number' },
        { row: 2, column: 'v', code: 'not_a_vector' },
      ],
    });
    expect(await ingest(values, { format: 'parquet', onBadRows: 'skip' })).toMatchObject({
      status: 'ready',
      rowCount: 1,
    });
  });

  it('is refused when it is none, or damaged', async () => {
    expect(await ingest('a,b\n', { format: 'parquet' })).toMatchObject({
      problems: [{ code: 'not_parquet' }],
    });
    const whole = await parquet('SELECT range AS a FROM range(1000)');
    for (const bytes of [
      whole.subarray(0, whole.length - 5),
      Buffer.concat([whole.subarray(0, 100), whole.subarray(-300)]),
    ])
      expect(await ingest(bytes, { format: 'parquet' })).toMatchObject({
        status: 'rejected',
        problems: [{ row: null, code: 'damaged_parquet' }],
      });
  });
});

describe('compressed', () => {
  it.each<[string, () => Buffer | Promise<Buffer>]>([
    ['gzip', () => gzipSync(csv.repeat(1000)).subarray(0, 100)],
    [
      'gzip with other bytes in it',
      () => Buffer.concat([gzipSync(csv).subarray(0, 20), Buffer.alloc(50, 7)]),
    ],
    ['zstd', async () => (await zstdCsv('SELECT range AS a FROM range(5000)')).subarray(0, 500)],
  ])('%s that is cut off or damaged is refused', async (_, content) => {
    expect(await ingest(await content(), { format: 'csv' })).toMatchObject({
      status: 'rejected',
      problems: [{ row: null, column: null, code: 'damaged_compression' }],
    });
  });

  it.each<[string, () => Buffer | Promise<Buffer>]>([
    ['gzip', () => gzipSync(`a\n${'1'.repeat(120_000_000)}`)],
    ['zstd', () => zstdCsv("SELECT repeat('1', 1000000) AS a FROM range(120)")],
  ])('a %s bomb is refused', async (_, content) => {
    const bomb = await content();
    expect(bomb.length).toBeLessThan(1_000_000);
    expect(await ingest(bomb, { format: 'csv' })).toMatchObject({
      status: 'rejected',
      problems: [{ row: null, code: 'too_large_unpacked' }],
    });
  });
});

/** What people upload by mistake or on purpose: each is told in words, leaves nothing behind, or is taken for what it is. */
import { mkdtemp, open, readdir, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { entry, zip } from '../../test/support/archives.ts';
import { parquet } from '../../test/support/files-by-duckdb.ts';
import { identifier, literal } from '../tables/duckdb.ts';
import { openTable } from '../tables/table.ts';
import { maxRowBytes } from './csv-rows.ts';
import type { IngestOptions, IngestResult } from './ingest.ts';
import { ingestUpload } from './ingest-upload.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unroll-bad-'));
});
afterEach(() => rm(folder, { recursive: true }));

const sourcePath = (): string => join(folder, 'source');
async function read(o: Partial<IngestOptions> = {}): Promise<IngestResult> {
  const result = await ingestUpload({
    sourcePath: sourcePath(),
    format: 'csv',
    reading: {},
    tablePath: join(folder, 'table.parquet'),
    workDirectory: folder,
    onBadRows: 'reject',
    maxUnpackedBytes: 1_000_000_000,
    ...o,
  });
  const left = (await readdir(folder)).toSorted((a, b) => (a < b ? -1 : 1));
  expect(left).toEqual(result.status === 'ready' ? ['source', 'table.parquet'] : ['source']);
  return result;
}
async function ingest(content: string | Buffer, o: Partial<IngestOptions> = {}): Promise<IngestResult> {
  await writeFile(sourcePath(), content);
  return read(o);
}
async function tableRows(): Promise<unknown[]> {
  const table = await openTable(join(folder, 'table.parquet'));
  const rows = await table.rows({ limit: 100, offset: 0 });
  table.close();
  return rows;
}
const column = (cells: readonly string[]): string =>
  `a,n\n${cells.map((cell, i) => `"${cell}",${i}\n`).join('')}`;

describe('is refused', () => {
  it('10,000 columns', async () => {
    const names = Array.from({ length: 10_000 }, (_, i) => `c${i}`).join(',');
    expect(await ingest(`${names}\n${names}\n`)).toMatchObject({
      status: 'rejected',
      problems: [
        { row: null, code: 'too_many_columns', message: 'expected at most 4096 columns, got 10000' },
      ],
    });
    const row = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`c${i}`, i]));
    expect(await ingest(JSON.stringify(row), { format: 'ndjson' })).toMatchObject({
      status: 'rejected',
      problems: [{ code: 'too_many_columns' }],
    });
  });

  it.each(['csv', 'ndjson', 'text'] as const)('a cell of 100 MB: %s, in little memory', async (format) => {
    const file = await open(sourcePath(), 'w');
    await file.write(format === 'csv' ? 'a,b\n1,2\n3,"' : format === 'ndjson' ? '{"a":"' : '');
    const piece = Buffer.alloc(1024 * 1024, 'x');
    for (let i = 0; i < 100; i++) await file.write(piece);
    await file.close();
    const before = process.memoryUsage.rss();
    const result = await read({ format });
    expect(result.status).toBe('rejected');
    expect(['unterminated_quote', 'row_too_long', 'text_too_long']).toContain(result.problems[0]!.code);
    expect(process.memoryUsage.rss() - before).toBeLessThan(64 * 1024 * 1024 + 8 * maxRowBytes);
  });

  it.each<[string, string | Buffer, object]>([
    ['NUL bytes', 'a,b\n1,x\0y\n', { row: null, code: 'binary_file' }],
    ['ragged rows', 'a,b\n1,2\n1\n', { row: 2, column: 'b', code: 'too_few_fields' }],
    ['a name twice', 'a,a\n1,2\n', { row: 0, column: 'a', code: 'duplicate_column' }],
    ['an empty name', 'a,\n1,2\n', { row: 0, code: 'empty_column_name' }],
    ['an infinite value', 'a\n1\n2\n-inf\n', { row: 3, column: 'a', code: 'not_a_number' }],
    [
      'a date in another format among dates',
      'a\n2024-01-31\n2024-02-01\n03.02.2024\n',
      { row: 3, code: 'not_a_date' },
    ],
    [
      'a decimal comma among numbers',
      'a;b\n1.5;x\n2.5;x\n3,5;x\n',
      { row: 3, column: 'a', code: 'not_a_number' },
    ],
    [
      'a thousands separator among numbers',
      'a\n1.5\n2\n"1,234.5"\n',
      { row: 3, column: 'a', code: 'not_a_number' },
    ],
  ])('%s', async (_, content, problem) => {
    expect(await ingest(content)).toMatchObject({ status: 'rejected', problems: [problem] });
  });
});

describe('is told, and taken', () => {
  it.each<[string, readonly string[], string, object]>([
    ['thousands separators', ['1,234.5', '12,000', '7'], 'text', { code: 'thousands_separator', row: 1 }],
    ['thousands alone', ['1,234', '12,000', '2,500'], 'text', { code: 'thousands_separator', row: 1 }],
    [
      'decimal commas of three places',
      ['0,125', '1,250', '0,500'],
      'text',
      { code: 'decimal_comma', row: 1 },
    ],
    ['decimal commas', ['7', '1,5', '2,25'], 'text', { code: 'decimal_comma', row: 2 }],
    [
      'dates in three formats',
      ['2024-01-31', '01/02/2024', 'Feb 3, 2024', '2024-02-04'],
      'text',
      { code: 'mixed_date_formats', row: 2 },
    ],
    ['dates of one country', ['31.01.2024', '01.02.2024'], 'text', { code: 'local_date_format', row: 1 }],
    [
      'mixed time zones',
      ['2024-01-31T10:00:00+02:00', '2024-01-31T10:00:00', '2024-01-31T10:00:00Z'],
      'timestamp',
      { code: 'mixed_time_zones', row: 2 },
    ],
    ['nothing in any row', ['', '', ''], 'text', { code: 'all_missing' }],
    ['one class only', ['spam', 'spam', 'spam'], 'text', { code: 'constant' }],
    ['a constant', ['5', '5', '5'], 'integer', { code: 'constant' }],
    ['hardly anything', ['x', '', '', ''], 'text', { code: 'mostly_missing' }],
  ])('%s', async (_, cells, type, warning) => {
    const result = await ingest(column(cells));
    expect(result).toMatchObject({
      status: 'ready',
      columns: [{ type, warnings: [warning] }, { warnings: [] }],
    });
  });

  it.each<[string, string, boolean]>([
    ['numbers alone', '1,2.5\n3,4.5\n5,1\n', true],
    ['numbers and a label', '5.1,3.5,setosa\n4.9,3,setosa\n6.3,3.3,virginica\n', true],
    ['dates and numbers', '2024-01-01,3\n2024-01-02,4\n2024-01-03,6\n', true],
    ['years', 'country,2019,2020\nA,3.5,4\nB,5,6.5\n', false],
    ['names', 'day,n\n2024-01-01,3\n2024-01-02,4\n', false],
    ['texts', 'a,b\nx,y\nz,w\n', false],
  ])('a first row that looks like data, or does not: %s', async (_, content, isTold) => {
    const result = await ingest(content);
    if (result.status !== 'ready') throw new Error('expected it to be taken');
    const codes = result.columns.flatMap((one) => (one.warnings ?? []).map(({ code }) => code));
    expect(codes).toEqual(isTold ? ['header_like_data'] : []);
  });

  it('NaN is missing', async () => {
    expect(await ingest('a\n1.5\nNaN\n2\n')).toMatchObject({
      status: 'ready',
      columns: [{ type: 'number', missing: 1, min: 1.5, max: 2, mean: 1.75 }],
    });
  });

  it('empty texts are missing', async () => {
    await ingest('a,b\n"",1\nx,2\n" ",3\n');
    expect(await tableRows()).toEqual([
      { a: null, b: 1 },
      { a: 'x', b: 2 },
      { a: ' ', b: 3 },
    ]);
  });

  it('line ends of all kinds in one file', async () => {
    await ingest('a,b\r\n1,x\n2,y\r3,z\r\n');
    expect(await tableRows()).toEqual([
      { a: 1, b: 'x' },
      { a: 2, b: 'y' },
      { a: 3, b: 'z' },
    ]);
  });

  it('formulas and SQL, in cells and names', async () => {
    const nasty = [
      '=HYPERLINK("http://x")',
      "'; DROP TABLE datasets; --",
      '"; SELECT 1 /*',
      '@SUM(A1)',
      '$(id)',
      "c0 FROM '/etc/passwd'",
    ];
    const quoted = nasty.map((text) => `"${text.replaceAll('"', '""')}"`).join(',');
    await ingest(`${quoted}\n${quoted}\n`);
    expect(await tableRows()).toEqual([Object.fromEntries(nasty.map((text) => [text, text]))]);
  });
});

const png = readFileSync(new URL('../../test/golden/media/grey.png', import.meta.url));
/** Built as text: an object literal has no own __proto__. */
const object = (names: readonly string[], values: readonly string[]): string =>
  `{${names.map((name, i) => `${JSON.stringify(name)}:${JSON.stringify(values[i])}`).join(',')}}`;
const line = (cells: readonly string[], delimiter: string): string =>
  cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(delimiter);
type Make = (names: readonly string[], values: readonly string[]) => string | Buffer | Promise<Buffer>;
const files = {
  ndjson: object,
  json: (names, values) => `[${object(names, values)}]`,
  tsv: (names, values) => `${line(names, '\t')}\n${line(values, '\t')}`,
  // DuckDB, which writes it here, takes names that differ in case alone for the same.
  parquet: (names, values) =>
    parquet(`SELECT ${names.map((_, i) => `${literal(values[i]!)} AS ${identifier(names[i]!)}`).join()}`),
  'metadata.csv': (names, values) =>
    zip([
      entry('a.png', png),
      entry('metadata.csv', `${line([...names, 'file_name'], ',')}\n${line([...values, 'a.png'], ',')}\n`),
    ]),
  'metadata.jsonl': (names, values) =>
    zip([
      entry('a.png', png),
      entry('metadata.jsonl', object([...names, 'file_name'], [...values, 'a.png'])),
    ]),
} satisfies Record<string, Make>;

it('no name reaches SQL, whatever the format', async () => {
  const nasty = fc.oneof(
    fc.constantFrom(
      "'; DROP TABLE x; --",
      '"',
      "'",
      '`',
      '\\',
      ';',
      '{',
      'c1',
      'place',
      'file_row_number',
      '__proto__',
      '\n',
      ']',
      '--',
    ),
    fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }),
  );
  const names = fc.uniqueArray(
    nasty.filter((name) => name.trim() !== '' && !name.includes('\0')),
    { minLength: 1, maxLength: 5, selector: (name) => name.toLowerCase() },
  );
  await fc.assert(
    fc.asyncProperty(
      names,
      fc.constantFrom(...(Object.keys(files) as (keyof typeof files)[])),
      async (found, format) => {
        const values = found.map((name) => `x${name}`);
        const archived = format.startsWith('metadata');
        const content = await files[format](found, values);
        const result = await ingest(content, { format: archived ? 'zip' : (format as 'json') });
        if (result.status !== 'ready') throw new Error(JSON.stringify(result.problems));
        expect(result.columns.map(({ name }) => name)).toEqual(
          archived ? [...found, 'file_name', 'image'] : found,
        );
        const table = await openTable(join(folder, 'table.parquet'));
        const chunks = [];
        for await (const chunk of table.chunks(found)) chunks.push(chunk);
        table.close();
        expect(chunks).toEqual([values.map((value) => [value])]);
        await rm(join(folder, 'table.parquet'));
      },
    ),
    { numRuns: 40 },
  );
}, 120_000);

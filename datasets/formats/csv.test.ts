import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { literal, openDuckDb, query } from '../tables/duckdb.ts';
import { openTable } from '../tables/table.ts';
import { ingestCsv } from './csv.ts';
import { maxRowBytes } from './csv-rows.ts';
import type { IngestOptions, IngestResult } from './ingest.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unroll-csv-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function ingest(content: string | Buffer, o: Partial<IngestOptions> = {}): Promise<IngestResult> {
  const sourcePath = join(folder, 'source');
  await writeFile(sourcePath, content);
  return ingestCsv({
    sourcePath,
    tablePath: join(folder, 'table.parquet'),
    workDirectory: folder,
    onBadRows: 'reject',
    ...o,
  });
}

/** The first problem of a file that must be rejected, leaving no file behind. */
async function rejection(content: string | Buffer): Promise<unknown> {
  const result = await ingest(content);
  expect(result.status).toBe('rejected');
  expect(await readdir(folder)).toEqual(['source']);
  expect(result.problemCount).toBe(result.problems.length);
  return result.problems.length === 1 ? result.problems[0] : result.problems;
}

async function tableRows(
  o: { limit: number; offset: number } = { limit: 100, offset: 0 },
): Promise<unknown[]> {
  const table = await openTable(join(folder, 'table.parquet'));
  try {
    return await table.rows(o);
  } finally {
    table.close();
  }
}

describe('a file that cannot be used', () => {
  it.each<[string, string | Buffer, object]>([
    ['nothing in it', '', { row: null, column: null, code: 'empty_file' }],
    ['blank lines only', '\n\r\n\n', { row: null, column: null, code: 'empty_file' }],
    ['a byte order mark only', '\uFEFF', { row: null, column: null, code: 'empty_file' }],
    ['a header only', 'a,b', { row: null, column: null, code: 'no_rows' }],
    ['a header and blank lines', 'a,b\n\n\n', { row: null, column: null, code: 'no_rows' }],
    [
      'binary content',
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13]),
      { row: null, column: null, code: 'binary_file', message: expect.stringContaining('byte 8') as string },
    ],
    [
      'half a character of UTF-16',
      Buffer.concat([Buffer.from('\uFEFFa,b\n1,2\n', 'utf16le'), Buffer.of(65)]),
      { row: null, code: 'invalid_encoding' },
    ],
    ['a duplicate header', 'a,b,a\n1,2,3\n', { row: 0, column: 'a', code: 'duplicate_column' }],
    ['an empty header name', 'a,,c\n1,2,3\n', { row: 0, column: null, code: 'empty_column_name' }],
    ['a header in Latin-1', Buffer.from('caf\xe9,b\n1,2\n', 'latin1'), { row: 0, code: 'invalid_utf8' }],
    ['an open quote in the header', '"a,b\n1,2\n', { row: 0, column: null, code: 'unterminated_quote' }],
    ['text after a quote in the header', '"a"x,b\n1,2\n', { row: 0, column: null, code: 'misplaced_quote' }],
    ['an open quote', 'a,b\n1,2\n3,"4\n5,6\n', { row: 2, column: 'b', code: 'unterminated_quote' }],
    [
      'an open quote in a long file',
      `a,b\n1,2\n3,"4\n${'5,6\n'.repeat(maxRowBytes / 2)}`,
      { row: 2, column: 'b', code: 'unterminated_quote' },
    ],
    ['a row without end', `a,b\n1,2\n3,${'4'.repeat(maxRowBytes + 9)}`, { row: 2, code: 'row_too_long' }],
  ])('%s', async (_, content, problem) => {
    expect(await rejection(content)).toMatchObject(problem);
  });
});

describe('a bad row', () => {
  it.each<[string, string | Buffer, object]>([
    ['too many cells', 'a,b\n1,2\n1,2,3\n4,5\n', { row: 2, column: null, code: 'too_many_fields' }],
    ['too few cells', 'a,b,c\n1,2,3\n4,5\n', { row: 2, column: 'c', code: 'too_few_fields' }],
    ['text after a closing quote', 'a,b\n1,2\n"3"x,4\n', { row: 2, column: 'a', code: 'misplaced_quote' }],
    [
      'bytes that are not UTF-8',
      Buffer.concat([Buffer.from('a,b\n1,x\n2,"y, '), Buffer.from([0xff]), Buffer.from('"\n3,z\n')]),
      { row: 2, column: 'b', code: 'invalid_utf8' },
    ],
    [
      'text where a number belongs',
      'a,b\n1,2\n3,oops\n5,6\n',
      { row: 2, column: 'b', code: 'not_a_number', message: 'expected a number, got "oops"' },
    ],
    ['an infinite number', 'a\n1.5\n2\ninf\n', { row: 3, column: 'a', code: 'not_a_number' }],
    ['a number too large', 'a\n1.5\n2\n1e999\n', { row: 3, column: 'a', code: 'not_a_number' }],
    ['a day that is not', 'a\n2024-01-31\n2024-02-30\n', { row: 2, column: 'a', code: 'not_a_date' }],
    ['no time', 'a\n2024-01-31T10:00Z\n2024-01-31T10:01Z\nlate\n', { row: 3, code: 'not_a_timestamp' }],
    ['neither true nor false', 'a\ntrue\nFalse\nmaybe\n', { row: 3, code: 'not_a_boolean' }],
  ])('%s', async (_, content, problem) => {
    expect(await rejection(content)).toMatchObject(problem);
  });

  it('is counted by rows, not by lines', async () => {
    const content = 'a,b\r\n"one\r\ntwo",1\r\n\r\n"x ""y"", z",2\r\nshort\r\n';
    expect(await rejection(content)).toMatchObject({ row: 3, column: 'b', code: 'too_few_fields' });
  });

  it('is told with all others, in the order of the file', async () => {
    const content = 'a,b\n1,1\nx,2\n3\n4,4\n5,y\n6,6,6\n7,7\n8,8\n9,9\n10,10\n11,11\n12,12\n';
    const result = await ingest(content);
    expect(result.problemCount).toBe(4);
    expect(result.problems.map(({ row, column, code }) => [row, column, code])).toEqual([
      [2, 'a', 'not_a_number'],
      [3, 'b', 'too_few_fields'],
      [5, 'b', 'not_a_number'],
      [6, null, 'too_many_fields'],
    ]);
  });

  it('is left out and listed with on_bad_rows=skip', async () => {
    const content = 'a,b\n1,1\nx,2\n3\n4,4\n5,y\n6,6,6\n7,7\n8,8\n9,9\n10,10\n11,11\n12,12';
    const result = await ingest(content, { onBadRows: 'skip' });
    expect(result).toMatchObject({ status: 'ready', rowCount: 8, problemCount: 4 });
    expect(await tableRows()).toEqual([1, 4, 7, 8, 9, 10, 11, 12].map((value) => ({ a: value, b: value })));
  });

  it('leaves nothing when all are bad', async () => {
    const result = await ingest('a,b\n1\n2\n', { onBadRows: 'skip' });
    expect(result).toMatchObject({ status: 'rejected', problemCount: 2 });
  });

  it('is listed up to a hundred times, and counted always', async () => {
    const result = await ingest(`a,b\n1,2\n${'1\n'.repeat(250)}`, { onBadRows: 'skip' });
    expect(result).toMatchObject({ status: 'ready', rowCount: 1, problemCount: 250 });
    expect(result.problems).toHaveLength(100);
  });
});

describe('types', () => {
  it('are told by what the cells look like', async () => {
    const result = await ingest(
      'whole,real,day,time,flag,word,large,mixed\n' +
        '1,1.5,2024-01-31,2024-01-31T10:00:00+02:00,true,x,9007199254740993,1\n' +
        ' 2 ,.5e1,2024/2/1,2024-02-01 10:00,FALSE, y ,9007199254740995,a\n' +
        '-3,+7,2024-02-02,2024-02-02,true,NA,1,b\n',
    );
    if (result.status !== 'ready') throw new Error(JSON.stringify(result));
    expect(result.columns.map(({ name, type }) => [name, type])).toEqual([
      ['whole', 'integer'],
      ['real', 'number'],
      ['day', 'date'],
      ['time', 'timestamp'],
      ['flag', 'boolean'],
      ['word', 'text'],
      ['large', 'text'],
      ['mixed', 'text'],
    ]);
    expect(await tableRows()).toEqual([
      {
        whole: 1,
        real: 1.5,
        day: '2024-01-31',
        time: '2024-01-31T08:00:00Z',
        flag: true,
        word: 'x',
        large: '9007199254740993',
        mixed: '1',
      },
      {
        whole: 2,
        real: 5,
        day: '2024-02-01',
        time: '2024-02-01T10:00:00Z',
        flag: false,
        word: ' y ',
        large: '9007199254740995',
        mixed: 'a',
      },
      {
        whole: -3,
        real: 7,
        day: '2024-02-02',
        time: '2024-02-02T00:00:00Z',
        flag: true,
        word: 'NA',
        large: '1',
        mixed: 'b',
      },
    ]);
  });

  it('hold for nine cells in ten: fewer, and the column is text', async () => {
    const numbers = Array.from({ length: 18 }, (_, i) => String(i));
    const nine = await ingest(`a\n${[...numbers, 'x', 'y'].join('\n')}`);
    expect(nine).toMatchObject({ status: 'rejected', problemCount: 2 });
    const less = await ingest(`a\n${[...numbers, 'x', 'y', 'z'].join('\n')}`);
    expect(less).toMatchObject({ status: 'ready', columns: [{ type: 'text' }] });
  });

  it('take the words of other tools for missing values, except in text', async () => {
    const cells = ['1', '', 'NA', 'n/a', 'NaN', 'null', 'None', '""', '2.5'];
    const result = await ingest(`a,b\n${cells.map((cell) => `${cell},x`).join('\n')}\n,\n`);
    expect(result).toMatchObject({
      status: 'ready',
      rowCount: 10,
      columns: [
        { type: 'number', missing: 8, distinct: 2, min: 1, max: 2.5, mean: 1.75 },
        {
          type: 'text',
          missing: 1,
          distinct: 1,
          min: null,
          max: null,
          mean: null,
          std: null,
          examples: ['x'],
        },
      ],
    });
  });
});

describe('profile', () => {
  it('tells range, mean and sample deviation', async () => {
    const result = await ingest('t,n\n2024-01-02,2\n2024-01-01,4\n2024-01-03,4\n2024-01-04,\n');
    expect(result).toMatchObject({
      status: 'ready',
      columns: [
        { missing: 0, distinct: 4, min: '2024-01-01', max: '2024-01-04', mean: null, std: null },
        { missing: 1, distinct: 2, min: 2, max: 4, examples: [2, 4] },
      ],
    });
    if (result.status !== 'ready') return;
    expect(result.columns[1]?.mean).toBeCloseTo(10 / 3, 12);
    expect(result.columns[1]?.std).toBeCloseTo(Math.sqrt(4 / 3), 12);
  });

  it('survives the largest numbers', async () => {
    const result = await ingest('n\n1e100\n-1e100\n0.0\n');
    if (result.status !== 'ready') throw new Error(JSON.stringify(result));
    expect(result.columns[0]?.std).toBe(1e100);
  });
});

it('takes a byte order mark and line ends of any kind', async () => {
  await ingest('\uFEFFa,"b"\r\n1,x\r2,"y"\n\n3,"z\r\nz"');
  expect(await tableRows()).toEqual([
    { a: 1, b: 'x' },
    { a: 2, b: 'y' },
    { a: 3, b: 'z\r\nz' },
  ]);
});

it('keeps the order of the rows, however many threads write them', async () => {
  const count = 400_000;
  const lines = ['n,word'];
  for (let i = 1; i <= count; i++) lines.push(`${i},"word ${i % 17}"`);
  expect(await ingest(lines.join('\n'))).toMatchObject({ status: 'ready', rowCount: count });
  const table = await openTable(join(folder, 'table.parquet'));
  const { values } = await table.read({ columns: ['n'] });
  table.close();
  expect(values[0]?.every((value, index) => value === index + 1)).toBe(true);
  expect(await tableRows({ limit: 2, offset: 250_000 })).toEqual([
    { n: 250_001, word: `word ${250_001 % 17}` },
    { n: 250_002, word: `word ${250_002 % 17}` },
  ]);
});

it('stops when asked, and leaves nothing', async () => {
  const stopped = new AbortController();
  const running = ingest(`a,b\n${'1,2\n'.repeat(2_000_000)}`, { signal: stopped.signal });
  setTimeout(() => stopped.abort(new Error('stop')), 50);
  await expect(running).rejects.toThrow('stop');
  expect(await readdir(folder)).toEqual(['source']);
});

const nastyName = fc.oneof(
  fc.constantFrom(
    "'; DROP TABLE cells; --",
    '"',
    "it's",
    'a;b',
    'a,b',
    'line\nend',
    'c0',
    'C0',
    'file_row_number',
    'Ünïcödé 🌧',
    '__proto__',
    '{}',
    '\\',
    '%s',
    "'}) ; SELECT 1 --",
  ),
  fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }),
);
const anyCell = fc.string({ maxLength: 12, unit: 'grapheme' });
const withoutZero = (text: string): boolean => !text.includes('\0');
const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

it('keeps any names and any cells as they are', async () => {
  const files = fc
    .uniqueArray(
      nastyName.filter((name) => withoutZero(name) && name.trim() !== ''),
      { minLength: 1, maxLength: 5 },
    )
    .chain((names) =>
      fc.record({
        names: fc.constant(names),
        // A letter first, so that every column is text.
        rows: fc.array(
          fc.array(
            anyCell.filter(withoutZero).map((cell) => `x${cell}`),
            { minLength: names.length, maxLength: names.length },
          ),
          { minLength: 1, maxLength: 4 },
        ),
      }),
    );
  await fc.assert(
    fc.asyncProperty(files, async ({ names, rows }) => {
      const content = [names, ...rows].map((row) => row.map(quoted).join(',')).join('\n');
      const result = await ingest(content);
      if (result.status !== 'ready') throw new Error(JSON.stringify(result.problems));
      expect(result.columns.map(({ name }) => name)).toEqual(names);
      const expected = rows.map((row) => Object.fromEntries(row.map((cell, index) => [names[index]!, cell])));
      expect(await tableRows()).toEqual(expected);
      const table = await openTable(join(folder, 'table.parquet'));
      const series = await table.series({ groupBy: names[0]!, orderBy: names.at(-1)!, columns: names });
      table.close();
      expect(series.reduce((sum, one) => sum + one.rows, 0)).toBe(rows.length);
    }),
    { numRuns: 25 },
  );
}, 60_000);

/** Reads CSV one character at a time: rows of cells; null for a row that is not well formed; nothing after an open quote. */
function slowReader(text: string): { rows: (string[] | null)[]; open: boolean } {
  const rows: (string[] | null)[] = [];
  let rest = text;
  while (rest !== '') {
    const blank = /^(\r\n|\r|\n)/.exec(rest);
    if (blank !== null) {
      rest = rest.slice(blank[0].length);
      continue;
    }
    const row: string[] = [];
    let bad = false;
    for (;;) {
      const quotedCell = /^"((?:[^"]|"")*)"(?!")/.exec(rest);
      if (rest.startsWith('"')) {
        if (quotedCell === null) return { rows, open: true };
        rest = rest.slice(quotedCell[0].length);
        const more = /^[^,\r\n]*/.exec(rest)![0];
        if (more !== '') bad = true;
        rest = rest.slice(more.length);
        row.push(quotedCell[1]!.replaceAll('""', '"'));
      } else {
        const cell = /^[^,\r\n]*/.exec(rest)![0];
        row.push(cell);
        rest = rest.slice(cell.length);
      }
      if (!rest.startsWith(',')) break;
      rest = rest.slice(1);
    }
    rest = rest.replace(/^(\r\n|\r|\n)/, '');
    rows.push(bad || row.length !== 2 ? null : row);
  }
  return { rows, open: false };
}

it('reads any file as one character after the other would be read', async () => {
  const piece = fc.constantFrom('a', 'b', ',', ',', '"', '"', '\n', '\r\n', '\r', ' ', 'é');
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
      const expected = slowReader(pieces.join(''));
      const good = expected.rows.filter((row) => row !== null);
      const result = await ingest(`one,two\n${pieces.join('')}`, { onBadRows: 'skip' });
      if (expected.open || good.length === 0) {
        expect(result.status).toBe('rejected');
        return;
      }
      expect(result).toMatchObject({ status: 'ready', problemCount: expected.rows.length - good.length });
      expect(result.problems.map(({ row }) => row)).toEqual(
        expected.rows.flatMap((row, index) => (row === null ? [index + 1] : [])),
      );
      expect(await tableRows()).toEqual(good.map(([one, two]) => ({ one: one || null, two: two || null })));
    }),
    { numRuns: 60 },
  );
}, 60_000);

it('opens no other file than its own', async () => {
  const secret = join(folder, 'secret.csv');
  await writeFile(secret, 'a\n1\n');
  await ingest('a\n1\n');
  expect((await stat(join(folder, 'table.parquet'))).size).toBeGreaterThan(0);
  const database = await openDuckDb({
    files: [join(folder, 'table.parquet')],
    threads: 1,
    memoryLimitMiB: 256,
  });
  for (const sql of [
    `SELECT * FROM read_csv(${literal(secret)})`,
    `SELECT * FROM read_text('/etc/passwd')`,
    `COPY (SELECT 1) TO ${literal(join(folder, 'out.csv'))}`,
    `SET enable_external_access = true`,
    'INSTALL httpfs',
  ])
    await expect(query(database.connection, sql)).rejects.toThrow();
  database.close();
});

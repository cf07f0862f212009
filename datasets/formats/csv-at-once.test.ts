/** What is read in one pass comes out just as what is read with care does; and everyday files are read in one pass. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTable } from '../tables/table.ts';
import { readCsvAtOnce } from './csv-at-once.ts';
import { readWithCare } from './delimited.ts';
import { commas, type Dialect } from './dialect.ts';
import type { IngestResult, ReaderOptions } from './ingest.ts';
import { UnusableFile } from './unusable-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unroll-at-once-'));
});
afterEach(() => rm(folder, { recursive: true }));

type Read = (path: string, dialect: Dialect, o: ReaderOptions) => Promise<IngestResult | null>;

async function outcome(read: Read, content: string | Buffer, dialect = commas): Promise<unknown> {
  const work = await mkdtemp(join(folder, 'read-'));
  const sourcePath = join(work, 'source');
  const tablePath = join(work, 'table.parquet');
  await writeFile(sourcePath, content);
  await mkdir(join(work, 'own'));
  try {
    const result = await read(sourcePath, dialect, {
      ...{ sourcePath, tablePath, partialPath: tablePath, workDirectory: work, folder: join(work, 'own') },
      ...{ format: 'csv', reading: {}, onBadRows: 'reject', maxUnpackedBytes: 1e9 },
    });
    if (result?.status !== 'ready') return result;
    const table = await openTable(tablePath);
    const rows = await table.rows({ limit: 100_000, offset: 0 });
    table.close();
    return { ...result, rows };
  } catch (error) {
    if (error instanceof UnusableFile) return { status: 'rejected', problems: error.problems };
    throw error;
  } finally {
    await rm(work, { recursive: true });
  }
}

/** Whether one pass was enough; fails where it was, and gave something else. */
async function atOnce(content: string | Buffer, dialect = commas): Promise<boolean> {
  const quick = await outcome(readCsvAtOnce, content, dialect);
  if (quick === null) return false;
  expect(quick).toEqual(await outcome(readWithCare, content, dialect));
  return true;
}

const lines = (cells: readonly string[]): string => cells.map((cell, i) => `${cell},${i}\n`).join('');

describe('one pass is enough for', () => {
  it.each<[string, string | Buffer]>([
    ['numbers', `a,n\n${lines(['1.5', '-2', '', '1e5'])}`],
    ['whole numbers', `a,n\n${lines(['1', '-2', '', '9007199254740991'])}`],
    ['whole numbers with zeros before them', `a,n\n${lines(['007', '+3', ' 12 '])}`],
    ['times with a zone', `a,n\n${lines(['2024-01-31T10:00:00.5Z', '2024-02-29T10:00:00.1Z'])}`],
    ['times with offsets', `a,n\n${lines(['2024-01-31T10:00:00+02:00', '2024-02-29T10:00:00-11:30'])}`],
    ['times without seconds', `a,n\n${lines(['2024-01-31 10:00', '2024-02-29 10:00'])}`],
    ['dates', `a,n\n${lines(['2024-01-31', '2024-02-29', ''])}`],
    ['dates with slashes', `a,n\n${lines(['2024/1/31', '2024/02/29'])}`],
    ['truth', `a,n\n${lines(['true', 'FALSE', ''])}`],
    ['vectors', `a,n\n${lines(['"[1, 2.5]"', '"[3]"'])}`],
    ['words for what is missing', `a,n\n${lines(['1', 'NA', 'null', '2.5'])}`],
    ['texts', `a,n\n${lines(['x', '"a, ""b"" c"', ' y ', 'true', '"two\nlines"', "'; DROP"])}`],
    ['nothing at all in a column', `a,n\n${lines(['', '', ''])}`],
    ['pairs of line ends, and a mark', '\uFEFFa,n\r\n1,2\r\n\r\n3,"4\r\n"\r\n'],
    ['no line end at the end', 'a,n\n1,2\n3,4'],
    ['one column', 'a\nx\ny\n'],
    ['quoted names', '"a ""b""","c,d"\n1,2\n'],
  ])('%s', async (_, content) => {
    expect(await atOnce(content)).toBe(true);
  });

  it('what shows late: decimals, words for missing values, times of another length', async () => {
    const first = Array.from({ length: 6000 }, (_, i) => `${i},${i},2024-01-31T10:00:00Z,x\n`).join('');
    expect(await atOnce(`a,b,t,s\n${first}1.5,2,2024-01-31T10:00:00Z,y\n`)).toBe(true);
    expect(await atOnce(`a,b,t,s\n${first}1,NA,2024-01-31T10:00:00.5Z,7\n`)).toBe(true);
  });
});

describe('care is taken of', () => {
  it.each<[string, string | Buffer]>([
    ['a cell too many that is empty', 'a,n\n1,2\n3,4,\n'],
    ['a cell too few', 'a,n\n1,2\n3\n'],
    ['spaces around quotes', 'a,n\n"x" ,2\n "y",4\n'],
    ['text after a quote', 'a,n\n"x"y,2\n'],
    ['a quote within a cell', 'a,n\nx"y,2\n'],
    ['line ends of several kinds', 'a,n\n1,2\r\n3,4\r5,6\n'],
    ['blank lines in one column', 'a\nx\n\ny\n'],
    ['zeros', 'a,n\n1,x\0y\n'],
    ['other bytes than UTF-8', Buffer.from('a,n\n1,caf\xe9\n', 'latin1')],
    ['a quote that is not closed', 'a,n\n1,"2\n3,4\n'],
    ['a bad cell', 'a,n\n1,2\nx,3\n2,3\n4,5\n'],
    ['an infinite number', 'a,n\n1.5,2\ninf,3\n2,3\n'],
    ['an underscore in a number', 'a,n\n1.5,2\n1_0.5,3\n2,3\n'],
    ['times of which one has no offset', 'a,n\n2024-01-31T10:00:00Z,2\n2024-01-31T10:00:00,3\n'],
    ['a day that is not', 'a,n\n2024-01-31,2\n2024-02-30,3\n'],
    ['numbers after 5000 empty cells', `a,n\n${',1\n'.repeat(6000)}${'5,1\n'.repeat(10)}`],
    ['a name twice', 'a,a\n1,2\n'],
    ['no rows', 'a,n\n\n'],
  ])('%s', async (_, content) => {
    expect(await atOnce(content)).toBe(false);
  });
});

const good = [
  ['1', '-2', '30', '', '+3', '007', ' 7 '],
  ['1.5', '2', '-1e5', '.5', '5.', '', 'NA'],
  ['2024-01-31', '2024-02-29', '', '2024/1/5'],
  ['2024-01-31T10:00:00Z', '2023-12-31T23:59:59Z', '2024-01-31T10:00:00.25Z'],
  ['2024-01-31 10:00:00', '2024-01-31 10:00', '2024-01-31 9:05:07'],
  ['2024-01-31T10:00:00+02:00', '2024-01-31T10:00:00-05:30'],
  ['true', 'false', 'TRUE', ''],
  ['x', '"y, z"', '"a ""b"""', ' c ', 'Zoë', '"two\nlines"', 'none'],
  ['"[1,2]"', '"[0.5]"'],
];
const odd = ['x', '"x" ', ' "x"', 'x"y', '1_000', 'inf', 'nan', '1e999', '0x10', '12345678901234567', '-'];
const odder = [
  ' 024-01-31',
  '-024-01-31T10:00:00Z',
  '2024-01-31T\t9:00:00Z',
  '2024-01-31,',
  '"',
  '\r',
  '""x',
  '1e2',
];

const column = fc
  .tuple(fc.constantFrom(...good), fc.constantFrom(...odd, ...odder), fc.integer({ min: 0, max: 3 }))
  .map(([cells, strange, share]) =>
    fc.constantFrom(...cells, ...cells, ...cells, ...(share === 0 ? [strange] : [])),
  );
const files = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 12 }))
  .chain(([width, length]) =>
    fc.tuple(...Array.from({ length: width }, () => column)).chain((columns) =>
      fc.record({
        rows: fc.array(fc.tuple(...columns), { minLength: length, maxLength: length }),
        end: fc.constantFrom('\n', '\n', '\r\n', '\r'),
        last: fc.boolean(),
        blank: fc.integer({ min: 0, max: 9 }),
      }),
    ),
  );

it('any file comes out as with care, in one pass or not', async () => {
  let passes = 0;
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(files, async ({ rows, end, last, blank }) => {
      const head = rows[0]!.map((_, i) => `n${i}`).join(',');
      const body = rows.map((row, i) => `${i === blank ? end : ''}${row.join(',')}`).join(end);
      runs += 1;
      if (await atOnce(`${head}${end}${body}${last ? end : ''}`)) passes += 1;
    }),
    { numRuns: 80, seed: 11 },
  );
  expect(passes).toBeGreaterThan(runs / 4);
}, 120_000);

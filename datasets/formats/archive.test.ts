import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { entry, tar, zip, type Entry } from '../../test/support/archives.ts';
import { literal, openDuckDb, query } from '../tables/duckdb.ts';
import { openTable } from '../tables/table.ts';
import type { IngestOptions, IngestResult } from './ingest.ts';
import { ingestUpload } from './ingest-upload.ts';

const media = new URL('../../test/golden/media/', import.meta.url);
const file = (name: string): Buffer => readFileSync(new URL(name, media));
const wav = file('pcm16-mono.wav');
const flac = file('mono.flac');
const stereo = file('pcm16-stereo.wav');
const png = file('grey.png');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unroll-archives-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function ingest(content: Buffer, o: Partial<IngestOptions> = {}): Promise<IngestResult> {
  const sourcePath = join(folder, 'source');
  await writeFile(sourcePath, content);
  const result = await ingestUpload({
    sourcePath,
    format: 'zip',
    reading: {},
    tablePath: join(folder, 'table.parquet'),
    workDirectory: folder,
    onBadRows: 'reject',
    maxUnpackedBytes: 50_000_000,
    ...o,
  });
  const left = (await readdir(folder)).toSorted((a, b) => (a < b ? -1 : 1));
  expect(left).toEqual(result.status === 'ready' ? ['source', 'table.parquet'] : ['source']);
  return result;
}

async function tableRows(): Promise<unknown[]> {
  const table = await openTable(join(folder, 'table.parquet'));
  const rows = await table.rows({ limit: 100, offset: 0 });
  table.close();
  return rows;
}

/** Sixteen bits, one channel, 16 kHz. */
function recording(samples: number): Buffer {
  const head = Buffer.from(wav.subarray(0, 44));
  head.writeUInt32LE(36 + 2 * samples, 4);
  head.writeUInt32LE(2 * samples, 40);
  return Buffer.concat([head, Buffer.alloc(2 * samples, 7)]);
}

describe('archives', () => {
  it('become tables whose row groups are a few megabytes, so that nobody who reads them holds more', async () => {
    const entries = Array.from({ length: 5 }, (_, index) => entry(`${index}.wav`, recording(2_500_000)));
    expect(await ingest(await tar(entries), { format: 'tar' })).toMatchObject({ rowCount: 5 });
    const tablePath = join(folder, 'table.parquet');
    const database = await openDuckDb({ files: [tablePath], threads: 1, memoryLimitMiB: 256 });
    const groups = await query(
      database.connection,
      `SELECT DISTINCT row_group_id, row_group_num_rows FROM parquet_metadata(${literal(tablePath)}) ORDER BY ALL`,
    );
    database.close();
    expect(groups.map(([, rows]) => Number(rows))).toEqual([2, 2, 1]);
  });

  it('one folder for each label, whatever the recordings are', async () => {
    const entries = [
      entry('digits/one/a.wav', wav),
      entry('digits/zero/b.flac', flac),
      entry('digits/zero/c.wav', stereo),
      entry('__MACOSX/digits/one/._a.wav', 'x'),
      entry('digits/.DS_Store', 'x'),
      entry('digits/README.md', 'x'),
      entry('digits/LICENSE', 'x'),
    ];
    const expected = [
      { file_name: 'digits/one/a.wav', label: 'one', audio: { sample_rate: 8000, seconds: 0.1 } },
      { file_name: 'digits/zero/b.flac', label: 'zero', audio: { sample_rate: 16_000, seconds: 0.1 } },
      { file_name: 'digits/zero/c.wav', label: 'zero', audio: { sample_rate: 8000, seconds: 0.1 } },
    ];
    const result = await ingest(zip(entries));
    expect(result).toMatchObject({
      status: 'ready',
      rowCount: 3,
      columns: [
        { name: 'file_name', type: 'text' },
        {
          name: 'label',
          type: 'text',
          frequent: [
            { value: 'zero', rows: 2 },
            { value: 'one', rows: 1 },
          ],
        },
        {
          name: 'audio',
          type: 'audio',
          missing: 0,
          audio: {
            channels: [
              { channels: 1, rows: 2 },
              { channels: 2, rows: 1 },
            ],
          },
        },
      ],
    });
    expect(await tableRows()).toEqual(expected);
    await ingest(await tar(entries), { format: 'tar' });
    expect(await tableRows()).toEqual(expected);
    await ingest(gzipSync(await tar(entries)), { format: 'tar' });
    expect(await tableRows()).toEqual(expected);
  });

  it('metadata.csv says what is known of each image, in its order and types', async () => {
    const metadata = 'file_name,digit,when\nb.png,7,2024-01-31\nsub/a.png,,2024-02-01\n';
    const content = zip([entry('sub/a.png', png), entry('b.png', png), entry('metadata.csv', metadata)]);
    expect(await ingest(content)).toMatchObject({
      status: 'ready',
      columns: [{ type: 'text' }, { type: 'integer' }, { type: 'date' }, { name: 'image', type: 'image' }],
    });
    const image = { width: 12, height: 8, channels: 1 };
    expect(await tableRows()).toEqual([
      { file_name: 'b.png', digit: 7, when: '2024-01-31', image },
      { file_name: 'sub/a.png', digit: null, when: '2024-02-01', image },
    ]);
  });

  it('metadata.jsonl in the folder of the files, and file names in Unicode in either form', async () => {
    const metadata = `{"file_name":"Zo\u00EB \u{1F327}.png","caption":"rain"}\n`;
    const content = zip([entry('data/Zoe\u0308 \u{1F327}.png', png), entry('data/metadata.jsonl', metadata)]);
    expect(await ingest(content)).toMatchObject({ status: 'ready', rowCount: 1 });
    expect(await tableRows()).toMatchObject([{ file_name: 'Zo\u00EB \u{1F327}.png', caption: 'rain' }]);
  });

  it('a metadata file in each of several folders: their rows, one after the other, and the folders as a column', async () => {
    const content = zip([
      entry('data/train/1.png', png),
      entry('data/train/sub/2.png', png),
      entry('data/train/metadata.csv', 'file_name,label\n1.png,a\nsub/2.png,b\n'),
      entry('data/test/1.png', png),
      entry('data/test/metadata.jsonl', '{"file_name":"1.png","label":"a","by":7}\n'),
    ]);
    expect(await ingest(content)).toMatchObject({ status: 'ready', rowCount: 3 });
    expect(await tableRows()).toMatchObject([
      { file_name: 'data/test/1.png', label: 'a', by: 7, split: 'test' },
      { file_name: 'data/train/1.png', label: 'a', by: null, split: 'train' },
      { file_name: 'data/train/sub/2.png', label: 'b', by: null, split: 'train' },
    ]);
  });

  it('of several metadata files it is said which one is wrong, and where', async () => {
    const content = zip([
      entry('a/1.png', png),
      entry('a/metadata.csv', 'file_name,label\n1.png,a\n'),
      entry('b/1.png', png),
      entry('b/2.png', png),
      entry('b/metadata.csv', 'file_name,label\n1.png\n3.png,b\n2.png,c\n'),
    ]);
    expect(await ingest(content)).toMatchObject({
      status: 'rejected',
      problemCount: 3,
      problems: [
        { row: null, code: 'extra_file', message: expect.stringContaining('"b/1.png"') as string },
        {
          row: 2,
          code: 'too_few_fields',
          message: expect.stringMatching(/^b\/metadata.csv, row 1: /) as string,
        },
        {
          row: 3,
          code: 'missing_file',
          message: expect.stringMatching(/^b\/metadata.csv, row 2: /) as string,
        },
      ],
    });
    // Folders with other names are no parts.
    expect(await ingest(content, { onBadRows: 'skip' })).toMatchObject({ status: 'ready', rowCount: 2 });
    expect(await tableRows()).toEqual([
      { file_name: 'a/1.png', label: 'a', image: expect.anything() as unknown },
      { file_name: 'b/2.png', label: 'c', image: expect.anything() as unknown },
    ]);
  });

  it('folders called train and test become a column', async () => {
    const content = zip([
      entry('train/a/1.png', png),
      entry('test/a/2.png', png),
      entry('train/b/3.png', png),
    ]);
    await ingest(content);
    expect(await tableRows()).toMatchObject([
      { label: 'a', split: 'test' },
      { label: 'a', split: 'train' },
      { label: 'b', split: 'train' },
    ]);
  });

  it('pixels and samples are those of the files', async () => {
    await ingest(zip([entry('a.png', png)]));
    const golden = JSON.parse(file('expected.json').toString()) as {
      images: Record<string, { pixels: number[] }>;
    };
    const table = await openTable(join(folder, 'table.parquet'));
    for await (const [[image]] of table.chunks(['image']) as AsyncIterable<[[{ pixels: Uint8Array }]]>)
      expect([...image.pixels]).toEqual(golden.images['grey.png']!.pixels);
    table.close();
  });
});

describe('an archive that cannot be taken', () => {
  const metadata = (rows: string): Entry => entry('metadata.csv', `file_name,label\n${rows}`);
  it.each<[string, () => Buffer, object]>([
    ['a path upwards', () => zip([entry('../../etc/cron.d/x.png', png)]), { row: null, code: 'unsafe_path' }],
    ['a path from the root', () => zip([entry('/etc/x.png', png)]), { code: 'unsafe_path' }],
    ['a path of Windows', () => zip([entry('C:\\x.png', png)]), { code: 'unsafe_path' }],
    ['a path upwards with backslashes', () => zip([entry('a\\..\\..\\x.png', png)]), { code: 'unsafe_path' }],
    [
      'a symbolic link',
      () => zip([{ ...entry('a.png', '/etc/passwd'), mode: 0o120777 }]),
      { row: null, code: 'symbolic_link' },
    ],
    ['a name twice', () => zip([entry('a.png', png), entry('a.png', png)]), { code: 'duplicate_file' }],
    ['a password', () => zip([{ ...entry('a.png', png), flags: 1 }]), { code: 'encrypted' }],
    [
      'bzip2 in a ZIP',
      () => zip([{ ...entry('a.png', png), method: 12 }]),
      { code: 'unsupported_compression' },
    ],
    [
      'a table that is damaged',
      () => zip([entry('a.png', png), { ...metadata('a.png,x\n'), saysBytes: 9 }]),
      { row: null, code: 'damaged_archive' },
    ],
    [
      'more than is allowed',
      () => zip([{ ...entry('a.png', png), saysBytes: 60_000_000 }]),
      { code: 'too_large_unpacked' },
    ],
    ['a bomb', () => zip([entry('a.wav', Buffer.alloc(40_000_000))]), { code: 'too_large_unpacked' }],
    [
      'less than was said',
      () => zip([{ ...entry('a.png', png), saysBytes: 17 }, entry('b.png', png)]),
      { row: 1, code: 'damaged' },
    ],
    ['nothing', () => zip([]), { code: 'no_files' }],
    ['other files', () => zip([entry('a.txt', 'hello')]), { code: 'unknown_format' }],
    ['no archive', () => Buffer.from('hello'), { code: 'damaged_archive' }],
    ['half an archive', () => zip([entry('a.png', png)]).subarray(0, 150), { code: 'damaged_archive' }],
    [
      'no file_name',
      () => zip([entry('a.png', png), entry('metadata.csv', 'name\na.png\n')]),
      { code: 'no_file_name' },
    ],
    [
      'more tables than are read one by one',
      () =>
        zip([
          entry('a.png', png),
          ...Array.from({ length: 1001 }, (_, n) => entry(`${n}/metadata.csv`, 'x')),
        ]),
      {
        code: 'several_metadata_files',
        message: 'expected at most 1000 metadata files, got 1001; write one for all',
      },
    ],
    [
      'tables that have too many columns together',
      () =>
        zip([
          entry('a.png', png),
          ...Array.from({ length: 3 }, (_, n) => {
            const cells = Array.from({ length: 2000 }, (_cell, column) => [`c${n}-${column}`, 1]);
            return entry(
              `${n}/metadata.jsonl`,
              JSON.stringify({ file_name: 'x', ...Object.fromEntries(cells) }),
            );
          }),
        ]),
      { code: 'too_many_columns', message: 'expected at most 4096 columns, got 6001' },
    ],
    [
      'two tables',
      () => zip([entry('a.png', png), metadata('a.png,x\n'), entry('metadata.jsonl', '{}')]),
      { code: 'several_metadata_files' },
    ],
    [
      'a file that is not there',
      () => zip([entry('a.png', png), metadata('a.png,x\nb.png,y\n')]),
      { row: 2, column: 'file_name', code: 'missing_file' },
    ],
    [
      'a file that nobody names',
      () => zip([entry('a.png', png), entry('b.png', png), metadata('a.png,x\n')]),
      { row: null, code: 'extra_file' },
    ],
    [
      'a file named twice',
      () => zip([entry('a.png', png), metadata('a.png,x\na.png,y\n')]),
      { row: 2, code: 'duplicate_file' },
    ],
    [
      'a row of the table that is too short',
      () => zip([entry('a.png', png), metadata('a.png,x\nb.png\n')]),
      { row: 2, code: 'too_few_fields' },
    ],
    [
      'a label that is missing',
      () => zip([entry('x/a.png', png), entry('y/b.png', png), entry('c.png', png)]),
      { column: 'label', code: 'no_label' },
    ],
    [
      'a column where the files go',
      () => zip([entry('a.png', png), entry('metadata.csv', 'file_name,image\na.png,x\n')]),
      { code: 'duplicate_column' },
    ],
    [
      'a recording with a lying header',
      () => zip([entry('a.wav', wav), entry('b.wav', wav.subarray(0, 900))]),
      { row: 2, column: 'audio', code: 'truncated' },
    ],
    [
      'a recording of no samples',
      () => zip([entry('a.wav', wav), entry('b.wav', '')]),
      { row: 2, column: 'audio', code: 'empty_audio' },
    ],
    [
      'an image among recordings',
      () => zip([entry('a.wav', wav), entry('b.png', png)]),
      { row: 2, column: 'audio', code: 'unknown_format' },
    ],
  ])('%s', async (_, content, problem) => {
    expect(await ingest(content())).toMatchObject({ status: 'rejected', problems: [problem] });
  });

  it('TAR: links, paths, and what is cut off', async () => {
    const problemOf = async (content: Buffer): Promise<unknown> =>
      (await ingest(content, { format: 'tar' })).problems;
    expect(await problemOf(await tar([{ ...entry('a.png', ''), link: '/etc/passwd' }]))).toMatchObject([
      { code: 'symbolic_link' },
    ]);
    expect(await problemOf(await tar([entry('../a.png', png)]))).toMatchObject([{ code: 'unsafe_path' }]);
    expect(await problemOf((await tar([entry('a.png', png)])).subarray(0, 600))).toMatchObject([
      { code: 'damaged_archive' },
    ]);
    expect(await problemOf(Buffer.from('no archive, and long enough '.repeat(40)))).toMatchObject([
      { code: 'damaged_archive' },
    ]);
  });

  it('leaves out what is bad, if that is wanted', async () => {
    const content = zip([
      entry('a.wav', wav),
      entry('b.wav', wav.subarray(0, 900)),
      entry('c.wav', wav),
      entry('d.wav', wav),
      metadata('a.wav,x\nb.wav,y\nnone.wav,z\nc.wav,x\n'),
    ]);
    const result = await ingest(content, { onBadRows: 'skip' });
    expect(result).toMatchObject({ status: 'ready', rowCount: 2, problemCount: 3 });
    expect(await tableRows()).toMatchObject([{ file_name: 'a.wav' }, { file_name: 'c.wav' }]);
  });
});

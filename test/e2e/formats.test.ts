/** Every format that a dataset may come in, over HTTP and through the worker: the same rows, types and labels come out of all of them. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { entry, tar, zip } from '../support/archives.ts';
import { freshDatabase, freshRedis } from '../support/backing-services.ts';
import { parquet } from '../support/files-by-duckdb.ts';
import { launchClient, type LaunchedClient } from '../support/launched-client.ts';

// Nothing here is timed, but a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 });

interface Answer {
  readonly id: string;
  readonly status: string;
  readonly row_count: number;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly data: readonly Readonly<Record<string, unknown>>[];
}

let client: LaunchedClient<Answer>;
beforeAll(async () => {
  client = await launchClient<Answer>({
    environment: { DATABASE_URL: await freshDatabase(), REDIS_URL: await freshRedis() },
    datasets: { timeout: 60_000, interval: 25 },
  });
}, 120_000);
afterAll(() => client.close(), 60_000);

async function read(type: string, body: Uint8Array<ArrayBuffer>, query = '') {
  const id = await client.uploaded(`any${query}`, body, type);
  const { json: dataset } = await client.send('GET', `/v1/datasets/${id}`);
  const { json: page } = await client.send('GET', `/v1/datasets/${id}/rows?limit=100`);
  return {
    rowCount: dataset.row_count,
    types: dataset.columns.map((column) => `${column.name}: ${column.type}`),
    rows: page.data,
  };
}

/** A frame of blocks that are stored as they are (RFC 8878, 3.1.1): Node 20 has no encoder. */
function storedZstd(bytes: Buffer): Buffer<ArrayBuffer> {
  const blockBytes = 100_000;
  const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0]);
  head.writeUInt32LE(bytes.length, 5);
  const blocks = Array.from({ length: Math.max(1, Math.ceil(bytes.length / blockBytes)) }, (_, i) => {
    const block = bytes.subarray(i * blockBytes, (i + 1) * blockBytes);
    const isLast = (i + 1) * blockBytes >= bytes.length;
    const header = Buffer.alloc(3);
    header.writeUIntLE((block.length << 3) | (isLast ? 1 : 0), 0, 3);
    return Buffer.concat([header, block]);
  });
  return Buffer.concat([head, ...blocks]);
}

const compressions: Readonly<Record<string, (bytes: Buffer<ArrayBuffer>) => Buffer<ArrayBuffer>>> = {
  plain: (bytes) => bytes,
  gzip: (bytes) => Buffer.concat([gzipSync(bytes)]),
  zstd: storedZstd,
};

const rows = [
  { day: '2024-01-31', name: 'Zoë', n: 1, x: 1.5, yes: true },
  { day: '2024-02-01', name: 'a, b; c', n: null, x: 2, yes: false },
  { day: '2024-02-02', name: '"ß"', n: -3, x: null, yes: true },
];
const types = ['day: date', 'name: text', 'n: integer', 'x: number', 'yes: boolean'];
const table = (delimiter: string): string =>
  [Object.keys(rows[0]!), ...rows.map((row) => Object.values(row))]
    .map((cells) =>
      cells
        .map((cell) => (typeof cell === 'string' ? `"${cell.replaceAll('"', '""')}"` : (cell ?? '')))
        .join(delimiter),
    )
    .join('\n');
const utf8 = (text: string) => Buffer.concat([Buffer.from(text)]);
const utf16 = (text: string) => Buffer.concat([Buffer.from(`\uFEFF${text}`, 'utf16le')]);

const tables: readonly [
  name: string,
  type: string,
  bytes: () => Buffer<ArrayBuffer> | Promise<Buffer<ArrayBuffer>>,
][] = [
  ['CSV', 'text/csv', () => utf8(table(','))],
  ['CSV with semicolons', 'text/csv', () => utf8(table(';'))],
  ['TSV', 'text/tab-separated-values', () => utf8(table('\t'))],
  ['CSV with a byte order mark', 'text/csv', () => utf8(`\uFEFF${table(',')}`)],
  ['CSV in UTF-16, little end first', 'text/csv', () => utf16(table(','))],
  ['CSV in UTF-16, big end first', 'text/csv', () => utf16(table(',')).swap16()],
  [
    'CSV in Latin-1',
    'text/csv; charset=iso-8859-1',
    () => Buffer.concat([Buffer.from(table(','), 'latin1')]),
  ],
  ['NDJSON', 'application/x-ndjson', () => utf8(rows.map((row) => JSON.stringify(row)).join('\n'))],
  ['JSON', 'application/json', () => utf8(JSON.stringify({ made: 'today', rows }))],
  [
    'Parquet',
    'application/vnd.apache.parquet',
    () =>
      parquet(
        `SELECT * FROM (VALUES ${rows
          .map(
            ({ day, name, n, x, yes }) =>
              `(DATE '${day}', '${name}', ${n}::SMALLINT, ${x}::DECIMAL(4,1), ${yes})`,
          )
          .join()}) AS t(day, name, n, x, yes)`,
      ),
  ],
];

describe.each(Object.keys(compressions))('%s', (compression) => {
  it.each(tables)('%s', async (_, type, bytes) => {
    expect(await read(type, compressions[compression]!(await bytes()))).toEqual({ rowCount: 3, types, rows });
  });

  it('plain text, a row for each line', async () => {
    const bytes = utf8('Grüße.\n\nA second "line", 1;5\n');
    expect(await read('text/plain', compressions[compression]!(bytes), '&rows=line')).toEqual({
      rowCount: 2,
      types: ['text: text'],
      rows: [{ text: 'Grüße.' }, { text: 'A second "line", 1;5' }],
    });
  });
});

const media = new URL('../golden/media/', import.meta.url);
const golden = (name: string) => entry(name, readFileSync(new URL(name, media)));
const kinds = {
  audio: ['pcm16-mono.wav', 'mono.flac', 'layer3.mp3', 'vorbis.ogg', 'opus.ogg'],
  image: ['grey.png', 'rgb.jpg'],
} as const;
type Kind = keyof typeof kinds;

const containers = {
  ZIP: ['application/zip', (entries: readonly ReturnType<typeof entry>[]) => zip(entries)],
  TAR: ['application/x-tar', tar],
  'TAR.gz': [
    'application/x-tar',
    async (entries: readonly ReturnType<typeof entry>[]) => compressions.gzip!(await tar(entries)),
  ],
} as const;
const labelOf = (index: number): string => ['old', 'new'][index % 2]!;

/** What is in the archive beside, or above, the files; and the columns and rows that are to come out. */
const labellings = {
  'metadata.csv': (kind: Kind) => ({
    entries: [
      ...kinds[kind].map(golden),
      entry(
        'metadata.csv',
        `file_name,label,year\n${kinds[kind].map((name, i) => `${name},${labelOf(i)},${2000 + i}`).join('\n')}\n`,
      ),
    ],
    types: ['file_name: text', 'label: text', 'year: integer', `${kind}: ${kind}`],
    rows: kinds[kind].map((name, i) => ({ file_name: name, label: labelOf(i), year: 2000 + i })),
  }),
  'metadata.jsonl': (kind: Kind) => ({
    entries: [
      ...kinds[kind].map((name) => ({ ...golden(name), name: `all/${name}` })),
      entry(
        'all/metadata.jsonl',
        kinds[kind].map((name, i) => JSON.stringify({ file_name: name, label: labelOf(i) })).join('\n'),
      ),
    ],
    types: ['file_name: text', 'label: text', `${kind}: ${kind}`],
    rows: kinds[kind].map((name, i) => ({ file_name: name, label: labelOf(i) })),
  }),
  folders: (kind: Kind) => ({
    entries: kinds[kind].map((name, i) => ({ ...golden(name), name: `${labelOf(i)}/${name}` })),
    types: ['file_name: text', 'label: text', `${kind}: ${kind}`],
    rows: kinds[kind]
      .map((name, i) => ({ file_name: `${labelOf(i)}/${name}`, label: labelOf(i) }))
      .toSorted((a, b) => (a.file_name < b.file_name ? -1 : 1)),
  }),
} as const;

const archives = (Object.keys(containers) as (keyof typeof containers)[]).flatMap((container) =>
  (Object.keys(labellings) as (keyof typeof labellings)[]).map((labels) => [container, labels] as const),
);

describe.each<[Kind, typeof archives]>([
  ['audio', archives],
  // Containers and labels have nothing to do with what is in the files.
  ['image', archives.filter((_, i) => i % 4 === 0)],
])('%s', (kind, some) => {
  it.each(some)('in a %s, labelled by %s', async (container, labels) => {
    const [type, pack] = containers[container];
    const made = labellings[labels](kind);
    const found = await read(type, await pack(made.entries));
    expect(found).toEqual({
      rowCount: kinds[kind].length,
      types: made.types,
      rows: made.rows.map((row) => ({
        ...row,
        [kind]:
          kind === 'audio'
            ? {
                sample_rate: expect.any(Number) as number,
                seconds: expect.closeTo(0.1, 1) as number,
              }
            : {
                width: expect.any(Number) as number,
                height: expect.any(Number) as number,
                channels: expect.any(Number) as number,
              },
      })),
    });
  });
});

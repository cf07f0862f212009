/** Compressed files that are damaged, or unpack to more than is allowed. */
import { gzipSync } from 'node:zlib';
import { entry, tar, zip } from '../../support/archives.ts';
import { zstdCsv } from '../../support/files-by-duckdb.ts';
import { csv, maxUnpackedBytes, ndjson, png, tarType, zipType, type BadFile, type Told } from './bad-file.ts';

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
/** Does not shrink to a hundredth. */
const noise = (lines: number): string =>
  Array.from({ length: lines }, (_, i) => (Math.sin(i) * 1e9).toFixed(3)).join('\n');

export const compressed: readonly BadFile[] = [
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
];

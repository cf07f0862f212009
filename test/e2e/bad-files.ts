/** Files that are refused, each with what is to be told of it. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { entry, tar, zip } from '../support/archives.ts';
import { parquet, zstdCsv } from '../support/files-by-duckdb.ts';

/** What the service is to be started with. */
export const maxUnpackedBytes = 100_000_000;

type Content = string | Buffer<ArrayBuffer>;
export type Make = () => Content | Promise<Content>;

export const csv = 'text/csv';
const tsv = 'text/tab-separated-values';
const ndjson = 'application/x-ndjson';
export const json = 'application/json';
const parquetType = 'application/vnd.apache.parquet';
const text = 'text/plain';
export const zipType = 'application/zip';
export const tarType = 'application/x-tar';

const media = new URL('../golden/media/', import.meta.url);
const wav = readFileSync(new URL('pcm16-mono.wav', media));
export const png = readFileSync(new URL('grey.png', media));
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

export const refused: readonly [name: string, type: string, make: Make, told: Told][] = [
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

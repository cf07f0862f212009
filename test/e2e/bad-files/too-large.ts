/** Too many columns, too long cells and names, too deep nesting. */
import { parquet } from '../../support/files-by-duckdb.ts';
import { csv, json, ndjson, parquetType, text, type BadFile, type Told } from './bad-file.ts';

const hundredMegabytes = (piece = 'x'): string => piece.repeat(100_000_000 / piece.length);
const names = Array.from({ length: 10_000 }, (_, i) => `c${i}`);
const wide = Object.fromEntries(names.map((name) => [name, 1]));

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

export const tooLarge: readonly BadFile[] = [
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
];

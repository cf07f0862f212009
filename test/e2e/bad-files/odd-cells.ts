/** Rows, headers and cells that are not what the others are. */
import { parquet } from '../../support/files-by-duckdb.ts';
import { csv, json, ndjson, parquetType, text, tsv, type BadFile } from './bad-file.ts';

export const oddCells: readonly BadFile[] = [
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
    'a field twice in NDJSON',
    ndjson,
    () => '{"a":1}\n{"a":1,"\\u0061":2}\n',
    [2, 'a', 'duplicate_key', 'expected each field of a row once, got one more than once'],
  ],
  [
    'a field twice in JSON',
    json,
    () => '[{"a":1},{"a":1,"a":2}]',
    [2, 'a', 'duplicate_key', 'expected each field of a row once, got one more than once'],
  ],
  [
    'a row of JSON that is an array',
    json,
    () => '[{"a":1},[1,2]]',
    [2, null, 'not_an_object', 'expected an object with a field for each column, got a list of 2'],
  ],
  [
    'empty texts alone',
    text,
    () => ' \n\n ',
    [null, null, 'empty_file', 'expected a text, got nothing but white space'],
  ],
];

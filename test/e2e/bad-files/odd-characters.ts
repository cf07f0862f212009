/** NULs, halves of characters, and texts in another encoding than they say. */
import { parquet } from '../../support/files-by-duckdb.ts';
import { csv, json, ndjson, parquetType, text, type BadFile } from './bad-file.ts';

export const oddCharacters: readonly BadFile[] = [
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
];

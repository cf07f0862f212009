/**
 * Parquet → canonical table. Its own types are kept: integers, numbers, booleans, dates, timestamps, texts and lists of numbers.
 * Anything else is refused by name. NaN counts as missing; infinite and huge numbers are problems, as in text.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { DatasetProblem } from '../../domain/datasets/dataset.ts';
import { columnId, type TableColumn } from '../tables/canonical-table.ts';
import { literal, query } from '../tables/duckdb.ts';
import { checkNames } from './csv-header.ts';
import type { IngestResult, ReaderOptions } from './ingest.ts';
import { withIngestDatabase } from './ingest-database.ts';
import { checkParquetLevels } from './parquet-levels.ts';
import { firstBytes } from './unpack.ts';
import { UnusableFile, wholeFile } from './unusable-file.ts';
import { maxTextBytes } from './text.ts';
import { writeReadyTable, type ReadyColumn } from './ready-table.ts';

/** A file of few bytes may say that it has any number of rows. */
const maxCells = 2_000_000_000;
/** As many bytes as the longest text. */
const maxListLength = maxTextBytes / 8;

const integers = ['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'UTINYINT', 'USMALLINT', 'UINTEGER', 'UBIGINT'];
const isNumber = (type: string): boolean =>
  integers.includes(type) || /^(FLOAT|DOUBLE|HUGEINT|UHUGEINT|DECIMAL\(\d+,\d+\))$/.test(type);

/** How a column of a DuckDB type is taken over; null when it is not. */
function reading(type: string, id: string): Omit<ReadyColumn, 'name'> | null {
  const finite = `(isfinite(${id}::DOUBLE) AND abs(${id}::DOUBLE) <= 1e100)`;
  if (integers.includes(type))
    return {
      type: 'integer',
      value: `${id}::BIGINT`,
      checks: [
        {
          bad: `${id}::HUGEINT NOT BETWEEN -${Number.MAX_SAFE_INTEGER} AND ${Number.MAX_SAFE_INTEGER}`,
          shown: `${id}::VARCHAR`,
          code: 'imprecise_number',
          expected: `a whole number of at most ${Number.MAX_SAFE_INTEGER} (write identifiers as text)`,
        },
      ],
    };
  if (isNumber(type))
    return {
      type: 'number',
      value: `CASE WHEN isnan(${id}::DOUBLE) THEN NULL ELSE ${id}::DOUBLE END`,
      checks: [
        {
          bad: `NOT isnan(${id}::DOUBLE) AND NOT ${finite}`,
          shown: `${id}::VARCHAR`,
          code: 'not_a_number',
          expected: 'a finite number',
        },
      ],
    };
  const list = /^(.+)\[\d*\]$/.exec(type)?.[1];
  if (list !== undefined && isNumber(list))
    return {
      type: 'vector',
      value: `${id}::DOUBLE[]`,
      checks: [
        {
          bad: `len(${id}) > ${maxListLength}`,
          shown: `'one of ' || len(${id})`,
          code: 'row_too_long',
          expected: `lists of at most ${maxListLength} numbers`,
        },
        {
          bad: `(len(${id}) = 0 OR list_contains(list_transform(${id}::DOUBLE[], lambda x: x IS NOT NULL AND isfinite(x) AND abs(x) <= 1e100), false))`,
          shown: `left(${id}::VARCHAR, 200)`,
          code: 'not_a_vector',
          expected: 'a list of finite numbers',
        },
      ],
    };
  switch (type) {
    case 'BOOLEAN':
      return { type: 'boolean', value: id, checks: [] };
    case 'DATE':
      return {
        type: 'date',
        value: id,
        checks: [
          {
            bad: `NOT isfinite(${id})`,
            shown: `${id}::VARCHAR`,
            code: 'not_a_date',
            expected: 'a date such as 2024-01-31',
          },
        ],
      };
    case 'TIMESTAMP':
    case 'TIMESTAMP_S':
    case 'TIMESTAMP_MS':
    case 'TIMESTAMP_NS':
    case 'TIMESTAMP WITH TIME ZONE':
      return {
        type: 'timestamp',
        value: type.endsWith('ZONE') ? `make_timestamp(epoch_us(${id}))` : `${id}::TIMESTAMP`,
        checks: [
          {
            bad: `NOT isfinite(${id}${type === 'TIMESTAMP_NS' ? '::TIMESTAMP' : ''})`,
            shown: `${id}::VARCHAR`,
            code: 'not_a_timestamp',
            expected: 'a time such as 2024-01-31T09:30:00Z',
          },
        ],
      };
    case 'VARCHAR':
      return {
        type: 'text',
        value: `nullif(${id}, '')`,
        checks: [
          {
            bad: `strlen(${id}) > ${maxTextBytes}`,
            shown: `'one of ' || strlen(${id})`,
            code: 'text_too_long',
            expected: `texts of at most ${maxTextBytes} bytes`,
          },
          {
            bad: `contains(${id}, chr(0))`,
            shown: `left(replace(${id}, chr(0), '\uFFFD'), 200)`,
            code: 'nul_character',
            expected: 'text without NUL characters',
          },
        ],
      };
    case 'UUID':
    case 'TIME':
      return { type: 'text', value: `${id}::VARCHAR`, checks: [] };
    default:
      return type.startsWith('ENUM(') ? { type: 'text', value: `${id}::VARCHAR`, checks: [] } : null;
  }
}

/** As the file has them: DuckDB renames those that differ in case alone. `file`: an SQL literal. */
async function columnNames(connection: DuckDBConnection, file: string): Promise<string[]> {
  const nodes = await query(
    connection,
    `SELECT name, coalesce(num_children, 0) FROM parquet_schema(${file})`,
  );
  const names: string[] = [];
  /** Of the tree, whose nodes stand before what is below them: open nodes' children yet to come. */
  const open: number[] = [];
  for (const [name, children] of nodes) {
    if (open.length === 1) names.push(String(name));
    if (open.length > 0) open[open.length - 1]! -= 1;
    open.push(Number(children));
    while (open.at(-1) === 0) open.pop();
  }
  return names;
}

export async function readParquet(o: ReaderOptions): Promise<IngestResult> {
  const magic = (await firstBytes(o.sourcePath, 4)).toString('latin1');
  if (magic !== 'PAR1') throw wholeFile('not_parquet', 'expected a Parquet file, got something else');
  await checkParquetLevels(o.sourcePath);
  return withIngestDatabase(o, [o.sourcePath], async (connection) => {
    const file = literal(o.sourcePath);
    try {
      const described = await query(connection, `DESCRIBE SELECT * FROM read_parquet(${file})`);
      const names = checkNames(await columnNames(connection, file));
      if (names.length !== described.length)
        throw wholeFile(
          'damaged_parquet',
          `expected ${names.length} columns as the file says, got ${described.length}`,
        );
      const [counted] = await query(connection, `SELECT num_rows FROM parquet_file_metadata(${file})`);
      const rows = Number(counted![0]);
      if (rows === 0) throw wholeFile('no_rows', 'expected rows, got none');
      if (rows * names.length > maxCells)
        throw wholeFile('too_many_rows', `expected at most ${maxCells} cells, got ${rows * names.length}`);
      const columns: ReadyColumn[] = [];
      const problems: DatasetProblem[] = [];
      for (const [index, [, type]] of described.entries()) {
        const name = names[index]!;
        const found = reading(String(type), columnId(index));
        if (found !== null) columns.push({ name, ...found });
        else
          problems.push({
            row: null,
            column: name,
            code: 'unsupported_type',
            message: `expected numbers, booleans, dates, times, texts or lists of numbers, got ${String(type).slice(0, 80)}; convert the column or leave it out`,
          });
      }
      if (problems.length > 0) throw new UnusableFile(problems);
      // Names given by place: none of them is ever an identifier.
      const ids: TableColumn['name'][] = names.map((_, index) => columnId(index));
      const source = `(SELECT *, row_number() OVER () - 1 AS place FROM read_parquet(${file}) AS source(${ids.join(', ')}))`;
      return await writeReadyTable(connection, { source, columns }, o);
    } catch (error) {
      if (error instanceof UnusableFile || o.signal?.aborted === true) throw error;
      const { message } = error as Error;
      if (/out of memory|No space|internal:/i.test(message)) throw error;
      throw wholeFile(
        'damaged_parquet',
        `expected a whole Parquet file, got one that cannot be read: ${message.split('\n')[0]!.replaceAll(o.sourcePath, 'the file').slice(0, 200)}`,
      );
    }
  });
}

/**
 * A regular delimited file (regular-csv.ts) with nothing wrong in it → canonical table with a profile, in one pass: types are guessed
 * from its first rows, DuckDB reads and writes, and its bytes are looked at meanwhile. Any doubt, and the answer is null: then
 * delimited.ts reads the file with care. Both give the same.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { withCellWarnings } from '../profile/cell-warnings.ts';
import { expectations, isText } from '../profile/expectations.ts';
import { profileTable } from '../profile/profile.ts';
import { relaxed, strictSelect, unexpectedCell, type Expectation } from '../profile/strict-values.ts';
import { columnId, writeCanonicalTable } from '../tables/canonical-table.ts';
import { literal } from '../tables/duckdb.ts';
import { csvSql } from './csv-sql.ts';
import type { Dialect } from './dialect.ts';
import type { IngestResult, ReaderOptions } from './ingest.ts';
import { withIngestDatabase } from './ingest-database.ts';
import { countRegularRows, openRegularCsv, type CsvOpening } from './regular-csv.ts';

/** How often the expectation of a column may turn out wrong. */
const maxTries = 4;

/** SQL of the rows. */
const sourceSql = (path: string, { names, lineEnd }: CsvOpening, dialect: Dialect): string =>
  csvSql(path, names.length, dialect, [
    'skip = 1',
    'strict_mode = true',
    ...(lineEnd === '\n' ? ["new_line = '\\n'"] : []),
  ]);

async function write(
  connection: DuckDBConnection,
  source: string,
  opening: CsvOpening,
  o: Pick<ReaderOptions, 'partialPath' | 'signal'>,
): Promise<{ rowCount: number; expected: readonly Expectation[] } | null> {
  const { names } = opening;
  const expected = await expectations(connection, source, names.length).catch(() => null);
  o.signal?.throwIfAborted();
  if (expected === null) return null;
  for (let tries = 1; tries <= maxTries; tries++) {
    try {
      const rowCount = await writeCanonicalTable(connection, {
        path: o.partialPath,
        select: strictSelect(
          source,
          names.map((_, index) => columnId(index)),
          expected,
        ),
        columns: names.map((name, index) => ({ name, type: expected[index]!.type })),
      });
      return { rowCount, expected };
    } catch (error) {
      o.signal?.throwIfAborted();
      const found = unexpectedCell(error);
      const next = found === null ? null : relaxed(expected[found.column]!, found.cell);
      if (next === null) return null;
      expected[found!.column] = next;
    }
  }
  return null;
}

/** Columns of text are what they are, and the others have what is told of them. */
async function describe(
  connection: DuckDBConnection,
  { path, rowCount, names }: { path: string; rowCount: number; names: readonly string[] },
  expected: readonly Expectation[],
): Promise<IngestResult | null> {
  const columns = names.map((name, index) => ({ name, type: expected[index]!.type }));
  const profile = await profileTable(connection, { path, rowCount, columns });
  const source = `read_parquet(${literal(path)}, file_row_number = true)`;
  for (const [index, { type }] of columns.entries()) {
    if (type !== 'text') continue;
    const id = columnId(index);
    const known = profile[index]!;
    if (!(await isText(connection, { source, id, filled: rowCount - known.missing }))) return null;
    profile[index] = await withCellWarnings(connection, known, { source, place: 'file_row_number', id });
  }
  return { status: 'ready', rowCount, columns: profile, problems: [], problemCount: 0 };
}

/** Writes `partialPath`, if the answer is not null. */
export async function readCsvAtOnce(
  path: string,
  dialect: Dialect,
  o: Pick<ReaderOptions, 'folder' | 'partialPath' | 'signal'>,
): Promise<IngestResult | null> {
  const opening = await openRegularCsv(path, dialect);
  if (opening === null) return null;
  const stopped = new AbortController();
  const signal = o.signal ? AbortSignal.any([o.signal, stopped.signal]) : stopped.signal;
  const rows = countRegularRows(path, opening, dialect, signal).then((count) => {
    if (count === null) stopped.abort(irregular);
    return count;
  });
  rows.catch(() => undefined);
  try {
    return await withIngestDatabase({ ...o, signal }, [path], async (connection) => {
      const written = await write(connection, sourceSql(path, opening, dialect), opening, { ...o, signal });
      if (written === null) {
        stopped.abort(irregular);
        return null;
      }
      if ((await rows) !== written.rowCount || written.rowCount === 0) return null;
      const { rowCount, expected } = written;
      return describe(connection, { path: o.partialPath, rowCount, names: opening.names }, expected);
    });
  } catch (error) {
    if (error === irregular) return null;
    throw error;
  } finally {
    await rows.catch(() => undefined);
  }
}

const irregular = new Error('internal: the file is not regular');

/**
 * CSV → canonical table with a profile. First the structure (csv-rows.ts), then the types (profile/column-types.ts): every
 * bad cell is named with its row and column. Row order is kept.
 */
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { DatasetProblem } from '../../domain/datasets/dataset.ts';
import {
  badCell,
  cellCounts,
  decideType,
  isBad,
  readCellCounts,
  typedValue,
  type CellType,
} from '../profile/column-types.ts';
import { profileTable } from '../profile/profile.ts';
import { columnId, writeCanonicalTable, type TableColumn } from '../tables/canonical-table.ts';
import { literal, openDuckDb, query } from '../tables/duckdb.ts';
import { maxRowBytes, readCsvRows } from './csv-rows.ts';
import type { IngestOptions, IngestResult } from './ingest.ts';
import { UnusableFile, excerpt, maxListedProblems } from './unusable-file.ts';

const ingestThreads = 2;
const ingestMemoryMiB = 1024;

/** SQL of the well-formed rows, all cells as text, an empty one as NULL. */
function rowsSql(rowsPath: string, width: number): string {
  const columns = Array.from({ length: width }, (_, index) => `${columnId(index)}: 'VARCHAR'`);
  return (
    `read_csv(${literal(rowsPath)}, auto_detect = false, header = false, delim = ',', quote = '"', escape = '"', ` +
    `new_line = '\\n', nullstr = '', strict_mode = false, max_line_size = ${4 * maxRowBytes}, columns = {${columns.join(', ')}})`
  );
}

interface TypedColumn extends TableColumn {
  readonly type: CellType;
  readonly badCells: number;
}

/** One column at a time: a query never holds more than one in memory. */
async function findTypes(
  connection: DuckDBConnection,
  o: { names: readonly string[]; cells: string; signal: AbortSignal | undefined },
): Promise<TypedColumn[]> {
  const columns: TypedColumn[] = [];
  for (const [index, name] of o.names.entries()) {
    o.signal?.throwIfAborted();
    const id = columnId(index);
    const [row] = await query(connection, `SELECT ${cellCounts(id).join(', ')} FROM ${o.cells}`);
    const type = decideType(readCellCounts(row!.map(Number)));
    const [bad] =
      type === 'text'
        ? [[0]]
        : await query(connection, `SELECT count(*) FILTER (WHERE ${isBad(id, type)}) FROM ${o.cells}`);
    columns.push({ name, type, badCells: Number(bad![0]) });
  }
  return columns;
}

/** Number in the upload of the n-th well-formed row, for ascending n. */
function uploadRowNumbers(badRows: readonly number[]): (row: number) => number {
  let passed = 0;
  return (row) => {
    while (passed < badRows.length && badRows[passed]! <= row + passed) passed += 1;
    return row + passed;
  };
}

async function describeBadCells(
  connection: DuckDBConnection,
  o: { cells: string; columns: readonly TypedColumn[]; badRows: readonly number[] },
): Promise<DatasetProblem[]> {
  const problems: DatasetProblem[] = [];
  for (const [index, { name, type, badCells }] of o.columns.entries()) {
    if (badCells === 0 || type === 'text') continue;
    const id = columnId(index);
    const { code, expected } = badCell(type);
    const found = await query(
      connection,
      `SELECT file_row_number + 1, ${id} FROM ${o.cells} WHERE ${isBad(id, type)} ORDER BY file_row_number LIMIT ${maxListedProblems}`,
    );
    const numberOf = uploadRowNumbers(o.badRows);
    for (const [row, cell] of found) {
      const message = `expected ${expected}, got "${excerpt(String(cell))}"`;
      problems.push({ row: numberOf(Number(row)), column: name, code, message });
    }
  }
  return problems;
}

function byRow(problems: readonly DatasetProblem[]): DatasetProblem[] {
  return problems.toSorted((a, b) => (a.row ?? 0) - (b.row ?? 0)).slice(0, maxListedProblems);
}

async function ingest(o: IngestOptions, folder: string, partialPath: string): Promise<IngestResult> {
  const { signal } = o;
  const rowsPath = join(folder, 'rows.csv');
  const cellsPath = join(folder, 'cells.parquet');
  const rows = await readCsvRows({ sourcePath: o.sourcePath, rowsPath, ...(signal && { signal }) });
  const { names, badRows } = rows;
  if (rows.rowCount === 0)
    return { status: 'rejected', problems: [...rows.problems], problemCount: badRows.length };

  const database = await openDuckDb({
    files: [rowsPath, cellsPath, partialPath],
    threads: ingestThreads,
    memoryLimitMiB: ingestMemoryMiB,
    spillDirectory: join(folder, 'spill'),
  });
  const { connection } = database;
  const interrupt = (): void => {
    connection.interrupt();
  };
  signal?.addEventListener('abort', interrupt);
  try {
    signal?.throwIfAborted();
    await connection.run(
      `COPY (SELECT * FROM ${rowsSql(rowsPath, names.length)}) TO ${literal(cellsPath)} (FORMAT parquet, COMPRESSION lz4, USE_TMP_FILE false)`,
    );
    await rm(rowsPath);
    const [parsed] = await query(connection, `SELECT count(*) FROM read_parquet(${literal(cellsPath)})`);
    if (Number(parsed![0]) !== rows.rowCount)
      throw new Error(`internal: ${rows.rowCount} rows were written and ${Number(parsed![0])} read back`);
    const cells = `read_parquet(${literal(cellsPath)}, file_row_number = true)`;
    const columns = await findTypes(connection, { names, cells, signal });
    const badCells = await describeBadCells(connection, { cells, columns, badRows });
    const problems = byRow([...rows.problems, ...badCells]);
    const problemCount = columns.reduce((sum, column) => sum + column.badCells, badRows.length);
    if (problemCount > 0 && o.onBadRows === 'reject') return { status: 'rejected', problems, problemCount };

    const values = columns.map(({ type }, index) => {
      const id = columnId(index);
      return `${typedValue(id, type)} AS ${id}`;
    });
    const conditions = columns.flatMap(({ type, badCells }, index) =>
      badCells > 0 ? [`NOT ${isBad(columnId(index), type)}`] : [],
    );
    const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
    const tableColumns = columns.map(({ name, type }) => ({ name, type }));
    await writeCanonicalTable(connection, {
      path: partialPath,
      select: `SELECT ${values.join(', ')} FROM ${cells} ${where}`,
      columns: tableColumns,
    });
    const [counted] = await query(connection, `SELECT count(*) FROM read_parquet(${literal(partialPath)})`);
    const rowCount = Number(counted![0]);
    if (rowCount === 0) return { status: 'rejected', problems, problemCount };
    const profile = await profileTable(connection, { path: partialPath, rowCount, columns: tableColumns });
    signal?.throwIfAborted();
    await rename(partialPath, o.tablePath);
    return { status: 'ready', rowCount, columns: profile, problems, problemCount };
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', interrupt);
    database.close();
  }
}

export async function ingestCsv(o: IngestOptions): Promise<IngestResult> {
  const folder = await mkdtemp(join(o.workDirectory, 'csv-'));
  const partialPath = `${o.tablePath}.part`;
  try {
    return await ingest(o, folder, partialPath);
  } catch (error) {
    if (error instanceof UnusableFile)
      return { status: 'rejected', problems: [...error.problems], problemCount: error.problemCount };
    throw error;
  } finally {
    await rm(partialPath, { force: true });
    await rm(folder, { recursive: true, force: true });
  }
}

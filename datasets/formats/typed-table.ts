/**
 * Cells of text → canonical table with a profile: finds the types (profile/column-types.ts), names every bad cell with its row and
 * column, and writes what is left. Row order is kept.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { DatasetProblem } from '../../domain/datasets/dataset.ts';
import { withCellWarnings } from '../profile/cell-warnings.ts';
import { badCell, isBad, typedValue, type CellType } from '../profile/column-types.ts';
import { cleanTypes, plainValue } from '../profile/clean-columns.ts';
import { decideTypes } from '../profile/decide-types.ts';
import { profileTable } from '../profile/profile.ts';
import { columnId, writeCanonicalTable, type TableColumn } from '../tables/canonical-table.ts';
import { query } from '../tables/duckdb.ts';
import type { IngestResult, ReaderOptions } from './ingest.ts';
import { excerpt, maxListedProblems } from './unusable-file.ts';

export interface StagedColumn {
  readonly name: string;
  /** SQL identifier in `source`. */
  readonly id: string;
  /** Types that its cells may turn out to have; absent: any. */
  readonly allowed?: readonly CellType[];
  /** A column that has its type already, and is taken as it is. */
  readonly ready?: TableColumn['type'];
}

export interface StagedTable {
  /** SQL of the well-formed rows. */
  readonly source: string;
  /** SQL of a row's place in `source`, from 0 on, by which it is ordered. */
  readonly place: string;
  readonly columns: readonly StagedColumn[];
  /** Rows of the upload that are not in `source`, ascending. */
  readonly badRows: readonly number[];
  /** What has been found wrong so far: the first of it, and how much. */
  readonly problems: readonly DatasetProblem[];
  readonly problemCount: number;
  readonly rowGroupRows?: number;
}

interface TypedColumn {
  readonly staged: StagedColumn;
  readonly type: TableColumn['type'];
  readonly badCells: number;
  /** All cells are written in the plain way of the type. */
  readonly isPlain: boolean;
}

const isTyped = (column: TypedColumn): column is TypedColumn & { type: CellType } =>
  column.staged.ready === undefined;

/** What is not plain is looked at one column at a time: a query never holds more than one in memory. */
async function findTypes(
  connection: DuckDBConnection,
  { source, columns }: StagedTable,
  signal: AbortSignal | undefined,
): Promise<TypedColumn[]> {
  const found: TypedColumn[] = [];
  const cells = columns.filter(({ ready }) => ready === undefined);
  const clean = cells.length === 0 ? [] : await cleanTypes(connection, { source, columns: cells, signal });
  const cleanById = new Map(cells.map(({ id }, index) => [id, clean[index]!]));
  for (const staged of columns) {
    signal?.throwIfAborted();
    const { id, ready } = staged;
    const known = ready ?? cleanById.get(id) ?? null;
    if (known !== null) {
      found.push({ staged, type: known, badCells: 0, isPlain: true });
      continue;
    }
    const type = (await decideTypes(connection, source, [staged]))[0]!;
    const [bad] =
      type === 'text'
        ? [[0]]
        : await query(connection, `SELECT count(*) FILTER (WHERE ${isBad(id, type)}) FROM ${source}`);
    found.push({ staged, type, badCells: Number(bad![0]), isPlain: false });
  }
  return found;
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
  { source, place, badRows }: StagedTable,
  columns: readonly TypedColumn[],
): Promise<DatasetProblem[]> {
  const problems: DatasetProblem[] = [];
  for (const column of columns) {
    if (!isTyped(column) || column.badCells === 0 || column.type === 'text') continue;
    const { id, name } = column.staged;
    const { code, expected } = badCell(column.type);
    const found = await query(
      connection,
      `SELECT ${place} + 1, left(${id}, 200) FROM ${source} WHERE ${isBad(id, column.type)} ORDER BY ${place} LIMIT ${maxListedProblems}`,
    );
    const numberOf = uploadRowNumbers(badRows);
    for (const [row, cell] of found) {
      const message = `expected ${expected}, got "${excerpt(String(cell))}"`;
      problems.push({ row: numberOf(Number(row)), column: name, code, message });
    }
  }
  return problems;
}

export function byRow(problems: readonly DatasetProblem[]): DatasetProblem[] {
  return problems.toSorted((a, b) => (a.row ?? 0) - (b.row ?? 0)).slice(0, maxListedProblems);
}

/** Writes `partialPath`, if the answer is `ready`. */
export async function writeTypedTable(
  connection: DuckDBConnection,
  staged: StagedTable,
  o: Pick<ReaderOptions, 'partialPath' | 'onBadRows' | 'signal'>,
): Promise<IngestResult> {
  const { source } = staged;
  const columns = await findTypes(connection, staged, o.signal);
  const badCells = await describeBadCells(connection, staged, columns);
  const problems = byRow([...staged.problems, ...badCells]);
  const problemCount = columns.reduce((sum, column) => sum + column.badCells, staged.problemCount);
  if (problemCount > 0 && o.onBadRows === 'reject') return { status: 'rejected', problems, problemCount };

  const values = columns.map((column, index) => {
    const { id } = column.staged;
    if (!isTyped(column)) return `${id} AS ${columnId(index)}`;
    const { isPlain, type } = column;
    return `${isPlain ? plainValue(id, type) : typedValue(id, type)} AS ${columnId(index)}`;
  });
  const conditions = columns.flatMap((column) =>
    isTyped(column) && column.badCells > 0 ? [`NOT ${isBad(column.staged.id, column.type)}`] : [],
  );
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  const tableColumns = columns.map(({ staged: { name }, type }) => ({ name, type }));
  const rowCount = await writeCanonicalTable(connection, {
    path: o.partialPath,
    select: `SELECT ${values.join(', ')} FROM ${source} ${where}`,
    columns: tableColumns,
    ...(staged.rowGroupRows !== undefined && { rowGroupRows: staged.rowGroupRows }),
  });
  if (rowCount === 0) return { status: 'rejected', problems, problemCount };
  const profile = await profileTable(connection, { path: o.partialPath, rowCount, columns: tableColumns });
  for (const [index, column] of columns.entries()) {
    if (!isTyped(column)) continue;
    profile[index] = await withCellWarnings(connection, profile[index]!, {
      source,
      place: staged.place,
      id: column.staged.id,
    });
  }
  return { status: 'ready', rowCount, columns: profile, problems, problemCount };
}

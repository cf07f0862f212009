/** Columns that have their types already → canonical table with a profile; single values may still be bad. */
import type { ProblemCode } from '../../domain/datasets/problem-hints.ts';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { DatasetProblem } from '../../domain/datasets/dataset.ts';
import { profileTable } from '../profile/profile.ts';
import { columnId, writeCanonicalTable, type TableColumn } from '../tables/canonical-table.ts';
import { query } from '../tables/duckdb.ts';
import type { IngestResult, ReaderOptions } from './ingest.ts';
import { byRow } from './typed-table.ts';
import { excerpt, maxListedProblems } from './unusable-file.ts';

/** What may be wrong with a value that has the type of its column. */
export interface ValueCheck {
  /** SQL of whether it is so, and of how the value is shown. */
  readonly bad: string;
  readonly shown: string;
  readonly code: ProblemCode;
  readonly expected: string;
}

export interface ReadyColumn extends TableColumn {
  /** SQL of the value. */
  readonly value: string;
  readonly checks: readonly ValueCheck[];
}

/** `source` has columns c0, c1, … and `place`, from 0 on. */
export async function writeReadyTable(
  connection: DuckDBConnection,
  { source, columns }: { source: string; columns: readonly ReadyColumn[] },
  o: Pick<ReaderOptions, 'partialPath' | 'onBadRows' | 'signal'>,
): Promise<IngestResult> {
  const found: DatasetProblem[] = [];
  const conditions: string[] = [];
  let problemCount = 0;
  const checks = columns.flatMap(({ name, checks: ofColumn }) =>
    ofColumn.map((check) => ({ name, ...check })),
  );
  for (const { name, bad, shown, code, expected } of checks) {
    o.signal?.throwIfAborted();
    const [counted] = await query(connection, `SELECT count(*) FROM ${source} WHERE ${bad}`);
    if (Number(counted![0]) === 0) continue;
    problemCount += Number(counted![0]);
    conditions.push(`NOT coalesce(${bad}, false)`);
    const rows = await query(
      connection,
      `SELECT place + 1, ${shown} FROM ${source} WHERE ${bad} ORDER BY place LIMIT ${maxListedProblems}`,
    );
    for (const [row, value] of rows)
      found.push({
        row: Number(row),
        column: name,
        code,
        message: `expected ${expected}, got ${excerpt(String(value))}`,
      });
  }
  const problems = byRow(found);
  if (problemCount > 0 && o.onBadRows === 'reject') return { status: 'rejected', problems, problemCount };
  const tableColumns = columns.map(({ name, type }) => ({ name, type }));
  const rowCount = await writeCanonicalTable(connection, {
    path: o.partialPath,
    select: `SELECT ${columns.map(({ value }, index) => `${value} AS ${columnId(index)}`).join(', ')} FROM ${source} ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''}`,
    columns: tableColumns,
  });
  if (rowCount === 0) return { status: 'rejected', problems, problemCount };
  const profile = await profileTable(connection, { path: o.partialPath, rowCount, columns: tableColumns });
  return { status: 'ready', rowCount, columns: profile, problems, problemCount };
}

/** What the columns of a table of text cells look like, by its first rows; and whether one that looked like text is text. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { columnId } from '../tables/canonical-table.ts';
import { query } from '../tables/duckdb.ts';
import { offsetForm } from './cell-warnings.ts';
import { enoughTexts, hasPlainForm, isPlain, surelyText } from './clean-columns.ts';
import { hasForm, type CellType } from './column-types.ts';
import { decideTypes } from './decide-types.ts';
import { shapedForms, type Expectation } from './strict-values.ts';

const sampleRows = 5000;
const sampleCells = 1_000_000;
/** Columns looked at in one query. */
const columnsAtOnce = 64;

/** SQL of what is to be known of a column beside its type: its first cell, and whether all are canonical, or plain. */
function looks(id: string, type: CellType): string[] {
  const shaped = shapedForms[type];
  const first = (value: string): string => `first(${value} ORDER BY rowid) FILTER (WHERE ${id} IS NOT NULL)`;
  const all = (condition: string): string => `coalesce(bool_and(${condition}), true)`;
  return [
    first(id),
    type === 'integer'
      ? all(`TRY_CAST(${id} AS BIGINT)::VARCHAR = ${id}`)
      : shaped === undefined
        ? 'false'
        : all(`regexp_full_match(${id}, '${shaped}')`),
    hasPlainForm(type) ? all(isPlain(id, type)) : 'false',
    type === 'timestamp' ? `coalesce(${first(hasForm(id, offsetForm))}, false)` : 'false',
  ];
}

function expectation(type: CellType, [first, canonical, plain, hasOffset]: readonly unknown[]): Expectation {
  if (type === 'text') return { type, form: 'text' };
  if (canonical === true)
    return { type, form: 'canonical', ...(type !== 'integer' && { shape: String(first) }) };
  const offset = type === 'timestamp' ? { hasOffset: hasOffset === true } : {};
  return { type, form: plain === true ? 'plain' : 'any', ...offset };
}

/** `source` has columns c0, c1, …; all that is found in its first rows holds of them. */
export async function expectations(
  connection: DuckDBConnection,
  source: string,
  width: number,
): Promise<Expectation[]> {
  const all = Array.from({ length: width }, (_, index) => columnId(index));
  const rows = Math.min(sampleRows, Math.ceil(sampleCells / width));
  await connection.run(`CREATE TEMP TABLE head AS SELECT * FROM ${source} LIMIT ${rows}`);
  const found: Expectation[] = [];
  for (let from = 0; from < width; from += columnsAtOnce) {
    const ids = all.slice(from, from + columnsAtOnce);
    const columns = ids.map((id) => ({ id }));
    const types = await decideTypes(connection, 'head', columns);
    const [seen] = await query(
      connection,
      `SELECT ${ids.flatMap((id, i) => looks(id, types[i]!)).join(', ')} FROM head`,
    );
    const perColumn = seen!.length / ids.length;
    for (const [i, type] of types.entries())
      found.push(expectation(type, seen!.slice(i * perColumn, (i + 1) * perColumn)));
  }
  await connection.run('DROP TABLE head');
  return found;
}

/** Whether the rules of column-types.ts find that a column is text. `filled`: how many cells have something in them. */
export async function isText(
  connection: DuckDBConnection,
  { source, id, filled }: { source: string; id: string; filled: number },
): Promise<boolean> {
  const enough = enoughTexts(filled);
  const [sure] = await query(
    connection,
    `SELECT count(*) FROM (SELECT 1 FROM ${source} WHERE ${surelyText(id)} LIMIT ${enough})`,
  );
  if (Number(sure![0]) === enough) return true;
  return (await decideTypes(connection, source, [{ id }]))[0] === 'text';
}

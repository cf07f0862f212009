/** How the values of the canonical table are written in JSON: dates as YYYY-MM-DD, timestamps as RFC 3339 in UTC. */
import type { ColumnType } from '../../domain/datasets/dataset.ts';

export type Cell = number | string | boolean | null;

/** SQL of a column in a form that `readCell` understands. */
export function cellSql(column: string, type: ColumnType): string {
  switch (type) {
    case 'integer':
      return `${column}::DOUBLE`;
    case 'date':
      return `strftime(${column}, '%Y-%m-%d')`;
    case 'timestamp':
      return `strftime(${column}, '%Y-%m-%dT%H:%M:%S.%f')`;
    default:
      return column;
  }
}

export function readCell(value: unknown, type: ColumnType): Cell {
  if (type === 'timestamp' && typeof value === 'string') return `${value.replace(/\.?0+$/, '')}Z`;
  if (value === null || typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean')
    return value;
  throw new Error(`internal: a cell of type ${typeof value}`);
}

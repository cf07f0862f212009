/**
 * Values of the canonical table. In Parquet a vector is a LIST of DOUBLE, a recording a STRUCT(sample_rate INTEGER, samples BLOB of
 * little-endian int16), an image a STRUCT(width INTEGER, height INTEGER, channels INTEGER, pixels BLOB). In JSON dates are
 * YYYY-MM-DD, timestamps RFC 3339 in UTC, and of recordings and images only their measures are told.
 */
import type { ColumnType } from '../../domain/datasets/dataset.ts';
import type { Audio } from '../formats/decode-audio.ts';
import type { Image } from '../formats/decode-image.ts';

export type Cell = number | string | boolean | null;

/** What a cell of any type holds: numbers of a vector [length]. */
export type Value = Cell | Float64Array | Audio | Image;

/** A value in JSON. */
export type JsonCell =
  | Cell
  | number[]
  | { readonly sample_rate: number; readonly seconds: number }
  | { readonly width: number; readonly height: number; readonly channels: number };

/** SQL of the type of a column in the table. */
export const sqlTypes: Record<ColumnType, string> = {
  integer: 'BIGINT',
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
  text: 'VARCHAR',
  vector: 'DOUBLE[]',
  audio: 'STRUCT(sample_rate INTEGER, samples BLOB)',
  image: 'STRUCT(width INTEGER, height INTEGER, channels INTEGER, pixels BLOB)',
};

/** Values of which a few are many bytes. */
export const isLarge = (type: ColumnType): boolean =>
  type === 'audio' || type === 'image' || type === 'vector';

/** SQL of a column in a form that `readCell` and `readValue` understand. */
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

/** SQL of a column in a form that `readJsonCell` understands: without samples and pixels. */
export function jsonCellSql(column: string, type: ColumnType): string {
  switch (type) {
    case 'audio':
      return `CASE WHEN ${column} IS NULL THEN NULL ELSE [${column}.sample_rate, octet_length(${column}.samples) / 2] END`;
    case 'image':
      return `CASE WHEN ${column} IS NULL THEN NULL ELSE [${column}.width, ${column}.height, ${column}.channels] END`;
    default:
      return cellSql(column, type);
  }
}

export function readCell(value: unknown, type: ColumnType): Cell {
  if (type === 'timestamp' && typeof value === 'string') return `${value.replace(/\.?0+$/, '')}Z`;
  if (value === null || typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean')
    return value;
  throw new Error(`internal: a cell of type ${typeof value}`);
}

/** Numbers of a DuckDB list. */
function items(value: unknown): number[] {
  return (value as { items: readonly (number | bigint)[] }).items.map(Number);
}

export function readJsonCell(value: unknown, type: ColumnType): JsonCell {
  if (value === null) return null;
  switch (type) {
    case 'vector':
      return items(value);
    case 'audio': {
      const [rate, samples] = items(value);
      return { sample_rate: rate!, seconds: Number((samples! / rate!).toFixed(3)) };
    }
    case 'image': {
      const [width, height, channels] = items(value);
      return { width: width!, height: height!, channels: channels! };
    }
    default:
      return readCell(value, type);
  }
}

/** A copy of a blob's bytes that starts where an Int16Array may. */
const bytesOf = (blob: unknown): Uint8Array<ArrayBuffer> =>
  Uint8Array.from((blob as { bytes: Uint8Array }).bytes);

export function readValue(value: unknown, type: ColumnType): Value {
  if (value === null) return null;
  switch (type) {
    case 'vector':
      return Float64Array.from(items(value));
    case 'audio': {
      const { sample_rate: sampleRate, samples } = (value as { entries: Record<string, unknown> }).entries;
      return { sampleRate: Number(sampleRate), samples: new Int16Array(bytesOf(samples).buffer) };
    }
    case 'image': {
      const { width, height, channels, pixels } = (value as { entries: Record<string, unknown> }).entries;
      return {
        width: Number(width),
        height: Number(height),
        channels: Number(channels),
        pixels: bytesOf(pixels),
      };
    }
    default:
      return readCell(value, type);
  }
}

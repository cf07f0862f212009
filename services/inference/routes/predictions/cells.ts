/** The cells of a request's rows: found, and read as the model was taught to read their columns. */
import type { ReadValue } from '../../../../datasets/features/feature.ts';
import { readValue } from '../../../../datasets/features/table.ts';
import type { Value } from '../../../../datasets/tables/cells.ts';
import type { FieldError } from '../../../../domain/errors/unroll-error.ts';
import type { FittedFeature } from '../../../../domain/models/fitted-features.ts';
import { escapePointer } from '../../../http/pointer.ts';
import { preview } from '../../../http/preview.ts';
import type { PredictionRequest } from './schemas.ts';

export type Row = NonNullable<PredictionRequest['inputs'][number]['rows']>[number];
export type Scalar = Row[string];

/** Warnings of an input that are told. */
export const mostWarnings = 20;

/** A cell; undefined where the row has none, also when every object has a property of that name. */
export const cell = <Cell>(row: Readonly<Record<string, Cell>> | undefined, column: string) =>
  row !== undefined && Object.hasOwn(row, column) ? row[column] : undefined;

/** Where a cell stands, and who is told of it. */
export interface Place {
  /** Of its row. */
  readonly pointer: string;
  readonly errors: FieldError[];
  /** Of categories that count as unknown, and of what is longer than the network reads; nobody is told of them if absent. */
  readonly warnings?: FieldError[];
  /** Whether files come as they are, in a form, and not in base64. */
  readonly asFile?: boolean;
}

/** @returns the value as a table would have it, at once unless there is a file to read; undefined where it is at fault */
export function readCell(
  feature: FittedFeature,
  value: unknown,
  place: Place,
): Value | undefined | Promise<Value | undefined> {
  const read = readValue(feature, value, place.asFile);
  return read instanceof Promise
    ? read.then((found) => told(found, feature, value, place))
    : told(read, feature, value, place);
}

function told(
  read: ReadValue,
  { column }: FittedFeature,
  value: unknown,
  { pointer, errors, warnings }: Place,
): Value | undefined {
  const at = () => `${pointer}/${escapePointer(column)}`;
  if ('expected' in read) {
    errors.push({ pointer: at(), message: `expected ${read.expected}, got ${preview(value)}` });
    return undefined;
  }
  if (read.unknown === true)
    warnings?.push({
      pointer: at(),
      message: `expected a category that stands in the training part often enough, got ${preview(value)}: it counts as unknown`,
    });
  if (typeof read.cut === 'string') warnings?.push({ pointer: at(), message: read.cut });
  return read.value;
}

/** The text of an input: itself, or that of the model's column in a row. */
import type { FieldError } from '../../../../domain/errors/unroll-error.ts';
import { escapePointer } from '../../../http/pointer.ts';
import { preview } from '../../../http/preview.ts';
import { cell } from './cells.ts';
import { filesOf } from './form-parts.ts';
import type { PredictionRequest } from './schemas.ts';

/** @returns null where it is at fault; a row without a text has an empty one, as in a dataset */
export function readText(
  { row, text }: PredictionRequest['inputs'][number],
  column: string,
  pointer: string,
  errors: FieldError[],
): string | null {
  if (row !== undefined && text !== undefined) {
    errors.push({ pointer, message: 'expected a row or a text, got both' });
    return null;
  }
  if (text !== undefined) return text;
  if (row === undefined) {
    errors.push({ pointer, message: `expected a row with ${preview(column)}, or a text, got neither` });
    return null;
  }
  const value = filesOf(row)?.get(column) ?? cell(row, column);
  if (value === null) return '';
  if (typeof value === 'string') return value;
  errors.push({
    pointer: `${pointer}/row/${escapePointer(column)}`,
    message: `expected a text, got ${preview(value)}`,
  });
  return null;
}

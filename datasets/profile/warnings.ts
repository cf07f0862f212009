/** What a column may be allowed to be, and yet hardly be meant to. */
import type { ColumnProfile, ColumnWarning } from '../../domain/datasets/column-profile.ts';

/** More missing values than this are worth a word. */
const mostlyMissing = 0.5;

export function columnWarnings(column: ColumnProfile, rowCount: number): ColumnWarning[] {
  const { missing, distinct, type, frequent } = column;
  const warnings: ColumnWarning[] = [];
  const isScalar = type !== 'vector' && type !== 'audio' && type !== 'image';
  if (missing === rowCount)
    warnings.push({
      code: 'all_missing',
      message: 'expected values, got none in any row; leave the column out, or fill it in the file',
    });
  else if (isScalar && distinct === 1 && missing === 0 && rowCount > 1)
    warnings.push({
      code: 'constant',
      message: `expected values that differ, got ${JSON.stringify(frequent?.[0]?.value ?? column.examples[0])} in all rows: nothing can be learned from it, and as a label it is one class only`,
    });
  else if (missing / rowCount > mostlyMissing)
    warnings.push({
      code: 'mostly_missing',
      message: `expected values in most rows, got none in ${missing} of ${rowCount}`,
    });
  return warnings;
}

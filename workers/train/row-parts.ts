/** How many rows each part has, as cards tell it. */
import type { WindowSource } from '../../engine/training/window-source.ts';

type Counted = Pick<WindowSource, 'count'>;

/** @param leftOut - rows that are in none of them, since they lack an input */
export const rowParts = (
  parts: Readonly<Record<'training' | 'validation' | 'test', Counted>>,
  leftOut = 0,
) => ({
  training_rows: parts.training.count,
  validation_rows: parts.validation.count,
  test_rows: parts.test.count,
  ...(leftOut > 0 && { left_out_rows: leftOut }),
});

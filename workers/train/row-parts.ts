/** How many rows each part has, as cards tell it. */
import type { WindowSource } from '../../engine/training/window-source.ts';

type Counted = Pick<WindowSource, 'count'>;

export const rowParts = (parts: Readonly<Record<'training' | 'validation' | 'test', Counted>>) => ({
  training_rows: parts.training.count,
  validation_rows: parts.validation.count,
  test_rows: parts.test.count,
});

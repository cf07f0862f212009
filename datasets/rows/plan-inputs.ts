/** What the inputs of rows come to, before anything is fitted: no smaller than what comes out. */
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import type { DataSpecification } from '../../engine/spec/data.ts';
import { columnsOf, rowInputs } from '../../engine/spec/inputs.ts';
import { rowSizes, type RowInputs } from '../../engine/spec/row-inputs.ts';
import { rowShape } from '../features/row.ts';
import { planFeature } from '../features/table.ts';

export interface InputsPlan {
  readonly sizes: ReturnType<typeof rowSizes>;
  readonly inputs: RowInputs;
  readonly steps: number;
  readonly warnings: string[];
}

/** @param data - whose inputs have passed `checkRows` */
export function planInputs(
  data: Pick<DataSpecification, 'inputs' | 'missing'>,
  columns: readonly ColumnProfile[],
): InputsPlan {
  const byName = new Map(columns.map((column) => [column.name, column]));
  const own = rowInputs(data.inputs).map((input) => ({ input, column: byName.get(columnsOf(input)[0]!)! }));
  const shape = rowShape(own.map(({ input, column }) => planFeature(input, column, data)));
  const warnings = own
    .filter(({ column }) => column.distinct === 1)
    .map(({ column }) => `column "${column.name}" has one value only`);
  return { sizes: rowSizes(shape.inputs), inputs: shape.inputs, steps: shape.steps, warnings };
}

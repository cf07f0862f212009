/** Which columns a forecast names, and what is wrong with them: all that can be told from the profile alone. */
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import type { DataSpecification } from '../../engine/spec/data.ts';
import { isInput } from '../../engine/spec/inputs.ts';
import { columnScaling, type ScalingType } from '../../engine/spec/scaling.ts';
import { checkFeature } from '../features/table.ts';
import { checkScaled } from '../features/numbers.ts';
import type { FieldProblem } from '../tasks/contract.ts';
import { checkWeightColumn } from './check-weights.ts';
import { findColumn } from '../tasks/find-column.ts';

export function checkColumns(data: DataSpecification, columns: readonly ColumnProfile[]): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const add = (pointer: string, message: string): void => {
    problems.push({ pointer, message });
  };
  const find = (name: string, pointer: string): ColumnProfile | null =>
    findColumn(columns, name, pointer, add);

  const missingTold = new Set<string>();
  function checkNumbers(
    { name, type, missing, min, max }: ColumnProfile,
    scaling: ScalingType,
    pointer: string,
  ): void {
    if (type !== 'integer' && type !== 'number') {
      add(pointer, `expected a numeric column, got "${name}", which is of type ${type}`);
      return;
    }
    if (min === null) {
      add(pointer, `expected a column with values, got "${name}", where all are missing`);
      return;
    }
    if (data.missing === 'error' && missing > 0 && !missingTold.has(name)) {
      missingTold.add(name);
      add(
        pointer,
        `expected a column without missing values, got "${name}" with ${missing}; set data.missing (forward_fill, interpolate, mask or drop), or fill them in the file`,
      );
    }
    const problem = checkScaled(scaling, { name, min: Number(min), max: Number(max) });
    if (problem !== null) add(pointer, problem);
  }

  for (const field of ['inputs', 'targets'] as const) {
    const first = new Map<string, number>();
    for (const [index, input] of data[field].entries()) {
      if (!('column' in input)) continue;
      const name = input.column;
      const pointer = `/data/${field}/${index}/column`;
      const earlier = first.get(name);
      if (earlier !== undefined) {
        add(
          pointer,
          `expected each column once, got "${name}" again, which is /data/${field}/${earlier} already`,
        );
        continue;
      }
      first.set(name, index);
      const column = find(name, pointer);
      if (column === null) continue;
      if (field === 'inputs' && isInput(input, 'categories')) {
        const problem = checkFeature(input, column, data);
        if (problem !== null) add(pointer, problem);
      } else checkNumbers(column, columnScaling(data, 'scaling' in input ? input : {}), pointer);
    }
  }

  for (const [index, input] of data.inputs.entries()) {
    if (!isInput(input, 'calendar')) continue;
    const pointer = `/data/inputs/${index}/calendar`;
    const type = columns.find(({ name }) => name === data.order_by)?.type;
    if (data.order_by === undefined)
      add(
        pointer,
        'expected data.order_by, a column of dates or timestamps, with parts of the calendar, got none',
      );
    else if (type === 'integer' || type === 'number')
      add(
        pointer,
        `expected dates or timestamps in data.order_by with parts of the calendar, got "${data.order_by}", which is of type ${type}`,
      );
  }
  if (data.weight !== undefined) {
    const column = find(data.weight, '/data/weight');
    if (column !== null) problems.push(...checkWeightColumn(column));
  }
  if (data.group_by !== undefined) {
    const column = find(data.group_by, '/data/group_by');
    if (column !== null && column.missing > 0)
      add(
        '/data/group_by',
        `expected a value in every row, got ${column.missing} missing in "${column.name}"`,
      );
  }
  if (data.order_by !== undefined) {
    const column = find(data.order_by, '/data/order_by');
    if (column !== null && (column.type === 'text' || column.type === 'boolean'))
      add(
        '/data/order_by',
        `expected a column of dates (2024-01-31), timestamps (2024-01-31T09:30:00Z) or numbers, got "${column.name}", which is of type ${column.type}`,
      );
    else if (column !== null && column.missing > 0)
      add(
        '/data/order_by',
        `expected a value in every row, got ${column.missing} missing in "${column.name}"`,
      );
  }
  return problems;
}

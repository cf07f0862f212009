/** Rows that lack an input, where `missing` is drop: no example is made of them. */
import { columnsOf, isInput, rowInputs } from '../../engine/spec/inputs.ts';
import { taskOf } from '../../engine/spec/tasks.ts';
import type { TrainingSpecification } from '../../engine/spec/training-specification.ts';
import type { Table } from '../tables/table.ts';
import type { FieldProblem, Planning } from '../tasks/contract.ts';
import { planByTable } from '../tasks/plan-by-table.ts';
import { refused } from '../tasks/refused.ts';

/** Columns in which rows that are examples have a value; a missing category is an unknown one, and a missing text an empty one. */
export function completeColumns(specification: TrainingSpecification): readonly string[] {
  const { inputs, targets, missing } = specification.data;
  if (missing !== 'drop') return [];
  return [
    ...rowInputs(inputs)
      .filter((input) => !isInput(input, 'categories') && !isInput(input, 'text'))
      .flatMap(columnsOf),
    ...(taskOf(specification) === 'regression' ? targets.map(({ column }) => column) : []),
  ];
}

/** Planning by what those rows of a stored table say that are examples. @param plan - is given how many they are */
export function planCompleteRows<Plan>(
  o: {
    readonly tablePath: string;
    readonly specification: TrainingSpecification;
    readonly rowCount: number;
  },
  errors: readonly FieldProblem[],
  plan: (table: Table, rowCount: number) => Promise<Planning<Plan>>,
): Promise<Planning<Plan>> {
  const complete = completeColumns(o.specification);
  return planByTable(
    o.tablePath,
    errors,
    async (table) => {
      if (complete.length === 0) return plan(table, o.rowCount);
      const { rows, leftOut } = await table.rowCounts();
      const columns = complete.map((name) => `"${name}"`).join(', ');
      if (rows === 0)
        return refused([
          {
            pointer: '/data/missing',
            message: `expected rows that have a value in each of ${columns}, got none of ${leftOut}`,
          },
        ]);
      const planning = await plan(table, rows);
      if (leftOut > 0)
        planning.warnings.push(
          `${leftOut} of ${rows + leftOut} rows are left out, since they lack a value in ${columns}`,
        );
      return planning;
    },
    { complete },
  );
}

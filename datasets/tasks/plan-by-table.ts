/** Planning by what a stored table says. */
import { withTable, type Table, type TableOptions } from '../tables/table.ts';
import type { FieldProblem, Planning } from './contract.ts';
import { refused } from './refused.ts';

/** @param errors - what is wrong whatever the rows: the table can be asked only for columns that it has */
export async function planByTable<Plan>(
  tablePath: string,
  errors: readonly FieldProblem[],
  plan: (table: Table) => Promise<Planning<Plan>>,
  o: TableOptions = {},
): Promise<Planning<Plan>> {
  return errors.length > 0 ? refused(errors) : withTable(tablePath, plan, o);
}

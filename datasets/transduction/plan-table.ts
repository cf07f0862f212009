/** Plans a transduction on a stored table: reads from it what the plan has to know. */
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import { columnsOf } from '../../engine/spec/inputs.ts';
import type { TextTarget } from '../../engine/spec/targets.ts';
import type { TransductionSpecification } from '../../engine/spec/tasks.ts';
import { hasMore } from '../features/target-vocabulary.ts';
import { splitColumn, splitCounts } from '../rows/plan-split.ts';
import type { Table } from '../tables/table.ts';
import { planByTable } from '../tasks/plan-by-table.ts';
import type { TransductionPlanning } from './contract.ts';
import { checkSpecification, planTransduction } from './plan.ts';

export function planTable(o: {
  tablePath: string;
  specification: TransductionSpecification;
  columns: readonly ColumnProfile[];
}): Promise<TransductionPlanning> {
  const { inputs, targets, split } = o.specification.data;
  return planByTable(o.tablePath, checkSpecification(o.specification, o.columns), async (table) =>
    planTransduction({
      ...o,
      rowsOfInputs: splitColumn(split) === undefined ? await table.groupSizes(inputs.flatMap(columnsOf)) : [],
      splitCounts: await splitCounts(table, split),
      tooLong: await countTooLong(table, targets[0]!),
    }),
  );
}

/** Characters that one may become in a Unicode form, and so tokens: NFKC takes ﷺ for 18. */
const mostOfOne: Record<TextTarget['unicode_normalization'], number> = { none: 1, NFC: 3, NFKC: 18 };

/** Only texts that have bytes enough are looked at; a chunk at a time, so that others have their turn. */
async function countTooLong(table: Table, target: TextTarget): Promise<number> {
  const bytes = Math.floor(target.max_length / mostOfOne[target.unicode_normalization]);
  let count = 0;
  for await (const texts of table.longTexts(target.column, bytes))
    for (const text of texts) if (hasMore(text, target)) count++;
  return count;
}

/** Plans a language model on a stored table: reads from it what the plan has to know. */
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import type { LanguageModelSpecification } from '../../engine/spec/tasks.ts';
import { tokenPatterns } from '../tasks/token-patterns.ts';
import { planByTable } from '../tasks/plan-by-table.ts';
import type { LanguageModelPlanning } from './contract.ts';
import { checkSpecification, planLanguageModel } from './plan.ts';

export function planTable(o: {
  tablePath: string;
  specification: LanguageModelSpecification;
  columns: readonly ColumnProfile[];
}): Promise<LanguageModelPlanning> {
  const [input] = o.specification.data.inputs;
  return planByTable(o.tablePath, checkSpecification(o.specification, o.columns), async (table) => {
    const { rows, matches } = await table.countMatches(input!.column, tokenPatterns[input!.encoding]);
    // a boundary after each text, and one before the first
    return planLanguageModel({ ...o, tokens: matches + rows + 1 });
  });
}

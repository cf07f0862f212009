/** Plans a language model on a stored table: reads from it what the plan has to know. */
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import type { LanguageModelSpecification } from '../../engine/spec/tasks.ts';
import type { TextEncoding } from '../../engine/spec/inputs.ts';
import { planByTable } from '../tasks/plan-by-table.ts';
import type { LanguageModelPlanning } from './contract.ts';
import { checkSpecification, planLanguageModel } from './plan.ts';

/** Letters, marks and digits that belong together, or any other character but spaces: as datasets/features/tokenize.ts has it. */
const word = String.raw`[\p{L}\p{M}\p{N}_]+(?:['’][\p{L}\p{M}]+)*|[^\s\p{L}\p{M}\p{N}_]`;

/** What is counted of a text; null: its characters. Of subwords the words that they are parts of: there are at least as many. */
const patterns: Record<TextEncoding, string | null> = {
  characters: null,
  words: word,
  subwords: String.raw` ?(?:${word})|\s`,
};

export function planTable(o: {
  tablePath: string;
  specification: LanguageModelSpecification;
  columns: readonly ColumnProfile[];
}): Promise<LanguageModelPlanning> {
  const [input] = o.specification.data.inputs;
  return planByTable(o.tablePath, checkSpecification(o.specification, o.columns), async (table) => {
    const { rows, matches } = await table.countMatches(input!.column, patterns[input!.encoding]);
    // a boundary after each text, and one before the first
    return planLanguageModel({ ...o, tokens: matches + rows + 1 });
  });
}

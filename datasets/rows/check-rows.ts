/** What is wrong with the inputs and the split of a specification whose examples are rows: all that can be told from the profile. */
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import type { DataSpecification } from '../../engine/spec/data.ts';
import { columnsOf, describeInput, isInput, type Input } from '../../engine/spec/inputs.ts';
import { isSequence } from '../features/row.ts';
import { checkFeature, planFeature } from '../features/table.ts';
import { findColumn } from '../tasks/find-column.ts';
import type { FieldProblem } from '../tasks/contract.ts';
import { checkSplit } from './check-split.ts';

export function checkRows(data: DataSpecification, columns: readonly ColumnProfile[]): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const refuse = (pointer: string, message: string): void => {
    problems.push({ pointer, message });
  };
  const uses = new Map<string, string>();
  const sequences: { readonly input: Input; readonly index: number }[] = [];
  data.inputs.forEach((input, index) => {
    if (isInput(input, 'calendar')) return;
    for (const name of columnsOf(input)) {
      const pointer = `/data/inputs/${index}/column`;
      const earlier = uses.get(name);
      if (earlier !== undefined)
        refuse(pointer, `expected each column once, got "${name}" again, which is ${earlier} already`);
      uses.set(name, `/data/inputs/${index}`);
      const column = findColumn(columns, name, pointer, refuse);
      if (column === null) continue;
      const problem = checkFeature(input, column, data) ?? checkFilled(column);
      if (problem !== null) refuse(pointer, problem);
      else if (isSequence(planFeature(input, column, data))) sequences.push({ input, index });
    }
  });
  const [first, second] = sequences;
  if (first && second)
    refuse(
      `/data/inputs/${second.index}`,
      `expected one sequence, and numbers and categories beside it, got ${describeInput(second.input)} beside ${describeInput(first.input)} of /data/inputs/${first.index}`,
    );
  data.targets.forEach(({ column: name }, index) => {
    const pointer = `/data/targets/${index}/column`;
    const earlier = uses.get(name);
    if (earlier !== undefined)
      refuse(pointer, `expected another column than the inputs, got "${name}", which is ${earlier} already`);
    uses.set(name, `/data/targets/${index}`);
    findColumn(columns, name, pointer, refuse);
  });
  checkSplit(data, columns, uses, refuse);
  return problems;
}

const checkFilled = ({ name, warnings }: ColumnProfile): string | null =>
  warnings?.some(({ code }) => code === 'all_missing') === true
    ? `expected a column with values, got "${name}", which is missing in all rows`
    : null;

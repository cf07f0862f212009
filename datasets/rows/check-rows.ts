/** What is wrong with the inputs and the split of a specification whose examples are rows: all that can be told from the profile. */
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import type { DataSpecification } from '../../engine/spec/data.ts';
import { columnsOf, describeInput, isInput, type Input } from '../../engine/spec/inputs.ts';
import { isSequence } from '../features/row.ts';
import { checkFeature, planFeature } from '../features/table.ts';
import { findColumn } from '../tasks/find-column.ts';
import type { FieldProblem } from '../tasks/contract.ts';

/** Training gets at least this share. */
const smallestTrainingShare = 0.01;

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
      const problem = checkFeature(input, column, data);
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

function checkSplit(
  { split }: DataSpecification,
  columns: readonly ColumnProfile[],
  uses: ReadonlyMap<string, string>,
  refuse: (pointer: string, message: string) => void,
): void {
  const { validation, test, by, column } = split;
  if (by !== undefined) findColumn(columns, by, '/data/split/by', refuse);
  if (column === undefined) {
    if (validation + test > 1 - smallestTrainingShare)
      refuse(
        '/data/split',
        `expected validation + test of at most ${1 - smallestTrainingShare}, so that rows are left for training, got ${validation} + ${test}`,
      );
    return;
  }
  const found = findColumn(columns, column, '/data/split/column', refuse);
  const earlier = uses.get(column);
  if (earlier !== undefined)
    refuse(
      '/data/split/column',
      `expected a column of its own, got "${column}", which is ${earlier} already`,
    );
  if (found !== null && found.type !== 'text')
    refuse(
      '/data/split/column',
      `expected a column of text that says training, validation or test, got "${column}", which is of type ${found.type}`,
    );
}

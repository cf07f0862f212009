/** Whether several labels a row can be trained on a table, and what they would be made of. */
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import type { MultilabelSpecification } from '../../engine/spec/tasks.ts';
import { checkRows } from '../rows/check-rows.ts';
import type { ValueCount } from '../rows/contract.ts';
import { planRows } from '../rows/plan-rows.ts';
import { planSplit } from '../rows/plan-split.ts';
import type { FieldProblem, Planning } from '../tasks/contract.ts';
import { refused } from '../tasks/refused.ts';
import type { MultilabelPlan } from './contract.ts';
import { separated } from './read-labels.ts';

const mostLabels = 1000;

/** Whether the labels of a row stand in one text. */
export const isOneText = ({ data }: MultilabelSpecification, columns: readonly ColumnProfile[]): boolean =>
  data.targets.length === 1 && columns.find(({ name }) => name === data.targets[0]!.column)?.type === 'text';

/** What is wrong with the specification, whatever the rows. */
export function checkSpecification(
  specification: MultilabelSpecification,
  columns: readonly ColumnProfile[],
): FieldProblem[] {
  const { data } = specification;
  const problems = checkRows(data, columns);
  if (isOneText(specification, columns)) return problems;
  data.targets.forEach(({ column: name }, index) => {
    const column = columns.find((one) => one.name === name);
    if (column === undefined) return;
    const { type, min, max, missing } = column;
    const isBinary =
      type === 'boolean' || (type === 'integer' && Number(min) >= 0 && Number(max) <= 1 && min !== null);
    const refuse = (message: string) => problems.push({ pointer: `/data/targets/${index}/column`, message });
    if (!isBinary)
      refuse(
        `expected a column of true and false, or of 1 and 0 (or one column of text with all labels of a row), got "${name}", which is of type ${type}${type === 'integer' ? ` from ${min} to ${max}` : ''}`,
      );
    else if (missing > 0) refuse(`expected true or false in every row, got ${missing} missing in "${name}"`);
  });
  return problems;
}

/** @param counts - of each target column, in their order; of a text, its different values */
export function planMultilabel(o: {
  specification: MultilabelSpecification;
  columns: readonly ColumnProfile[];
  rowCount: number;
  counts: readonly (readonly ValueCount[])[];
  splitCounts: readonly ValueCount[] | null;
}): Planning<MultilabelPlan> {
  const { specification, columns, counts } = o;
  const { data, output, training } = specification;
  const errors = checkSpecification(specification, columns);
  if (errors.length > 0) return refused(errors);
  const refuse = (pointer: string, message: string): void => {
    errors.push({ pointer, message });
  };
  const labels = isOneText(specification, columns)
    ? [...new Set(counts[0]!.flatMap(({ value }) => separated(value, output.separator)))].sort()
    : data.targets.map(({ column }) => column);
  if (labels.length === 0)
    refuse('/data/targets/0/column', `expected labels in "${data.targets[0]!.column}", got none`);
  if (labels.length > mostLabels)
    refuse(
      '/data/targets/0/column',
      `expected at most ${mostLabels} different labels, got ${labels.length} separated by ${JSON.stringify(output.separator)}`,
    );
  if (typeof output.positive_weights === 'object') {
    for (const label of Object.keys(output.positive_weights))
      if (!labels.includes(label))
        refuse(
          '/output/positive_weights',
          `expected labels of the targets (${labels.slice(0, 20).join(', ')}), got ${JSON.stringify(label)}`,
        );
  }
  const split = planSplit({
    split: data.split,
    seed: training.seed,
    strata: [o.rowCount],
    counts: o.splitCounts,
  });
  return planRows({ data, columns, split, errors }, ({ read, inputs }) => ({
    task: 'multilabel',
    ...read,
    outputSize: labels.length,
    inputs,
    labels,
  }));
}

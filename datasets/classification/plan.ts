/** Whether a classification can be trained on a table, and what it would be made of: from the profile and the counts of labels. */
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import type { ClassificationSpecification } from '../../engine/spec/tasks.ts';
import { checkRows } from '../rows/check-rows.ts';
import type { ValueCount } from '../rows/contract.ts';
import { planRows } from '../rows/plan-rows.ts';
import { planSplit, splitColumn } from '../rows/plan-split.ts';
import { shareOut } from '../rows/split.ts';
import type { FieldProblem } from '../tasks/contract.ts';
import { refused } from '../tasks/refused.ts';
import { checkLabelColumn, checkLabels } from './check-labels.ts';
import type { ClassificationPlanning } from './contract.ts';
import { orderedLabels } from './labels.ts';

/** What is wrong with the specification, whatever the rows. */
export const checkSpecification = (
  specification: ClassificationSpecification,
  columns: readonly ColumnProfile[],
): FieldProblem[] => [
  ...checkRows(specification.data, columns),
  ...checkLabelColumn(specification, columns, { everyRow: true }),
];

export function planClassification(o: {
  specification: ClassificationSpecification;
  columns: readonly ColumnProfile[];
  /** Of the target column. */
  counts: readonly ValueCount[];
  /** Of the column that decides the split; null where there is none. */
  splitCounts?: readonly ValueCount[] | null;
}): ClassificationPlanning {
  const { specification, columns, counts } = o;
  const { data, training } = specification;
  const errors = checkSpecification(specification, columns);
  if (errors.length > 0) return refused(errors);
  const labels = orderedLabels(counts);
  const split = planSplit({
    split: data.split,
    seed: training.seed,
    strata: counts.map(({ rows }) => rows),
    counts: o.splitCounts ?? null,
  });
  return planRows(
    { data, columns, split, errors: checkLabels(specification, labels) },
    ({ read, inputs, warnings }) => {
      const isStratified = splitColumn(data.split) === undefined;
      const rare = isStratified ? counts.filter(({ rows }) => shareOut(rows, data.split).test === 0) : [];
      if (rare.length > 0)
        warnings.push(
          `${rare.length} of ${labels.length} labels have too few rows to be tested, such as ${JSON.stringify(rare[0]!.value)} with ${rare[0]!.rows}`,
        );
      return { task: 'classification', ...read, outputSize: labels.length, inputs, labels };
    },
  );
}

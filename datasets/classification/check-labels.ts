/** What is wrong with a column of labels, of rows or of series: what its profile tells, and what its labels do. */
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import type { TrainingSpecification } from '../../engine/spec/training-specification.ts';
import type { ClassificationOutput } from '../../engine/spec/classification.ts';
import type { FieldProblem } from '../tasks/contract.ts';
import type { Label } from './contract.ts';

const mostLabels = 1000;
const labelTypes: readonly ColumnProfile['type'][] = ['text', 'integer', 'boolean'];
const pointer = '/data/targets/0/column';

type Labelled = Pick<TrainingSpecification, 'data'> & { readonly output: ClassificationOutput };

/** @param o - everyRow: whether each row must have a label */
export function checkLabelColumn(
  { data }: Pick<Labelled, 'data'>,
  columns: readonly ColumnProfile[],
  o: { readonly everyRow: boolean },
): FieldProblem[] {
  const column = columns.find(({ name }) => name === data.targets[0]!.column);
  if (column === undefined) return [];
  const { name, type, missing } = column;
  if (!labelTypes.includes(type))
    return [
      {
        pointer,
        message: `expected a column of labels (text, whole numbers, or true and false), got "${name}", which is of type ${type}`,
      },
    ];
  return o.everyRow && missing > 0
    ? [{ pointer, message: `expected a label in every row, got ${missing} missing in "${name}"` }]
    : [];
}

/** @param labels - the different ones of the column */
export function checkLabels({ data, output }: Labelled, labels: readonly Label[]): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const { column } = data.targets[0]!;
  if (labels.length < 2)
    problems.push({
      pointer,
      message: `expected at least 2 different labels, got ${labels.length === 0 ? 'none' : `${JSON.stringify(labels[0])} in every row`} of "${column}"`,
    });
  if (labels.length > mostLabels)
    problems.push({
      pointer,
      message: `expected at most ${mostLabels} different labels, got ${labels.length} in "${column}"`,
    });
  if (typeof output.class_weights !== 'object') return problems;
  const known = new Set(labels.map(String));
  for (const label of Object.keys(output.class_weights))
    if (!known.has(label))
      problems.push({
        pointer: '/output/class_weights',
        message: `expected labels of "${column}" (${[...known].slice(0, 20).join(', ')}), got ${JSON.stringify(label)}`,
      });
  return problems;
}

/** Whether labels of series, or of their rows, can be learnt from a table, and what that would be made of. */
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import type { LabelledSeriesSpecification } from '../../engine/spec/tasks.ts';
import { columnsOf, rowInputs } from '../../engine/spec/inputs.ts';
import { rowSizes } from '../../engine/spec/row-inputs.ts';
import { checkLabelColumn, checkLabels } from '../classification/check-labels.ts';
import { orderedLabels } from '../classification/labels.ts';
import { seriesInputs } from '../features/series-steps.ts';
import { planFeature } from '../features/table.ts';
import { checkWeightColumn } from '../forecasting/check-weights.ts';
import type { SeriesSummary } from '../forecasting/contract.ts';
import { checkRows } from '../rows/check-rows.ts';
import type { ValueCount } from '../rows/contract.ts';
import { planSplit, splitColumn } from '../rows/plan-split.ts';
import { shareOut } from '../rows/split.ts';
import type { Cell } from '../tables/cells.ts';
import { findColumn } from '../tasks/find-column.ts';
import type { FieldProblem } from '../tasks/contract.ts';
import { refused } from '../tasks/refused.ts';
import { partNames } from '../windows/windows.ts';
import type { LabelledSeriesPlanning } from './contract.ts';
import { examplesOf } from './examples.ts';
import { splitSeriesOf } from './split.ts';

/** Rows of an example, which a network reads one after the other. */
const mostSteps = 100_000;

export const isTagging = ({ architecture }: Pick<LabelledSeriesSpecification, 'architecture'>): boolean =>
  architecture === 'sequence_to_sequence';

/** What is wrong with the specification, whatever the rows. */
export function checkSpecification(
  specification: LabelledSeriesSpecification,
  columns: readonly ColumnProfile[],
): FieldProblem[] {
  const { data } = specification;
  const problems = [
    ...checkRows(data, columns),
    ...checkLabelColumn(specification, columns, { everyRow: !isTagging(specification) }),
  ];
  const refuse = (pointer: string, message: string): void => {
    problems.push({ pointer, message });
  };
  const weight = data.weight === undefined ? null : findColumn(columns, data.weight, '/data/weight', refuse);
  if (weight !== null) problems.push(...checkWeightColumn(weight));
  for (const field of ['group_by', 'order_by'] as const) {
    const name = data[field];
    if (name === undefined) continue;
    const column = findColumn(columns, name, `/data/${field}`, refuse);
    if (column === null) continue;
    if (column.missing > 0)
      refuse(`/data/${field}`, `expected a value in every row, got ${column.missing} missing in "${name}"`);
    if (field === 'order_by' && !['date', 'timestamp', 'integer', 'number'].includes(column.type))
      refuse(
        '/data/order_by',
        `expected a column of dates (2024-01-31), timestamps (2024-01-31T09:30:00Z) or numbers, got "${name}", which is of type ${column.type}`,
      );
    if (field === 'group_by' && ['vector', 'audio', 'image'].includes(column.type))
      refuse(
        '/data/group_by',
        `expected a column of texts or numbers, got "${name}", which is of type ${column.type}`,
      );
  }
  return problems;
}

/** Of each series: one of its values, and how many different ones it has. */
export interface SeriesValue {
  readonly value: Cell;
  readonly different: number;
}

export function planLabelledSeries(o: {
  specification: LabelledSeriesSpecification;
  columns: readonly ColumnProfile[];
  series: readonly SeriesSummary[];
  /** Of the target column, by series. */
  labels: readonly SeriesValue[];
  /** Of the target column, by row. */
  labelCounts: readonly ValueCount[];
  /** Of the column that decides the split, by series; null where there is none. */
  splitValues: readonly SeriesValue[] | null;
  /** Of the column of weights, by series; null where there is none. */
  weights: readonly SeriesValue[] | null;
}): LabelledSeriesPlanning {
  const { specification, columns, series } = o;
  const { data, training } = specification;
  const everyRow = isTagging(specification);
  const errors = checkSpecification(specification, columns);
  const warnings: string[] = [];
  if (errors.length > 0) return refused(errors);
  const refuse = (pointer: string, message: string): void => {
    errors.push({ pointer, message });
  };
  const nameOf = (index: number): string => JSON.stringify(series[index]!.key);
  const labels = orderedLabels(o.labelCounts);
  errors.push(...checkLabels(specification, labels));
  const mixed = everyRow ? -1 : o.labels.findIndex(({ different }) => different > 1);
  if (mixed !== -1)
    refuse(
      '/data/targets/0/column',
      `expected one label for all rows of a series with sequence_to_vector, got ${o.labels[mixed]!.different} in series ${nameOf(mixed)}; sequence_to_sequence tells one for each row`,
    );
  const torn = (o.splitValues ?? []).findIndex(({ different }) => different > 1);
  if (torn !== -1)
    refuse(
      data.split.column === undefined ? '/data/split/by' : '/data/split/column',
      `expected one value for all rows of a series, which is in one part as a whole, got ${o.splitValues![torn]!.different} in series ${nameOf(torn)}`,
    );
  const repeated = series.find((one) => one.repeated !== undefined)?.repeated;
  if (repeated !== undefined)
    refuse(
      '/data/order_by',
      `expected each value of "${data.order_by ?? ''}" once in a series, got ${repeated.rows} repeated, such as ${repeated.example}`,
    );
  if (errors.length > 0) return refused(errors);

  const strata = everyRow ? [series.length] : [...countsOf(o.labels.map(({ value }) => value)).values()];
  const split = planSplit({
    split: data.split,
    seed: training.seed,
    strata,
    counts:
      splitColumn(data.split) === undefined
        ? null
        : [...countsOf(o.splitValues!.map(({ value }) => value))].map(([value, rows]) => ({ value, rows })),
    unit: 'series',
  });
  errors.push(...split.problems);
  if (errors.length > 0) return refused(errors);

  const parts = splitSeriesOf(specification, {
    count: series.length,
    labels: o.labels.map(({ value }) => value),
    splitValues: o.splitValues?.map(({ value }) => value) ?? null,
  });
  for (const part of partNames)
    if (parts[part].every((index) => o.labels[index]!.value === null))
      refuse(
        '/data/targets/0/column',
        `expected a label in some row of the ${part} part, got none in its ${parts[part].length} series`,
      );
  // a series with different weights, none below 0, has some above
  const counts = ({ value, different }: SeriesValue): boolean => different > 1 || Number(value) > 0;
  for (const part of ['training', 'validation'] as const)
    if (o.weights !== null && !parts[part].some((index) => counts(o.weights![index]!)))
      refuse(
        '/data/weight',
        `expected a weight above 0 in some row of the ${part} part, got 0 in all of its ${parts[part].length} series`,
      );
  const windows = { training: 0, validation: 0, test: 0 };
  let steps = 0;
  for (const part of partNames)
    for (const index of parts[part])
      for (const { length } of examplesOf(
        { start: 0, rows: series[index]!.rows },
        { window: data.window, isTraining: part === 'training', everyRow },
      )) {
        windows[part] += 1;
        steps = Math.max(steps, length);
      }
  if (steps > mostSteps)
    refuse(
      data.window === undefined ? '/data/window' : '/data/window/length',
      `expected examples of at most ${mostSteps} rows, got a series of ${steps}; data.window cuts series into windows`,
    );
  if (errors.length > 0) return refused(errors);
  const rare =
    everyRow || splitColumn(data.split) !== undefined
      ? 0
      : strata.filter((rows) => shareOut(rows, data.split).test === 0).length;
  if (rare > 0) warnings.push(`${rare} of ${labels.length} labels have too few series to be tested`);
  const byName = new Map(columns.map((one) => [one.name, one]));
  const inputs = seriesInputs(
    rowInputs(data.inputs).map((input) => planFeature(input, byName.get(columnsOf(input)[0]!)!, data)),
  );
  return {
    errors,
    warnings,
    plan: {
      task: everyRow ? 'tagging' : 'series_classification',
      ...rowSizes(inputs),
      outputSize: labels.length,
      windows,
      steps,
      inputs,
      labels,
      series: series.length,
    },
  };
}

function countsOf(values: readonly Cell[]): Map<Cell, number> {
  const counts = new Map<Cell, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

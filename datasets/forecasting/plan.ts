/**
 * Whether a forecast can be trained on a table, and what it would be made of. Pure: it sees the profile of the columns and the
 * lengths of the series. Whatever would make the job fail later is found here.
 */
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import { columnsOf } from '../../engine/spec/inputs.ts';
import { scalingOf } from '../../engine/spec/scaling.ts';
import { headSize } from '../../engine/spec/regression.ts';
import type { ForecastSpecification } from '../../engine/spec/tasks.ts';
import { channelCount, takesHoles, windowFrame } from '../features/window-frame.ts';
import { checkSplit } from '../rows/check-split.ts';
import { splitColumn } from '../rows/plan-split.ts';
import { rowsNeeded } from '../windows/rows-needed.ts';
import { splitSeries, type SeriesParts } from '../windows/split.ts';
import { partNames, windowsOf, type ByPart, type PartName } from '../windows/windows.ts';
import { divideByTime, type PartsOf } from './divide-series.ts';
import { embeddingsOf, plannedCategories } from './categories.ts';
import { checkColumns } from './check-columns.ts';
import type { FieldProblem } from '../tasks/contract.ts';
import { refused } from '../tasks/refused.ts';
import type { ForecastPlanning, SeriesSummary } from './contract.ts';

/** What is wrong with the specification, whatever the lengths of the series. */
export function checkSpecification(
  { data }: ForecastSpecification,
  columns: readonly ColumnProfile[],
): FieldProblem[] {
  const problems = checkColumns(data, columns);
  const uses = new Map(
    (['targets', 'inputs'] as const).flatMap((field) =>
      data[field].flatMap((one, index) =>
        'column' in one ? [[one.column, `/data/${field}/${index}`] as const] : [],
      ),
    ),
  );
  checkSplit(data, columns, uses, (pointer, message) => problems.push({ pointer, message }));
  return problems;
}

/** Rows of a series that are used: those from which every column has had a value. */
export function usedRows(summary: SeriesSummary, { data }: ForecastSpecification): number {
  return takesHoles(data.missing) ? summary.rows - (summary.leadingMissing ?? 0) : summary.rows;
}

function repeatedProblem(
  { data }: ForecastSpecification,
  series: readonly SeriesSummary[],
): FieldProblem | null {
  const first = series.find(({ repeated }) => repeated !== undefined);
  if (first?.repeated === undefined || data.order_by === undefined) return null;
  const rows = series.reduce((sum, { repeated }) => sum + (repeated?.rows ?? 0), 0);
  const where = first.key === null ? '' : ` in series "${first.key}"`;
  const hint = data.group_by === undefined ? '; does the file hold several series (data.group_by)?' : '';
  return {
    pointer: '/data/order_by',
    message: `expected each value of "${data.order_by}" once in a series, got ${rows} repeated, such as ${first.repeated.example}${where}${hint}`,
  };
}

/** Where to point when a part has no window. */
const partPointers: Record<PartName, string> = {
  training: '/data/window/length',
  validation: '/data/split/validation',
  test: '/data/split/test',
};

/** @param divided - rows of the longest series, and the most rows that one has in each part */
function emptyPartProblem(
  part: PartName,
  { data }: ForecastSpecification,
  { longest, most }: { readonly longest: number; readonly most: ByPart<number> },
): FieldProblem {
  const window = windowOf(data);
  const { length, horizon } = window;
  const decides = data.split.column === undefined ? 'by' : 'column';
  if (data.split[decides] !== undefined)
    return {
      pointer: `/data/split/${decides}`,
      message: `expected a series with at least ${part === 'training' ? `${length + horizon} training rows (a window of ${length} and a horizon of ${horizon})` : `${horizon} ${part} rows (the horizon) that have ${length} rows of the series before them`}, whose targets are known, got at most ${most[part]} ${part} rows in one`,
    };
  const needed = rowsNeeded(window, data.split);
  if (longest >= needed)
    return {
      pointer: '/data/missing',
      message: `expected ${part} windows with known targets${data.missing === 'drop' ? ' that touch no missing value' : ''}, got none: too many values are missing there`,
    };
  const parts = splitSeries(longest, data.split);
  const { gap = 0 } = parts;
  const got = {
    training: parts.trainingEnd,
    validation: Math.max(0, parts.validationEnd - parts.trainingEnd - gap),
    test: Math.max(0, parts.rows - parts.validationEnd - gap),
  }[part];
  const want =
    part === 'training'
      ? `${length + horizon} training rows (a window of ${length} and a horizon of ${horizon})`
      : `${horizon} ${part} rows (the horizon) with ${length} rows before them`;
  return {
    // the longer of the two is what does not fit
    pointer: part === 'training' && horizon > length ? '/data/window/horizon' : partPointers[part],
    message: `expected a series with at least ${want}, which takes ${needed} rows in all; got ${got} in the longest series, which has ${longest} rows`,
  };
}

/** Rows that a window reads, those before its first step included. */
export const windowOf = (data: ForecastSpecification['data']) => ({
  ...data.window,
  length: data.window.length + windowFrame(data).reach,
});

/** @param o - countWindows: of a series, by its place in `series`, where values may be missing; all that fit if absent */
export function planForecast(o: {
  specification: ForecastSpecification;
  columns: readonly ColumnProfile[];
  rowCount: number;
  series: readonly SeriesSummary[];
  countWindows?: (part: PartName, series: number, parts: SeriesParts) => number;
  /** By time if absent. */
  partsOf?: PartsOf;
}): ForecastPlanning {
  const { specification } = o;
  const { data, output } = specification;
  const warnings: string[] = [];
  const errors = checkSpecification(specification, o.columns);
  if (errors.length > 0) return refused(errors);
  const repeated = repeatedProblem(specification, o.series);
  if (repeated !== null) errors.push(repeated);

  const windows = { training: 0, validation: 0, test: 0 };
  const most = { training: 0, validation: 0, test: 0 };
  const partsOf = o.partsOf ?? divideByTime(specification);
  let longest = 0;
  let dropped = 0;
  let withWindows = 0;
  let withoutRows = 0;
  const isByTime = splitColumn(data.split) === undefined;
  let withoutTraining: SeriesSummary | null = null;
  let withoutTrainingCount = 0;
  const window = windowOf(data);
  const countWindows = o.countWindows ?? ((part, _series, parts) => windowsOf(part, parts, window).count);
  for (const [index, summary] of o.series.entries()) {
    const rows = usedRows(summary, specification);
    dropped += summary.rows - rows;
    longest = Math.max(longest, rows);
    const parts = partsOf(index, rows, summary.rows - rows);
    most.training = Math.max(most.training, parts.trainingEnd);
    most.validation = Math.max(most.validation, parts.validationEnd - parts.trainingEnd);
    most.test = Math.max(most.test, parts.rows - parts.validationEnd);
    const counts = partNames.map((part) => countWindows(part, index, parts));
    for (const [place, part] of partNames.entries()) windows[part] += counts[place]!;
    if (counts.some((count) => count > 0)) withWindows += 1;
    if (parts.trainingEnd < 2) withoutRows += 1;
    if (counts[0] === 0 && (isByTime || parts.trainingEnd > 0)) {
      withoutTraining ??= summary;
      withoutTrainingCount += 1;
    }
  }

  if (windows.training === 0) errors.push(emptyPartProblem('training', specification, { longest, most }));
  else
    for (const part of ['validation', 'test'] as const)
      if (windows[part] === 0) errors.push(emptyPartProblem(part, specification, { longest, most }));
  if (errors.length > 0) return refused(errors);

  if (withoutTraining !== null)
    warnings.push(
      `${withoutTrainingCount} of ${o.series.length} series are too short for a training window, such as "${withoutTraining.key ?? ''}" with ${withoutTraining.rows} rows`,
    );
  if (dropped > 0)
    warnings.push(
      `${dropped} rows at the start of their series are left out: not every column has had a value there`,
    );
  if (isByTime && data.seasonality !== undefined && data.seasonality >= most.training)
    warnings.push(
      `a season of ${data.seasonality} steps is longer than the ${most.training} training rows: there is no MASE`,
    );
  if (!isByTime && withoutRows > 0 && scalingOf(data.scaling).per === 'series')
    warnings.push(
      `${withoutRows} of ${o.series.length} series have no rows for training: they are scaled by the figures of all`,
    );
  const { stateful, batch_size: streams } = specification.training;
  if (stateful && windows.training < 2 * streams)
    warnings.push(
      `The training part has ${windows.training} windows of ${data.window.length} rows that follow each other: in a batch of ${streams} streams hardly any goes on; a smaller batch_size or a shorter window makes longer ones`,
    );
  const byName = new Map(o.columns.map((column) => [column.name, column]));
  const used = new Set([...data.inputs.flatMap(columnsOf), ...data.targets.map(({ column }) => column)]);
  for (const name of used)
    if (byName.get(name)?.distinct === 1) warnings.push(`column "${name}" has one value only`);

  const categories = plannedCategories(data, o.columns);
  const embeddings = embeddingsOf(categories);
  return {
    errors,
    warnings,
    plan: {
      task: 'forecast',
      steps: data.window.length,
      inputSize: channelCount(windowFrame(data), data.window.horizon, categories),
      ...(embeddings.length > 0 && { embeddings }),
      outputSize: headSize(output, data.window.horizon * data.targets.length),
      windows,
      ...(specification.architecture === 'encoder_decoder' && { writtenSteps: data.window.horizon }),
      series: withWindows,
    },
  };
}

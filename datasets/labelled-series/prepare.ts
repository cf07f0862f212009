/**
 * A stored table of series with labels as examples to train on: whole series in one part each, features fitted on the rows of the training series alone. Rows are read some at a
 * time, and what they become is kept in a store; labels are held.
 *
 * The specification has passed `planTable`; an error thrown here means that it has not.
 */
import type { FittedFeature } from '../../domain/models/fitted-features.ts';
import { columnsOf, isInput, rowInputs } from '../../engine/spec/inputs.ts';
import type { LabelledSeriesSpecification } from '../../engine/spec/tasks.ts';
import { numberLabels, weighLabels } from '../classification/labels.ts';
import { seriesInputs, stepEncoder } from '../features/series-steps.ts';
import { featureShape, fitFeature } from '../features/table.ts';
import type { Preparing } from '../rows/contract.ts';
import { splitColumn } from '../rows/plan-split.ts';
import type { Cell } from '../tables/cells.ts';
import { withTable, type Table } from '../tables/table.ts';
import { rowWriter } from '../windows/row-store.ts';
import { byPart, partNames, type PartName } from '../windows/windows.ts';
import type { FittedLabelledSeries, PreparedLabelledSeries } from './contract.ts';
import { examplesOf, type Example } from './examples.ts';
import { isTagging } from './plan.ts';
import { scoreSeries } from './scores.ts';
import { judgedRows, seriesSource, type LabelledRows } from './series-source.ts';
import { splitSeriesOf } from './split.ts';

const inMemory = { path: '', maxBytes: Infinity };
const orderValues = { date: 'date', timestamp: 'timestamp', integer: 'number', number: 'number' } as const;

type Asked = Preparing<LabelledSeriesSpecification, FittedLabelledSeries>;

/** Rows of a table series after series, each in its order. */
interface Rows {
  readonly table: Table;
  readonly grouping: { readonly groupBy: string; readonly orderBy?: string | undefined };
  /** Row at which each series starts, and at last the number of rows. */
  readonly starts: Uint32Array;
}

/** Gives the values of some columns, row by row. */
async function* eachRow({ table, grouping }: Rows, columns: readonly string[]): AsyncIterable<Cell[]> {
  for await (const values of table.seriesChunks(columns, grouping))
    for (let row = 0; row < values[0]!.length; row++) yield values.map((column) => column[row]!);
}

/** What decides of the rows, some bytes for each: labels, weights, the categories that the baseline goes by, and of each series what parts go by. */
async function readDeciding(rows: Rows, { data }: LabelledSeriesSpecification, category: string | null) {
  const decides = splitColumn(data.split);
  const names = [
    data.targets[0]!.column,
    ...(category === null ? [] : [category]),
    ...(data.weight === undefined ? [] : [data.weight]),
    ...(decides === undefined ? [] : [decides]),
  ];
  const known = new Map<Cell, Cell>();
  const labels: Cell[] = [];
  const different = new Map<Cell, number>();
  const categories = new Uint32Array(category === null ? 0 : rows.starts.at(-1)!);
  const weights = data.weight === undefined ? null : new Float64Array(rows.starts.at(-1)!);
  let largest = 0;
  const weightPlace = category === null ? 1 : 2;
  const splitValues: Cell[] = [];
  for await (const values of eachRow(rows, names)) {
    const row = labels.length;
    const label = values[0]!;
    // one text for all rows that have it
    if (!known.has(label)) known.set(label, label);
    labels.push(known.get(label)!);
    if (category !== null) {
      if (!different.has(values[1]!)) different.set(values[1]!, different.size);
      categories[row] = different.get(values[1]!)!;
    }
    if (weights) {
      weights[row] = Number(values[weightPlace]);
      largest = Math.max(largest, weights[row]);
    }
    if (decides !== undefined && row === rows.starts[splitValues.length]) splitValues.push(values.at(-1)!);
  }
  return {
    labels,
    // what counts is their share: so the sums of a batch stay in float32's range
    weights: weights && Float32Array.from(weights, (weight) => weight / largest),
    categories: category === null ? null : categories,
    splitValues: decides === undefined ? null : splitValues,
  };
}

export async function prepareLabelledSeries(o: Asked): Promise<PreparedLabelledSeries> {
  const { group_by: groupBy, order_by: orderBy } = o.specification.data;
  const prepare = async (table: Table): Promise<PreparedLabelledSeries> => {
    const grouping = { groupBy, orderBy };
    return prepareRows({ table, grouping, starts: await table.seriesStarts({ groupBy }) }, o);
  };
  return withTable(o.tablePath, prepare, { spillDirectory: o.workFolder });
}

async function prepareRows(rowsOfTable: Rows, o: Asked): Promise<PreparedLabelledSeries> {
  const { specification } = o;
  const { data } = specification;
  const { table, starts } = rowsOfTable;
  const everyRow = isTagging(specification);
  const columns = rowInputs(data.inputs).map((input) => columnsOf(input)[0]!);
  const category = data.inputs.find((input) => isInput(input, 'categories'));
  const read = await readDeciding(
    rowsOfTable,
    specification,
    everyRow && category !== undefined ? columnsOf(category)[0]! : null,
  );
  const { labels, numbers } = numberLabels(read.labels, o.fitted?.labels);
  const series = Array.from({ length: starts.length - 1 }, (_, index) => {
    const start = starts[index]!;
    return { start, rows: starts[index + 1]! - start };
  });
  const split = splitSeriesOf(specification, {
    count: series.length,
    labels: series.map(({ start }) => read.labels[start]!),
    splitValues: read.splitValues,
  });
  const ofSeries = (part: PartName): readonly Example[] =>
    Array.from(split[part], (index) => series[index]!).flatMap((one) =>
      examplesOf(one, { window: data.window, isTraining: part === 'training', everyRow }),
    );
  const examples = byPart(ofSeries);
  for (const part of partNames)
    if (examples[part].length === 0) throw new Error(`internal: no ${part} series, though one was planned`);

  const isTraining = new Uint8Array(numbers.length);
  for (const index of split.training) isTraining.fill(1, starts[index], starts[index + 1]);
  const features: FittedFeature[] = [];
  for (const [index, input] of rowInputs(data.inputs).entries())
    features.push(
      o.fitted?.features[index] ??
        (await fitFeature(input, trainingValues(rowsOfTable, columns[index]!, isTraining), data)),
    );
  const inputs = seriesInputs(features.map(featureShape));
  const encoder = stepEncoder(features);
  const writer = rowWriter({ ...(o.keeping ?? inMemory), rows: numbers.length, width: encoder.width });
  const step = new Float32Array(encoder.width);
  for await (const values of eachRow(rowsOfTable, columns)) {
    encoder.encode(values, step, 0);
    writer.write(step);
  }
  const store = writer.finish();
  const rows: LabelledRows = {
    inputs,
    store,
    labels: numbers,
    weights: read.weights,
    everyRow,
    steps: partNames
      .flatMap((part) => examples[part])
      .reduce((most, { length }) => Math.max(most, length), 0),
  };

  const counts = new Array<number>(labels.length).fill(0);
  for (const example of examples.training)
    for (const label of judgedRows(example, rows)) counts[numbers[label]!]! += 1;
  const { weights, isSampled } = weighLabels(specification, labels, counts);
  const sourceOf = (part: PartName) =>
    seriesSource(rows, {
      examples: examples[part],
      weights: isSampled && part === 'training' ? null : weights,
      balance: isSampled && part === 'training',
    });
  const ordering = table.columns.find(({ name }) => name === data.order_by);
  return {
    parts: byPart(sourceOf),
    series: byPart((part) => split[part].length),
    features,
    labels,
    inputs,
    order: ordering
      ? { column: ordering.name, values: orderValues[ordering.type as keyof typeof orderValues] }
      : null,
    release: () => {
      store.release();
    },
    scoreTest: (logits) =>
      scoreSeries({
        logits,
        labels,
        rows,
        examples,
        trainingCounts: counts,
        category: read.categories,
      }),
  };
}

async function* trainingValues(rows: Rows, column: string, isTraining: Uint8Array): AsyncIterable<Cell> {
  let row = 0;
  for await (const [value] of eachRow(rows, [column])) if (isTraining[row++] === 1) yield value!;
}

/**
 * A stored table of series with labels as examples to train on: whole series in one part each, features fitted on the rows of the training series alone.
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
import { withTable } from '../tables/table.ts';
import { byPart, partNames, type PartName } from '../windows/windows.ts';
import type { FittedLabelledSeries, PreparedLabelledSeries } from './contract.ts';
import { examplesOf, type Example } from './examples.ts';
import { isTagging } from './plan.ts';
import { scoreSeries } from './scores.ts';
import { judgedRows, seriesSource, type LabelledRows } from './series-source.ts';
import { splitSeriesOf } from './split.ts';

const orderValues = { date: 'date', timestamp: 'timestamp', integer: 'number', number: 'number' } as const;

async function readTable(tablePath: string, { data }: LabelledSeriesSpecification) {
  const { group_by: groupBy, order_by: orderBy } = data;
  const inputs = rowInputs(data.inputs).map((input) => columnsOf(input)[0]!);
  const decides = splitColumn(data.split);
  return withTable(tablePath, async (table) => {
    const cells = await table.readCells(
      [...inputs, data.targets[0]!.column, ...(decides === undefined ? [] : [decides])],
      { groupBy, orderBy },
    );
    const type = table.columns.find(({ name }) => name === orderBy)?.type as
      keyof typeof orderValues | undefined;
    return {
      starts: await table.seriesStarts({ groupBy }),
      inputs: cells.slice(0, inputs.length),
      labels: cells[inputs.length]!,
      decides: decides === undefined ? null : cells[inputs.length + 1]!,
      order:
        orderBy === undefined || type === undefined ? null : { column: orderBy, values: orderValues[type] },
    };
  });
}

export async function prepareLabelledSeries(
  o: Omit<Preparing<LabelledSeriesSpecification, FittedLabelledSeries>, 'workFolder'>,
): Promise<PreparedLabelledSeries> {
  const { specification } = o;
  const { data } = specification;
  const everyRow = isTagging(specification);
  const read = await readTable(o.tablePath, specification);
  const { labels, numbers } = numberLabels(read.labels, o.fitted?.labels);
  const series = Array.from({ length: read.starts.length - 1 }, (_, index) => {
    const start = read.starts[index]!;
    return { start, rows: read.starts[index + 1]! - start };
  });
  const split = splitSeriesOf(specification, {
    count: series.length,
    labels: series.map(({ start }) => read.labels[start]!),
    splitValues: read.decides && series.map(({ start }) => read.decides![start]!),
  });
  const ofSeries = (part: PartName): readonly Example[] =>
    Array.from(split[part], (index) => series[index]!).flatMap((one) =>
      examplesOf(one, { window: data.window, isTraining: part === 'training', everyRow }),
    );
  const examples = byPart(ofSeries);
  for (const part of partNames)
    if (examples[part].length === 0) throw new Error(`internal: no ${part} series, though one was planned`);

  const trainingRows = Array.from(split.training, (index) => series[index]!);
  const features: FittedFeature[] = [];
  for (const [index, input] of rowInputs(data.inputs).entries())
    features.push(
      o.fitted?.features[index] ??
        (await fitFeature(input, valuesOf(read.inputs[index]!, trainingRows), data)),
    );
  const inputs = seriesInputs(features.map(featureShape));
  const encoder = stepEncoder(features);
  const encoded = new Float32Array(numbers.length * encoder.width);
  for (let row = 0; row < numbers.length; row++)
    encoder.encode(
      read.inputs.map((column) => column[row]!),
      encoded,
      row * encoder.width,
    );
  const rows: LabelledRows = {
    inputs,
    encoded,
    labels: numbers,
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
  const category = data.inputs.findIndex((input) => isInput(input, 'categories'));
  return {
    parts: byPart(sourceOf),
    series: byPart((part) => split[part].length),
    features,
    labels,
    inputs,
    order: read.order,
    scoreTest: (logits) =>
      scoreSeries({
        logits,
        labels,
        rows,
        examples,
        trainingCounts: counts,
        category: everyRow && category !== -1 ? read.inputs[category]! : null,
      }),
  };
}

function* valuesOf(
  column: readonly Cell[],
  series: readonly { readonly start: number; readonly rows: number }[],
): Iterable<Cell> {
  for (const { start, rows } of series) for (let row = 0; row < rows; row++) yield column[start + row]!;
}

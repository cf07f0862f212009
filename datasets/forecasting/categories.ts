/** Categories among the inputs of a forecast: fitted on the training rows of all series, and what they are to the network. */
import type { FittedFeature } from '../../domain/models/fitted-features.ts';
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import { columnsOf, isInput, type CategoriesInput } from '../../engine/spec/inputs.ts';
import type { CategoryInput } from '../../engine/spec/row-inputs.ts';
import type { ForecastSpecification } from '../../engine/spec/tasks.ts';
import type { FeatureShape } from '../features/feature.ts';
import { featureShape, fitFeature, planFeature } from '../features/table.ts';
import type { Cell } from '../tables/cells.ts';
import type { Table } from '../tables/table.ts';
import type { PartsOf } from './divide-series.ts';

type Data = ForecastSpecification['data'];

export const categoryInputs = ({ inputs }: Pick<Data, 'inputs'>): readonly CategoriesInput[] =>
  inputs.filter((input): input is (typeof inputs)[number] & CategoriesInput => isInput(input, 'categories'));

/** Columns whose numbers go in, or are forecast. */
export const numberColumns = ({ inputs, targets }: Pick<Data, 'inputs' | 'targets'>): readonly string[] => [
  ...new Set([
    ...inputs.filter((input) => isInput(input, 'numbers')).flatMap(columnsOf),
    ...targets.map(({ column }) => column),
  ]),
];

function ofCategory(shape: FeatureShape): CategoryInput {
  if (shape.kind === 'one_hot' || shape.kind === 'embedding') return shape;
  throw new Error(`internal: expected categories, got ${shape.kind}`);
}

/** Before anything is fitted: no smaller than what comes out. */
export const plannedCategories = (data: Data, columns: readonly ColumnProfile[]): readonly CategoryInput[] =>
  categoryInputs(data).map((input) =>
    ofCategory(
      planFeature(
        input,
        columns.find(({ name }) => name === input.column)!,
        data,
      ),
    ),
  );

export const fittedCategories = (fitted: readonly FittedFeature[]): readonly CategoryInput[] =>
  fitted.map((one) => ofCategory(featureShape(one)));

export const embeddingsOf = (categories: readonly CategoryInput[]) =>
  categories.flatMap((one) => (one.kind === 'embedding' ? [one.embedding] : []));

/** Of the rows for training of every series; those at its start that are left out for what is missing are among them. */
export async function fitCategories(
  table: Table,
  data: Data,
  partsOf: PartsOf,
): Promise<readonly FittedFeature[]> {
  const inputs = categoryInputs(data);
  if (inputs.length === 0) return [];
  const grouping = {
    ...(data.group_by !== undefined && { groupBy: data.group_by }),
    ...(data.order_by !== undefined && { orderBy: data.order_by }),
  };
  const starts = await table.seriesStarts(grouping);
  const counts = inputs.map(() => new Map<Cell, number>());
  let [row, series, end] = [0, -1, 0];
  await table.eachRow(
    { columns: [], cells: inputs.map(({ column }) => column), ...grouping },
    (_values, _place, cells) => {
      while (row === starts[series + 1]) {
        series += 1;
        end = row + partsOf(series, starts[series + 1]! - row, 0).trainingEnd;
      }
      if (row++ >= end) return;
      cells.forEach((cell, index) => counts[index]!.set(cell, (counts[index]!.get(cell) ?? 0) + 1));
    },
  );
  const fitted: FittedFeature[] = [];
  for (const [index, input] of inputs.entries())
    fitted.push(await fitFeature(input, repeated(counts[index]!), data));
  return fitted;
}

function* repeated(counts: ReadonlyMap<Cell, number>): Iterable<Cell> {
  for (const [value, count] of counts) for (let time = 0; time < count; time++) yield value;
}

/** Whether a model can be asked of a dataset: its columns are there, of the types that it was taught, and no two of the result share a name. */
import type { ColumnProfile, Dataset } from '../datasets/dataset.ts';
import type { FieldError } from '../errors/unroll-error.ts';
import type { FittedFeature } from '../models/fitted-features.ts';
import type { ModelCard } from '../models/model.ts';
import { errorColumn, seriesOf, stepColumn, type PredictionLayout } from './prediction-columns.ts';

type ColumnType = ColumnProfile['type'];
interface Needed {
  readonly column: string;
  readonly types: readonly ColumnType[];
}

const numbers: readonly ColumnType[] = ['integer', 'number'];
const anyScalar: readonly ColumnType[] = ['integer', 'number', 'boolean', 'date', 'timestamp', 'text'];

const encodings: Record<
  Extract<FittedFeature, { encoding: unknown }>['encoding'],
  (feature: FittedFeature) => readonly ColumnType[]
> = {
  one_hot: categoryTypes,
  embedding: categoryTypes,
  characters: () => ['text'],
  words: () => ['text'],
  subwords: () => ['text'],
  sequence: () => ['vector'],
  vector: () => ['vector'],
};
function categoryTypes(feature: FittedFeature): readonly ColumnType[] {
  return 'type' in feature ? [feature.type] : anyScalar;
}

function typesOf(feature: FittedFeature): readonly ColumnType[] {
  if ('audio' in feature) return ['audio'];
  if ('image' in feature) return ['image'];
  return 'encoding' in feature ? encodings[feature.encoding](feature) : numbers;
}

/** The columns that the model reads, each once. */
export function neededColumns(card: ModelCard): readonly Needed[] {
  const { groupBy, orderBy } = seriesOf(card) ?? {};
  const values =
    card.task === 'forecast'
      ? card.frequency?.values
      : 'order' in card.features
        ? card.features.order?.values
        : undefined;
  const orderTypes = {
    date: ['date'],
    timestamp: ['timestamp', 'date'],
    number: numbers,
  } as const satisfies Record<string, readonly ColumnType[]>;
  const needed: Needed[] = [
    ...(card.task === 'forecast'
      ? [
          ...card.specification.data.inputs.flatMap((input) =>
            'column' in input && !('encoding' in input) ? [{ column: input.column, types: numbers }] : [],
          ),
          ...(card.features?.categories ?? []).map((feature) => ({
            column: feature.column,
            types: typesOf(feature),
          })),
        ]
      : card.features.inputs.map((feature) => ({ column: feature.column, types: typesOf(feature) }))),
    ...(groupBy === undefined ? [] : [{ column: groupBy, types: anyScalar }]),
    ...(orderBy === undefined
      ? []
      : [{ column: orderBy, types: values === undefined ? anyScalar : orderTypes[values] }]),
  ];
  return [...new Map(needed.map((one) => [one.column, one])).values()];
}

/** The columns of the dataset that go into the result, unless others are asked for: all but recordings and images, or those that name a series. */
export function keptColumns(
  card: ModelCard,
  layout: PredictionLayout,
  dataset: Pick<Dataset, 'columns'>,
): readonly string[] {
  if (layout.by === 'series') {
    const { groupBy, orderBy } = seriesOf(card)!;
    return [groupBy, ...(layout.timed ? [orderBy] : [])].filter((column) => column !== undefined);
  }
  return dataset.columns.filter(({ type }) => type !== 'audio' && type !== 'image').map(({ name }) => name);
}

export function checkDataset(
  card: ModelCard,
  layout: PredictionLayout,
  dataset: Pick<Dataset, 'columns'>,
  asked: readonly string[] | undefined,
): FieldError[] {
  const byName = new Map(dataset.columns.map((column) => [column.name, column]));
  const errors: FieldError[] = [];
  for (const { column, types } of neededColumns(card)) {
    const found = byName.get(column);
    if (found === undefined || !types.includes(found.type))
      errors.push({
        pointer: '/dataset_id',
        message: `expected a dataset with a column ${JSON.stringify(column)} of type ${types.join(' or ')}, got ${found === undefined ? 'none' : `one of type ${found.type}`}`,
      });
  }
  if (asked !== undefined && layout.by === 'series')
    errors.push({
      pointer: '/columns',
      message: 'expected none for a model that answers series, whose rows are new ones, got some',
    });
  asked?.forEach((column, index) => {
    const type = byName.get(column)?.type;
    if (type === undefined || type === 'audio' || type === 'image' || asked.indexOf(column) !== index)
      errors.push({
        pointer: `/columns/${index}`,
        message: `expected a column of the dataset that is no recording and no image, once, got ${JSON.stringify(column)}`,
      });
  });
  const added = [
    ...layout.columns,
    errorColumn,
    ...(layout.by === 'series' && layout.timed ? [stepColumn] : []),
  ];
  const taken = new Set(added.map(({ name }) => name.toLowerCase()));
  for (const name of new Set(asked ?? keptColumns(card, layout, dataset))) {
    const own = name.toLowerCase();
    if (taken.has(own))
      errors.push({
        pointer: '/columns',
        message: `expected columns beside those of the predictions, got ${JSON.stringify(name)}, which there is already; name the columns to keep without it`,
      });
    taken.add(own);
  }
  return errors;
}

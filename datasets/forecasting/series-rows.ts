/** The rows of a table as forecasts need them: series after series, each in its order, kept in a store or only looked through for what is missing. */
import type { ForecastSpecification } from '../../engine/spec/tasks.ts';
import { rowKeeper, takesHoles, windowFrame, type WindowFrame } from '../features/window-frame.ts';
import type { FittedFeature } from '../../domain/models/fitted-features.ts';
import type { Encoded } from '../features/feature.ts';
import { featureEncoder } from '../features/table.ts';
import { detectFrequency, type Frequency } from '../features/frequency.ts';
import type { Table } from '../tables/table.ts';
import { rowWriter, type RowStore } from '../windows/row-store.ts';
import type { LeftOut } from '../windows/windows.ts';

/** Where rows lie that are more than fit in `maxBytes`. */
export interface Keeping {
  readonly path: string;
  readonly maxBytes: number;
}

export interface SeriesRows {
  readonly frame: WindowFrame;
  /** null when they were only looked through. */
  readonly store: RowStore | null;
  /** First row of each series from which every column has had a value, and the row after its last. */
  readonly series: readonly { readonly start: number; readonly end: number }[];
  readonly frequency: Frequency | null;
  /** Whether some target is missing. */
  readonly holes: boolean;
  /** The windows that what is missing leaves out; of windows that read `length` rows. */
  readonly leftOut: (o: { readonly horizon: number; readonly targetSteps: number }) => LeftOut;
  /** Whether the targets of some row from `from` to before `to` are known. */
  readonly hasTarget: (from: number, to: number) => boolean;
}

const orderTypes = {
  date: 'date',
  timestamp: 'timestamp',
  integer: 'number',
  number: 'number',
  text: null,
  boolean: null,
  vector: null,
  audio: null,
  image: null,
} as const;

/** The frequency is that of at most so many rows. */
const rowsForFrequency = 1_000_000;

/** @param categories - of the inputs, fitted; without them ids are not read */
export async function readSeriesRows(
  table: Table,
  { data }: Pick<ForecastSpecification, 'data'>,
  keeping: Keeping | null,
  categories: readonly FittedFeature[] = [],
): Promise<SeriesRows> {
  const frame = windowFrame(data);
  const { group_by: groupBy, order_by: orderBy } = data;
  const grouping = {
    ...(groupBy !== undefined && { groupBy }),
    ...(orderBy !== undefined && { orderBy }),
  };
  const starts = await table.seriesStarts(grouping);
  const rows = starts.at(-1)!;
  const writer = keeping && rowWriter({ ...keeping, rows, width: frame.width });
  const places = new Float64Array(orderBy === undefined ? 0 : Math.min(rows, rowsForFrequency));
  const holesAllowed = takesHoles(data.missing);
  const targets = data.targets.map(({ column }) => frame.columns.indexOf(column));
  const inputs = [...new Set(frame.scaled.map(({ place }) => place))].map((place) =>
    frame.columns.findIndex((column) => frame.placeOf(column) === place),
  );
  /** Of the rows before each: how many have a hole among inputs, and among targets. */
  const inputHoles = new Uint32Array(data.missing === 'drop' ? rows + 1 : 0);
  const targetHoles = new Uint32Array(holesAllowed ? rows + 1 : 0);

  const encoders = categories.map(featureEncoder);
  const withIds = new Float64Array(frame.columns.length + categories.length);
  const series: { start: number; end: number }[] = [];
  let keeper = rowKeeper(frame);
  let current = -1;
  let row = 0;
  let previousPlace = NaN;
  const cells = categories.map(({ column }) => column);
  await table.eachRow({ columns: frame.columns, cells, ...grouping }, (values, place, own) => {
    while (row === starts[current + 1]) {
      current += 1;
      keeper = rowKeeper(frame);
      previousPlace = NaN;
      series.push({ start: row, end: starts[current + 1]! });
    }
    if (place !== null) {
      if (place <= previousPlace) throw new Error('internal: two rows of a series at one place');
      previousPlace = place;
      if (row < places.length) places[row] = place;
    }
    withIds.set(values);
    encoders.forEach((encode, index) => {
      withIds[frame.columns.length + index] = (encode(own[index]!) as Encoded)[0]!;
    });
    const kept = keeper.keep(withIds, place);
    const isMissing = (index: number): boolean => Number.isNaN(values[index]!);
    if (holesAllowed) {
      // a row before every column has had a value is not used
      if (frame.columns.some((column) => Number.isNaN(kept[frame.knownPlaceOf(column)]!)))
        series[current]!.start = row + 1;
      targetHoles[row + 1] = targetHoles[row]! + Number(targets.some(isMissing));
      if (inputHoles.length > 0) inputHoles[row + 1] = inputHoles[row]! + Number(inputs.some(isMissing));
    } else if (frame.columns.some((_, index) => isMissing(index)))
      throw new Error('internal: missing values in a table that was planned to have none');
    writer?.write(kept);
    row += 1;
  });

  const orderColumn = table.columns.find(({ name }) => name === orderBy);
  const orderValues = orderColumn === undefined ? null : orderTypes[orderColumn.type];
  const looked = starts.map((start) => Math.min(start, places.length));
  const between = (holes: Uint32Array, from: number, to: number): number => holes[to]! - holes[from]!;
  return {
    frame,
    store: writer?.finish() ?? null,
    series,
    frequency: orderValues === null ? null : detectFrequency(places, looked, orderValues),
    holes: holesAllowed && targetHoles.at(-1)! > 0,
    leftOut: ({ horizon, targetSteps }) => {
      if (!holesAllowed) return () => false;
      if (data.missing === 'drop')
        return ({ start, end }) =>
          between(inputHoles, start, end) > 0 ||
          between(targetHoles, end - targetSteps + 1, end + horizon) > 0;
      return ({ end }) => between(targetHoles, end, end + horizon) === horizon;
    },
    hasTarget: (from, to) => !holesAllowed || between(targetHoles, from, to) < to - from,
  };
}

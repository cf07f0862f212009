/** What the series of a table are like: how many, how long, how often a row comes, and where that is not so. */
import type { Table } from '../tables/table.ts';
import { detectFrequency, type Frequency } from './frequency.ts';
import { writeOrderValue } from './timestamps.ts';

export interface SeriesProfile {
  readonly orderBy: string;
  readonly groupBy: string | null;
  readonly series: number;
  readonly rows: { readonly min: number; readonly mean: number; readonly max: number };
  readonly first: string | number | null;
  readonly last: string | number | null;
  /** The usual step; null where no series has two rows. */
  readonly frequency: Pick<Frequency, 'unit' | 'step'> | null;
  /** Neighbours that are more than one and a half usual steps apart. */
  readonly gaps: number;
  /** Rows at the time of the row before them. */
  readonly duplicates: number;
  /** Rows that stand in the file below a later row of their series. */
  readonly unsorted: number;
  /** Rows that say no time; they are in no other figure but `rows`. */
  readonly withoutTime: number;
}

type SeriesTable = Pick<Table, 'columns' | 'read' | 'rowsOutOfOrder'>;

const orderTypes = { date: 'date', timestamp: 'timestamp', integer: 'number', number: 'number' } as const;
type OrderType = keyof typeof orderTypes;
const keyTypes: readonly string[] = ['text', 'integer', 'boolean'];
/** Columns tried as the key of the series, when none is named. */
const maxCandidates = 5;

/** Whether rows can be ordered by a column of the type. */
export const isOrderType = (type: string): type is OrderType => Object.hasOwn(orderTypes, type);

async function profileOf(
  table: SeriesTable,
  { orderBy, groupBy }: { orderBy: string; groupBy: string | null },
): Promise<SeriesProfile> {
  const keys = { orderBy, ...(groupBy !== null && { groupBy }) };
  const { starts, order } = await table.read({ columns: [], ...keys });
  const places = order!;
  const type = table.columns.find(({ name }) => name === orderBy)!.type as OrderType;
  // Rows without a time stand at the end of their series.
  const known: number[] = [];
  const knownStarts = [0];
  let withoutTime = 0;
  for (let series = 0; series + 1 < starts.length; series++) {
    for (let row = starts[series]!; row < starts[series + 1]!; row++)
      if (Number.isNaN(places[row]!)) withoutTime += 1;
      else known.push(places[row]!);
    knownStarts.push(known.length);
  }
  const values = orderTypes[type];
  const ordered = Float64Array.from(known);
  const bounds = Uint32Array.from(knownStarts);
  const steps: number[] = [];
  for (let series = 0; series + 1 < bounds.length; series++)
    for (let row = bounds[series]! + 1; row < bounds[series + 1]!; row++)
      steps.push(ordered[row]! - ordered[row - 1]!);
  const forward = Float64Array.from(steps.filter((step) => step > 0)).sort();
  const usual = forward[(forward.length - 1) >> 1];
  const lengths = Array.from({ length: starts.length - 1 }, (_, i) => starts[i + 1]! - starts[i]!);
  const frequency = ordered.length === 0 ? null : detectFrequency(ordered, bounds, values);
  const bound = (pick: (a: number, b: number) => number): string | number | null =>
    ordered.length === 0
      ? null
      : writeOrderValue(
          ordered.reduce((a, b) => pick(a, b)),
          values,
        );
  return {
    orderBy,
    groupBy,
    series: lengths.length,
    rows: {
      min: lengths.reduce((a, b) => Math.min(a, b), Infinity),
      mean: places.length / lengths.length,
      max: lengths.reduce((a, b) => Math.max(a, b), 0),
    },
    first: bound((a, b) => Math.min(a, b)),
    last: bound((a, b) => Math.max(a, b)),
    frequency: frequency && { unit: frequency.unit, step: frequency.step },
    gaps: usual === undefined ? 0 : forward.filter((step) => step > 1.5 * usual).length,
    duplicates: steps.filter((step) => step === 0).length,
    unsorted: await table.rowsOutOfOrder(keys),
    withoutTime,
  };
}

/**
 * `orderBy` absent: the first column of dates or timestamps; null when there is none. `groupBy` absent: none, if no two rows
 * share a time, or else the first column by which none do.
 */
export async function profileSeries(
  table: SeriesTable,
  o: { orderBy?: string; groupBy?: string },
): Promise<SeriesProfile | null> {
  const orderBy =
    o.orderBy ?? table.columns.find(({ type }) => type === 'date' || type === 'timestamp')?.name;
  if (orderBy === undefined) return null;
  const alone = await profileOf(table, { orderBy, groupBy: o.groupBy ?? null });
  if (o.groupBy !== undefined || alone.duplicates === 0) return alone;
  const candidates = table.columns.filter(({ name, type }) => name !== orderBy && keyTypes.includes(type));
  for (const { name } of candidates.slice(0, maxCandidates)) {
    const grouped = await profileOf(table, { orderBy, groupBy: name });
    if (grouped.duplicates === 0 && grouped.rows.mean >= 2) return grouped;
  }
  return alone;
}

/** Which rows of each series are in which part: by time, whole series by a column, or as a column says of each row. */
import type { ForecastSpecification } from '../../engine/spec/tasks.ts';
import { partNamed, planSplit, splitCounts } from '../rows/plan-split.ts';
import { partsOfGroups } from '../rows/split.ts';
import type { SeriesStretch } from '../tables/table-series.ts';
import type { Table } from '../tables/table.ts';
import type { FieldProblem } from '../tasks/contract.ts';
import { splitSeries, type SeriesParts } from '../windows/split.ts';
import type { PartName } from '../windows/windows.ts';
import type { SeriesSummary } from './contract.ts';

/**
 * The parts of the rows of a series that are used.
 * @param series - its number, in the order of the table's series
 * @param rows - how many are used
 * @param leftOut - rows before these that are not used
 */
export type PartsOf = (series: number, rows: number, leftOut: number) => SeriesParts;

export interface SeriesDivision {
  readonly problems: readonly FieldProblem[];
  readonly partsOf: PartsOf;
}

export const divideByTime =
  ({ data }: Pick<ForecastSpecification, 'data'>): PartsOf =>
  (_series, rows) =>
    splitSeries(rows, data.split);

/** @param series - of the table, in its order */
export async function divideSeries(
  table: Table,
  specification: Pick<ForecastSpecification, 'data' | 'training'>,
  series: readonly Pick<SeriesSummary, 'key' | 'rows'>[],
): Promise<SeriesDivision> {
  const { split } = specification.data;
  if (split.column !== undefined) return divideAsGiven(table, specification, series, split.column);
  if (split.by !== undefined) return divideByGroup(table, specification, series, split.by);
  return { problems: [], partsOf: divideByTime(specification) };
}

async function divideAsGiven(
  table: Table,
  { data, training }: Pick<ForecastSpecification, 'data' | 'training'>,
  series: readonly Pick<SeriesSummary, 'key'>[],
  column: string,
): Promise<SeriesDivision> {
  const { split, group_by: groupBy, order_by: orderBy } = data;
  const counts = await splitCounts(table, split);
  const { problems } = planSplit({ split, seed: training.seed, strata: [], counts });
  if (problems.length > 0) return { problems, partsOf: divideByTime({ data }) };
  const found = await table.seriesStretches({
    column,
    ...(groupBy !== undefined && { groupBy }),
    ...(orderBy !== undefined && { orderBy }),
  });
  const stretches = found.map(partStretches);
  const torn = stretches.findIndex((own) => tornApart(own) !== null);
  if (torn !== -1) {
    const key = series[torn]?.key ?? null;
    return {
      problems: [
        {
          pointer: '/data/split/column',
          message: `expected the rows for training before those for validation, and these before those of the test, in the order of ${orderBy === undefined ? 'the file' : `"${orderBy}"`}, so that nothing is learnt from what comes after, got ${tornApart(stretches[torn]!)!}${key === null ? '' : ` in series "${key}"`}`,
        },
      ],
      partsOf: divideByTime({ data }),
    };
  }
  const ends = stretches.map((own) => {
    const rowsOf = (part: PartName): number => own.find((one) => one.part === part)?.rows ?? 0;
    const trainingEnd = rowsOf('training');
    return { trainingEnd, validationEnd: trainingEnd + rowsOf('validation') };
  });
  return {
    problems: [],
    partsOf: (index, rows, leftOut) => ({
      trainingEnd: Math.max(0, ends[index]!.trainingEnd - leftOut),
      validationEnd: Math.max(0, ends[index]!.validationEnd - leftOut),
      rows,
      ...(split.gap !== undefined && split.gap > 0 && { gap: split.gap }),
    }),
  };
}

interface PartStretch extends Omit<SeriesStretch, 'value'> {
  readonly part: PartName;
}

/** Stretches of values as those of parts, of which one may have two names. */
function partStretches(stretches: readonly SeriesStretch[]): readonly PartStretch[] {
  const byPart = new Map<PartName, PartStretch>();
  for (const { value, rows, first, last } of stretches) {
    const part = partNamed(value);
    if (part === undefined)
      throw new Error(`internal: a part ${JSON.stringify(value)} in a table that was planned`);
    const known = byPart.get(part) ?? { part, rows: 0, first, last };
    byPart.set(part, {
      part,
      rows: known.rows + rows,
      first: Math.min(known.first, first),
      last: Math.max(known.last, last),
    });
  }
  return [...byPart.values()];
}

/** What is wrong with the order of the parts of a series, its rows counted from 1; null: nothing. */
function tornApart(stretches: readonly PartStretch[]): string | null {
  const rank = { training: 0, validation: 1, test: 2 };
  for (const [index, one] of stretches.entries()) {
    const next = stretches[index + 1];
    if (next === undefined) continue;
    if (next.first < one.last || rank[next.part] < rank[one.part]) {
      const [early, late] = rank[next.part] < rank[one.part] ? [one, next] : [next, one];
      return `${early.part} in row ${early.first + 1} and ${late.part} in row ${late.last + 1}`;
    }
  }
  return null;
}

async function divideByGroup(
  table: Table,
  { data, training }: Pick<ForecastSpecification, 'data' | 'training'>,
  series: readonly Pick<SeriesSummary, 'key' | 'rows'>[],
  by: string,
): Promise<SeriesDivision> {
  const { split, group_by: groupBy } = data;
  const values = await table.seriesValues({ groupBy: groupBy!, columns: [by] });
  const torn = values.findIndex(([own]) => own!.different > 1);
  if (torn !== -1)
    return {
      problems: [
        {
          pointer: '/data/split/by',
          message: `expected one value for all rows of a series, which is in one part as a whole, got ${values[torn]![0]!.different} in series "${series[torn]!.key ?? ''}"`,
        },
      ],
      partsOf: divideByTime({ data }),
    };
  const counts = await splitCounts(table, split);
  const { problems } = planSplit({ split, seed: training.seed, strata: [], counts });
  const parts = partsOfGroups(
    counts!.map(({ rows }) => rows),
    split,
    training.seed,
  );
  const partOf = new Map(counts!.map(({ value }, group) => [value, parts[group]!]));
  return {
    problems,
    partsOf: (index, rows) => {
      const part = partOf.get(values[index]![0]!.value)!;
      return {
        trainingEnd: part === 'training' ? rows : 0,
        validationEnd: part === 'test' ? 0 : rows,
        rows,
      };
    },
  };
}

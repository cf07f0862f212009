/** The rows of a table, or its series, as the inputs of a request: what goes in is what a client would send, but for recordings, images and vectors, which are taken as they lie in the table. */
import { neededColumns } from '../../domain/batch-predictions/check-dataset.ts';
import { seriesOf } from '../../domain/batch-predictions/prediction-columns.ts';
import type { ModelVersion } from '../../domain/models/model.ts';
import type { WritingSettings } from '../../engine/spec/generation.ts';
import type { Table } from '../../datasets/tables/table.ts';
import { windowFrame } from '../../datasets/features/window-frame.ts';
import type { PredictionRequest } from '../../services/inference/routes/predictions/schemas.ts';

type Input = PredictionRequest['inputs'][number];
type Rows = NonNullable<Input['rows']>;
type Card = ModelVersion['card'];
type ForecastCard = Extract<Card, { task: 'forecast' }>;

export interface TableInput {
  readonly input: Input;
  /** Of a series: where each of its rows stands in the table. */
  readonly places?: readonly number[];
}

/** Rows that are read at a time: so many that those of like lengths can be run together. */
const rowsAtOnce = 1024;
/** The same where a text is written for each that is long, or searched for: what is done has to be kept every few seconds. */
const writtenAtOnce = 128;
/** Series that are run together: about as many as are fastest. */
const seriesAtOnce = 64;
/** Rows before a window can fill what is missing in it: of each series so many are read at most. */
const mostHistory = 100_000;

/** From a row or series on, some at a time. */
export const tableInputs = (
  table: Table,
  card: Card,
  generation: WritingSettings | null,
  from: number,
): AsyncIterable<readonly TableInput[]> =>
  seriesOf(card) === null
    ? rowInputs(table, card, isSlow(card, generation) ? writtenAtOnce : rowsAtOnce, from)
    : seriesInputs(table, card, from);

const isSlow = ({ task }: Card, generation: WritingSettings | null): boolean =>
  task === 'language_model' || (generation !== null && 'beam' in generation && generation.beam > 1);

/** How many inputs the table has. */
export async function countInputs(table: Table, card: Card, rowCount: number): Promise<number> {
  const series = seriesOf(card);
  if (series === null) return rowCount;
  const { groupBy } = series;
  return (await table.seriesStarts(groupBy === undefined ? {} : { groupBy })).length - 1;
}

/** Each lot ends at a multiple of its size, wherever it was begun: a job that goes on gives the model the same rows in the same company. */
async function* rowInputs(
  table: Table,
  card: Card,
  atOnce: number,
  from: number,
): AsyncIterable<readonly TableInput[]> {
  const names = neededColumns(card).map(({ column }) => column);
  let inputs: TableInput[] = [];
  let next = from;
  for await (const columns of table.chunks(names, { from })) {
    const rows = columns[0]?.length ?? 0;
    for (let row = 0; row < rows; row++) {
      const cells = names.map((name, place) => [name, columns[place]![row]]);
      inputs.push({ input: { row: Object.fromEntries(cells) as NonNullable<Input['row']> } });
      next++;
      if (next % atOnce !== 0) continue;
      yield inputs;
      inputs = [];
    }
  }
  if (inputs.length > 0) yield inputs;
}

async function* seriesInputs(table: Table, card: Card, from: number): AsyncIterable<readonly TableInput[]> {
  const read = card.task === 'forecast' ? forecastReading(table, card) : { columns: [], last: lastOf(card) };
  const columns = [...new Set([...neededColumns(card).map(({ column }) => column), ...read.columns])];
  let inputs: TableInput[] = [];
  for await (const { rows, places } of table.seriesRows({
    columns,
    ...seriesOf(card)!,
    last: read.last,
    from,
  })) {
    inputs.push({ input: 'inputOf' in read ? read.inputOf(rows) : { rows: rows as Rows }, places });
    if (inputs.length < seriesAtOnce) continue;
    yield inputs;
    inputs = [];
  }
  if (inputs.length > 0) yield inputs;
}

/** Rows of the end of a series that tell its label; of one whose rows are labelled, all. */
function lastOf({ task, specification: { data } }: Card): number {
  const window = (data as { window?: { length: number } }).window;
  const length = window?.length;
  return task === 'series_classification' && length !== undefined ? length : Number.MAX_SAFE_INTEGER;
}

function forecastReading(table: Table, card: ForecastCard) {
  const { data } = card.specification;
  const { length, horizon } = data.window;
  const frame = windowFrame({ inputs: data.inputs, targets: [], missing: data.missing });
  const isAhead = frame.ahead.length > 0;
  const targets = data.targets
    .map(({ column }) => column)
    .filter((name) => table.columns.some((column) => column.name === name));
  return {
    columns: targets,
    last: data.missing === 'error' ? frame.reach + length + (isAhead ? horizon : 0) : mostHistory,
    inputOf: (rows: readonly Readonly<Record<string, unknown>>[]): Input =>
      isAhead ? withFuture(rows, targets, horizon) : { rows: rows as Rows },
  };
}

/** Rows at the end whose targets are all missing are those to come: of them what is known ahead is read. */
function withFuture(
  rows: readonly Readonly<Record<string, unknown>>[],
  targets: readonly string[],
  horizon: number,
): Input {
  let end = rows.length;
  while (end > 0 && targets.length > 0 && targets.every((name) => rows[end - 1]![name] === null)) end--;
  return { rows: rows.slice(0, end) as Rows, future: rows.slice(end, end + horizon) as Rows };
}

/** Forecasts, row by row: each row goes in as a row of a window does, by the code that made the training windows, and a forecast from there comes out. */
import { takesHoles, type WindowFrame } from '../../../datasets/features/window-frame.ts';
import type { ForecastCard } from '../../../domain/models/forecast-card.ts';
import type { FieldError } from '../../../domain/errors/unroll-error.ts';
import type { Value } from '../../../engine/runtime/session.ts';
import { isFromWindow, scalingOf } from '../../../engine/spec/scaling.ts';
import { escapePointer } from '../../http/pointer.ts';
import { derivedModel } from '../derived/derivation.ts';
import { forecastPresenter } from '../routes/predictions/forecasts.ts';
import { refuseAll } from '../routes/predictions/refuse.ts';
import type { ForecastPrediction } from '../routes/predictions/schemas.ts';
import { cell, type Row } from '../routes/predictions/cells.ts';
import { readOrder } from '../routes/predictions/series-order.ts';
import { windowReader, type WindowReader } from '../routes/predictions/window-reader.ts';
import type { Results } from '../sessions/messages.ts';
import { floats } from '../sessions/outputs.ts';
import { answersOf, carriedFeeds, nextStates } from './carry.ts';
import { byRow, ofSteps, readOneSeries } from './series-of-stream.ts';
import { networkStateBytes, notCarried, strangers, type Stepper } from './stepper.ts';
import type { StreamState } from './stream-state.ts';

const frameOf = (card: ForecastCard): WindowFrame => windowReader(card).frame;

/** Rows that are remembered: as many as lags reach back, and one at least where holes are filled from it. */
const rowsKept = ({ reach, missing }: WindowFrame): number => Math.max(reach, takesHoles(missing) ? 1 : 0);

function refusal(card: ForecastCard): string | null {
  const { architecture, data, model } = card.specification;
  if (architecture === 'encoder_decoder')
    return 'expected sequence_to_vector or sequence_to_sequence, which answer after every row, got encoder_decoder, which reads a whole window first';
  const why = notCarried(model);
  if (why !== null) return why;
  const { per } = scalingOf(data.scaling);
  if (isFromWindow(per))
    return `expected scaling per training or per series, got scaling per ${per}, whose figures need the whole window`;
  if (frameOf(card).ahead.length > 0)
    return 'expected no inputs that are known_ahead, got some: every row of a window reads the numbers that are ahead of its end';
  return null;
}

export const forecastSteps: Stepper<ForecastCard> = {
  refusal,
  model: (version, card) => derivedModel(version, { kind: 'steps', card }),
  stateBytes: (card) => {
    const frame = frameOf(card);
    return networkStateBytes(card.specification.model) + rowsKept(frame) * frame.width * 8;
  },
  step: async (request, card, state, run) => {
    const read = readRows(request.rows, strangers(request, ['rows']), card, state);
    const { rows, from, x, warnings } = read;
    const { numbersOf } = windowReader(card);
    if (x === null)
      return {
        state: { tensors: state.tensors, series: read.series },
        steps: rows.length,
        outputs: wanted(
          request,
          rows.map(() => null),
        ),
      };
    const results = await run({
      x,
      ...carriedFeeds(card, state),
      ...(numbersOf && { series: numbersOf([read.series.key]) }),
    });
    const told = request.outputs === 'last' ? 1 : rows.length - from;
    const outputs = [
      ...rows.slice(0, request.outputs === 'last' ? 0 : from).map(() => null),
      ...present(results, rows, told, { key: read.series.key, warnings }, card),
    ];
    return { state: { tensors: nextStates(results), series: read.series }, steps: rows.length, outputs };
  },
};

const wanted = <Output>({ outputs }: { outputs?: 'all' | 'last' }, all: Output[]): Output[] =>
  outputs === 'last' ? all.slice(-1) : all;

/** Throws `validation_failed`. @returns x [1,T,C] of the rows from `from` on, which have all rows before them that lags reach back to; null where none has */
function readRows(
  given: readonly Row[] | undefined,
  errors: FieldError[],
  card: ForecastCard,
  { series: before }: StreamState,
): {
  readonly rows: readonly Row[];
  readonly from: number;
  readonly x: Value | null;
  readonly series: NonNullable<StreamState['series']>;
  readonly warnings: readonly FieldError[];
} {
  const { data } = card.specification;
  const reader = windowReader(card);
  const { frame } = reader;
  const pointer = '/rows';
  const rows = given ?? [];
  if (given === undefined)
    errors.push({ pointer, message: 'expected the next rows of the series, got none' });
  if (frame.missing === 'interpolate') refuseHoles(rows, frame, errors);
  const [outOfOrder, warnings]: [FieldError[], FieldError[]] = [[], []];
  const { last, times } = readOrder(rows, reader.order, pointer, outOfOrder, before?.last);
  const kept = reader.keep(
    rows,
    {
      pointer,
      firstUsed: 0,
      times,
      before: before && before.kept.length > 0 ? before.kept.subarray(-frame.width) : undefined,
    },
    { errors, warnings },
  );
  errors.push(...outOfOrder);
  const key = readOneSeries(rows, data.group_by, before, errors);
  refuseAll(errors);

  const earlier = before?.kept ?? new Float64Array();
  const all = new Float64Array(earlier.length + kept.length);
  all.set(earlier);
  all.set(kept, earlier.length);
  const total = (before?.rows ?? 0) + rows.length;
  const from = Math.min(Math.max(0, frame.reach - (before?.rows ?? 0)), rows.length);
  return {
    rows,
    from,
    x: from < rows.length ? stepsOf(reader, all, rows.length - from) : null,
    series: { rows: total, kept: all.slice(-rowsKept(frame) * frame.width || all.length), key, last },
    warnings,
  };
}

/** [1,steps,C] of the last so many rows. */
function stepsOf(reader: WindowReader, kept: Float64Array, steps: number): Value {
  const { width } = reader;
  const data = new Float32Array(steps * width);
  reader.writeSteps(kept, steps, data, 0);
  return { data, dims: [1, steps, width] };
}

/** In a window a hole lies on a line to the next number, which a stream does not know yet. */
function refuseHoles(rows: readonly Row[], { columns }: WindowFrame, errors: FieldError[]): void {
  rows.forEach((row, index) => {
    for (const column of columns)
      if ((cell(row, column) ?? null) === null)
        errors.push({
          pointer: `/rows/${index}/${escapePointer(column)}`,
          message:
            'expected a number (missing values are interpolated to rows that a stream has not seen yet), got nothing',
        });
  });
}

/** Of the last `told` rows, what a prediction would say whose window ends with each. */
function present(
  results: Results,
  rows: readonly Row[],
  told: number,
  {
    key: series,
    warnings,
  }: {
    readonly key: NonNullable<StreamState['series']>['key'];
    readonly warnings: readonly FieldError[];
  },
  { specification, frequency }: ForecastCard,
): ForecastPrediction[] {
  const { order_by: orderBy } = specification.data;
  const steps = floats(results, 'y').dims[1]!;
  const ofTold = Object.fromEntries(
    Object.keys(answersOf(results)).map((name) => {
      const { data, dims } = floats(results, name);
      const size = data.length / steps;
      return [name, { data: data.subarray((steps - told) * size), dims: [told, ...dims.slice(2)] }];
    }),
  );
  const first = rows.length - told;
  const warningsOf = byRow(warnings);
  const read = rows.slice(first).map((row, index) => ({
    input: first + index,
    series,
    last: orderBy === undefined ? null : (cell(row, orderBy) ?? null),
    warnings: warningsOf.get(first + index) ?? [],
  }));
  return ofSteps('rows', () => {
    const tell = forecastPresenter(ofTold, read, {
      specification: { ...specification, architecture: 'sequence_to_vector' },
      frequency,
    });
    return read.map((_, index) => tell(index));
  });
}

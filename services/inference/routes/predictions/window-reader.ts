/**
 * Rows of a request → what is kept of them, and from that the numbers of a window's steps, by the code that made the training windows. One for the windows of
 * predictions and for the steps of streams.
 */
import type { Encoded } from '../../../../datasets/features/feature.ts';
import { featureEncoder } from '../../../../datasets/features/table.ts';
import {
  fileChannels,
  readChannel,
  rowKeeper,
  takesHoles,
  windowFrame,
  type WindowFrame,
} from '../../../../datasets/features/window-frame.ts';
import type { Value } from '../../../../datasets/tables/cells.ts';
import type { FieldError } from '../../../../domain/errors/unroll-error.ts';
import type { FittedFeature } from '../../../../domain/models/fitted-features.ts';
import type { ForecastCard } from '../../../../domain/models/forecast-card.ts';
import type { IntegerValue } from '../../../../engine/runtime/session.ts';
import { isInput, type NumbersInput } from '../../../../engine/spec/inputs.ts';
import { columnScaling } from '../../../../engine/spec/scaling.ts';
import { escapePointer } from '../../../http/pointer.ts';
import { preview } from '../../../http/preview.ts';
import { cell, readCell, type Place, type Row, type Scalar } from './cells.ts';
import type { Order } from './series-order.ts';

export type WindowCard = Pick<ForecastCard, 'specification' | 'frequency' | 'features'>;

export interface WindowReader {
  readonly frame: WindowFrame;
  /** Numbers of a step in the model's file, in their own units, then ids. */
  readonly width: number;
  readonly order: Order | null;
  /** The number of each series among those of training, −1 for others; null where the model's file does not ask. */
  readonly numbersOf: ((series: readonly Scalar[]) => IntegerValue) | null;
  /** Whether the model's file asks for the series, and training had none of this name. */
  readonly isNewSeries: (series: Scalar) => boolean;
  /** Whether a column that goes in is scaled as logarithms. */
  readonly isLog: (column: string) => boolean;
  /** All rows as training keeps them, [rows, frame.width]; values at fault, and those that count as something else than they say, are told. */
  keep(rows: readonly Row[], o: KeepOptions, told: Told): Float64Array;
  /** Writes the last so many steps of kept rows, [steps, width], to `into` from `at` on. */
  writeSteps(kept: Float64Array, steps: number, into: Float32Array, at: number): void;
}

interface KeepOptions {
  /** Of the rows. */
  readonly pointer: string;
  /** Rows before it are history: what is missing there spoils nothing. */
  readonly firstUsed: number;
  /** Of each row (see readOrder). */
  readonly times: Float64Array | null;
  /** The row that was kept last, where these go on from others. */
  readonly before?: Float64Array | undefined;
}

interface Told {
  readonly errors: FieldError[];
  /** Of categories that count as unknown, in the rows that are used. */
  readonly warnings: FieldError[];
}

/** Readers of models in use: what they know of the columns costs more to make than a prediction. Forgotten with their cards. */
const readers = new WeakMap<object, WindowReader>();

export function windowReader(card: WindowCard): WindowReader {
  const known = readers.get(card.specification);
  if (known !== undefined) return known;
  const made = makeReader(card);
  readers.set(card.specification, made);
  return made;
}

function makeReader({ specification: { data }, frequency, features }: WindowCard): WindowReader {
  const frame = windowFrame({ inputs: data.inputs, targets: [], missing: data.missing });
  const channels = fileChannels(frame);
  const scalings = new Map(
    data.inputs
      .filter((input): input is NumbersInput => isInput(input, 'numbers'))
      .map((input) => [input.column, columnScaling(data, input)]),
  );
  const isLog = (column: string): boolean => (scalings.get(column) ?? columnScaling(data)) === 'log';
  const columns = frame.columns.map((name) => ({
    name,
    knownPlace: frame.knownPlaceOf(name),
    least: isLog(name) ? 0 : -Infinity,
  }));
  const categories = (features?.categories ?? []).map((feature) => ({
    feature,
    encode: featureEncoder(feature),
  }));

  const knownSeries = features?.series === undefined ? null : new Set(features.series);

  return {
    frame,
    width: channels.length,
    order:
      data.order_by === undefined || frequency === null
        ? null
        : { column: data.order_by, values: frequency.values },
    numbersOf: features?.series === undefined ? null : numbering(features.series),
    isNewSeries: (series) => knownSeries !== null && !knownSeries.has(String(series)),
    isLog,
    keep: (rows, { pointer, firstUsed, times, before }, { errors, warnings }) => {
      const { width } = frame;
      const kept = new Float64Array(rows.length * width);
      const keeper = rowKeeper(frame, before);
      const values = new Float64Array(columns.length + categories.length);
      for (let index = 0; index < rows.length; index++) {
        const row = rows[index]!;
        const place = {
          pointer: `${pointer}/${index}`,
          errors,
          ...(index >= firstUsed && { warnings }),
        };
        for (let at = 0; at < categories.length; at++)
          values[columns.length + at] = readId(categories[at]!, row, place);
        for (let place = 0; place < columns.length; place++) {
          const { name, least } = columns[place]!;
          const value = cell(row, name);
          values[place] = typeof value === 'number' ? value : NaN;
          if (typeof value === 'number' && value >= least && Number.isFinite(Math.fround(value))) continue;
          const message = faultOf(value, frame, index >= firstUsed, rows.length - firstUsed);
          if (message !== null)
            errors.push({ pointer: `${pointer}/${index}/${escapePointer(name)}`, message });
        }
        keeper.keep(values, times === null ? null : times[index]!, kept, index * width);
        if (!takesHoles(frame.missing) || frame.missing === 'drop' || index < firstUsed) continue;
        for (const { name, knownPlace } of columns)
          // what is missing before the first known value has nothing to be filled with
          if (Number.isNaN(kept[index * width + knownPlace]!) && (cell(row, name) ?? null) === null)
            errors.push({
              pointer: `${pointer}/${index}/${escapePointer(name)}`,
              message: 'expected a number here or in a row before, got nothing to repeat',
            });
      }
      return kept;
    },
    writeSteps: (kept, steps, into, at) => {
      const end = kept.length / frame.width;
      const numbers = new Float64Array(steps);
      for (let index = 0; index < channels.length; index++) {
        readChannel(frame, channels[index]!, kept, [end - steps, end], numbers);
        for (let t = 0; t < steps; t++) into[at + t * channels.length + index] = numbers[t]!;
      }
    },
  };
}

function numbering(keys: readonly string[]): (series: readonly Scalar[]) => IntegerValue {
  const numbers = new Map(keys.map((key, index) => [key, BigInt(index)]));
  return (series) => ({
    data: BigInt64Array.from(series, (key) => numbers.get(String(key)) ?? -1n),
    dims: [series.length],
  });
}

/** The id of a category; 0 where it is at fault. */
function readId(
  { feature, encode }: { feature: FittedFeature; encode: ReturnType<typeof featureEncoder> },
  row: Row,
  place: Place,
): number {
  // read and encoded at once, as all categories are
  const value = readCell(feature, cell(row, feature.column), place) as Value | undefined;
  return value === undefined ? 0 : (encode(value) as Encoded)[0]!;
}

/** What is wrong with a value that is no number as the column has them; null: it is missing where it may be. */
function faultOf(
  value: Row[string] | undefined,
  { missing }: WindowFrame,
  isUsed: boolean,
  used: number,
): string | null {
  if ((value ?? null) === null && takesHoles(missing))
    return missing === 'drop' && isUsed
      ? `expected a number in the ${used} rows that are used, got nothing`
      : null;
  if (typeof value !== 'number') return `expected a number, got ${preview(value)}`;
  return Number.isFinite(Math.fround(value))
    ? `expected a number of at least 0, since scaling is log, got ${value}`
    : `expected a finite number that float32 can hold, got ${value}`;
}

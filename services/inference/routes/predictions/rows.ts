/** Rows of a request → what the model's file takes, read as the model was taught to read them. */
import { rowEncoder, rowShape, type EncodedRow } from '../../../../datasets/features/row.ts';
import { rowFeeds } from '../../../../datasets/features/row-feeds.ts';
import { textEncoder, type TextFeature } from '../../../../datasets/features/vocabulary.ts';
import { featureShape, isTextFeature } from '../../../../datasets/features/table.ts';
import type { Value } from '../../../../datasets/tables/cells.ts';
import type { FittedFeature } from '../../../../domain/models/fitted-features.ts';
import type { FieldError } from '../../../../domain/errors/unroll-error.ts';
import type { RowInputs } from '../../../../engine/spec/row-inputs.ts';
import { escapePointer } from '../../../http/pointer.ts';
import { preview } from '../../../http/preview.ts';
import type { Feeds } from '../../sessions/messages.ts';
import { cell, readCell } from './cells.ts';
import { filesOf } from './form-parts.ts';
import type { InputFaults } from './input-faults.ts';
import { refuseOthers } from './refuse.ts';
import type { PredictionRequest } from './schemas.ts';

type Input = PredictionRequest['inputs'][number];
interface Card {
  readonly features: { readonly inputs: readonly FittedFeature[] };
}

interface ReadText {
  readonly index: number;
  readonly column: string;
  readonly feature: TextFeature;
  /** Whether it is longer than the network reads. */
  readonly isCut: (text: string) => boolean;
}

interface Reader {
  readonly inputs: RowInputs;
  readonly encode: ReturnType<typeof rowEncoder>;
  /** Which of the inputs is a text, if one is. */
  readonly text: ReadText | null;
}

/** Readers of models in use: their maps cost more to make than a prediction. Forgotten with their cards. */
const readers = new WeakMap<object, Reader>();

function readerOf({ features }: Card): Reader {
  const known = readers.get(features);
  if (known) return known;
  const made = {
    inputs: rowShape(features.inputs.map(featureShape)).inputs,
    encode: rowEncoder(features.inputs),
    text: textOf(features.inputs),
  };
  readers.set(features, made);
  return made;
}

export interface ReadRow {
  /** Which input of the request it is. */
  readonly input: number;
  readonly encoded: EncodedRow;
  /** What was taken for something else than it says. */
  readonly warnings: FieldError[];
}

/** @returns the inputs that are not at fault; what is wrong with others is added to `faults` */
export async function readRows(
  inputs: PredictionRequest['inputs'],
  card: Card,
  faults: InputFaults,
): Promise<readonly ReadRow[]> {
  const { encode, text } = readerOf(card);
  const read: ReadRow[] = [];
  for (const [n, input] of inputs.entries()) {
    const errors = faults[n]!;
    if (errors.length > 0) continue;
    const warnings: FieldError[] = [];
    const values = await readValues(input, n, card.features.inputs, errors, warnings);
    if (values === null || errors.length > 0) continue;
    const encoded = await encode(values);
    if (text !== null && encoded.steps === text.feature.max_length) {
      const value = values[text.index];
      if (typeof value === 'string' && text.isCut(value)) warnings.push(cutWarning(text, n, input));
    }
    read.push({ input: n, encoded, warnings });
  }
  return read;
}

function textOf(features: readonly FittedFeature[]): ReadText | null {
  const index = features.findIndex(isTextFeature);
  const feature = features[index];
  if (feature === undefined || !isTextFeature(feature)) return null;
  let encode: ReturnType<typeof textEncoder> | undefined;
  const isCut = (text: string): boolean => {
    encode ??= textEncoder({ ...feature, max_length: feature.max_length + 1 });
    return encode(text).length > feature.max_length;
  };
  return { index, column: feature.column, feature, isCut };
}

/** A text that is longer than the network reads is cut, as in training; whoever sent it is told. */
function cutWarning({ feature, column }: ReadText, n: number, { row }: Input): FieldError {
  const { max_length: most, encoding, truncate } = feature;
  const place = row === undefined ? 'text' : `row/${escapePointer(column)}`;
  const which = truncate === 'end' ? 'first' : 'last';
  return {
    pointer: `/inputs/${n}/${place}`,
    message: `expected at most ${most} ${encoding}, got more: the ${which} ${most} are read, as in training`,
  };
}

/** The values of the model's columns; null where one is wrong. */
async function readValues(
  input: Input,
  n: number,
  features: readonly FittedFeature[],
  errors: FieldError[],
  warnings: FieldError[],
): Promise<readonly Value[] | null> {
  const [only, ...others] = features;
  const takesText = only !== undefined && others.length === 0 && isTextFeature(only);
  refuseOthers(input, n, takesText ? ['row', 'text'] : ['row'], errors);
  const { row, text } = input;
  const pointer = `/inputs/${n}`;
  if (takesText && row !== undefined && text !== undefined) {
    errors.push({ pointer, message: 'expected a row or a text, got both' });
    return null;
  }
  if (takesText && text !== undefined) return [text];
  if (row === undefined) {
    const names = features.map(({ column }) => preview(column)).join(', ');
    errors.push({
      pointer,
      message: takesText
        ? `expected a row with ${names}, or a text, got neither`
        : `expected a row with ${names}, got none`,
    });
    return null;
  }
  const found: (Value | undefined)[] = [];
  const files = filesOf(row);
  const place = { pointer: `${pointer}/row`, errors, warnings, asFile: files !== undefined };
  for (const feature of features) {
    const { column } = feature;
    const value = readCell(feature, files?.get(column) ?? cell(row, column), place);
    found.push(value instanceof Promise ? await value : value);
  }
  const known = found.filter((value) => value !== undefined);
  return known.length < found.length ? null : known;
}

/** Steps that are padded to one length and run together, at most: one long text must not make a thousand short ones as long. */
const mostSteps = 2 ** 17;

/** Rows that are run together, at most: more of them fill the caches of a core, and take longer each. */
const mostRows = 64;

/** Which rows are run together: those of like lengths. */
export function groupByLength(lengths: readonly number[]): readonly (readonly number[])[] {
  const order = lengths.map((_, index) => index).sort((a, b) => lengths[a]! - lengths[b]! || a - b);
  const groups: number[][] = [];
  for (const index of order) {
    const group = groups.at(-1);
    if (group && group.length < mostRows && (group.length + 1) * lengths[index]! <= mostSteps)
      group.push(index);
    else groups.push([index]);
  }
  return groups;
}

/** The inputs of the model's file for some rows. */
export const feedRows = (rows: readonly EncodedRow[], card: Card): Feeds =>
  rowFeeds(rows, readerOf(card).inputs);

/** Rows of a series in a request → what the file of a model of labelled series takes, and its probabilities → a label of the series, or one for each row. */
import {
  seriesInputs,
  stepEncoder,
  type SeriesInputs,
  type StepEncoder,
} from '../../../../datasets/features/series-steps.ts';
import { featureShape } from '../../../../datasets/features/table.ts';
import type { Value } from '../../../../datasets/tables/cells.ts';
import type { LabelledSeriesCard } from '../../../../domain/models/labelled-series-card.ts';
import type { FieldError } from '../../../../domain/errors/unroll-error.ts';
import type { Feeds, Results } from '../../sessions/messages.ts';
import { cell, mostWarnings, readCell, type Row } from './cells.ts';
import { forInput, type InputFaults } from './input-faults.ts';
import { presentLabels } from './labels.ts';
import { refuseOthers } from './refuse.ts';
import { groupByLength } from './rows.ts';
import { readOrder, readSeriesKey } from './series-order.ts';
import type { LabelPrediction, PredictionRequest, TaggingPrediction } from './schemas.ts';

type Card = Pick<LabelledSeriesCard, 'task' | 'features' | 'specification'>;
type Prediction = LabelPrediction | TaggingPrediction;

interface Reader {
  readonly inputs: SeriesInputs;
  readonly encoder: StepEncoder;
}

/** Readers of models in use; forgotten with their cards. */
const readers = new WeakMap<object, Reader>();

function readerOf({ features }: Card): Reader {
  const known = readers.get(features);
  if (known) return known;
  const made = {
    inputs: seriesInputs(features.inputs.map(featureShape)),
    encoder: stepEncoder(features.inputs),
  };
  readers.set(features, made);
  return made;
}

/** What of a series is run as one: all of it, or a window. */
interface Piece {
  readonly input: number;
  /** [steps, width] */
  readonly encoded: Float32Array;
  readonly steps: number;
}

export async function predictSeries(
  { inputs }: PredictionRequest,
  card: Card,
  run: (feeds: Feeds) => Promise<Results>,
  faults: InputFaults,
): Promise<readonly (Prediction | undefined)[]> {
  const warnings: FieldError[][] = inputs.map(() => []);
  const pieces: Piece[] = [];
  for (const [n, input] of inputs.entries()) {
    const errors = faults[n]!;
    if (errors.length > 0) continue;
    refuseOthers(input, n, ['rows'], errors);
    const { rows = [] } = input;
    const pointer = `/inputs/${n}/rows`;
    if (rows.length === 0)
      errors.push({ pointer, message: 'expected rows of a series, oldest first, got none' });
    readSeriesKey(rows, card.specification.data.group_by, pointer, errors);
    readOrder(rows, card.features.order, pointer, errors);
    const encoded = encodeRows(rows, card, { pointer, errors, warnings: warnings[n]! });
    if (errors.length === 0) pieces.push(...piecesOf(encoded, rows.length, n, card));
  }
  const own: Prediction[][] = inputs.map(() => []);
  const made = new Array<Prediction | undefined>(pieces.length);
  for (const group of groupByLength(pieces.map(({ steps }) => steps))) {
    const results = await run(
      feedPieces(
        group.map((index) => pieces[index]!),
        card,
      ),
    );
    group.forEach((index, place) => {
      const { input, steps } = pieces[index]!;
      made[index] = forInput(faults[input]!, () => present(results, place, input, steps, card));
    });
  }
  pieces.forEach(({ input }, index) => {
    const prediction = made[index];
    if (prediction) own[input]!.push(prediction);
  });
  return own.map((parts, n) => {
    const [first] = parts;
    if (first === undefined) return undefined;
    const told = warnings[n]!.slice(0, mostWarnings);
    return {
      ...('steps' in first ? { steps: parts.flatMap((part) => ('steps' in part ? part.steps : [])) } : first),
      ...(told.length > 0 && { warnings: told }),
    };
  });
}

/** [rows, width] */
export function encodeRows(
  rows: readonly Row[],
  card: Card,
  { pointer, errors, warnings }: { pointer: string; errors: FieldError[]; warnings: FieldError[] },
): Float32Array {
  const { encoder } = readerOf(card);
  const { inputs: features } = card.features;
  const encoded = new Float32Array(rows.length * encoder.width);
  rows.forEach((row, index) => {
    const place = { pointer: `${pointer}/${index}`, errors, warnings };
    // numbers and categories are read at once
    const values = features.map(
      (feature) => readCell(feature, cell(row, feature.column), place) as Value | undefined,
    );
    if (values.every((value) => value !== undefined)) encoder.encode(values, encoded, index * encoder.width);
  });
  return encoded;
}

/** Rows beyond the model's windows: of a series the last so many tell its label, labels of rows are told window by window. */
function piecesOf(encoded: Float32Array, rows: number, input: number, card: Card): readonly Piece[] {
  const { width } = readerOf(card).encoder;
  const length = card.specification.data.window?.length ?? Infinity;
  const piece = (start: number, end: number): Piece => ({
    input,
    encoded: encoded.subarray(start * width, end * width),
    steps: end - start,
  });
  if (rows <= length) return [piece(0, rows)];
  if (card.task === 'series_classification') return [piece(rows - length, rows)];
  return Array.from({ length: Math.ceil(rows / length) }, (_, index) =>
    piece(index * length, Math.min(rows, (index + 1) * length)),
  );
}

/** The inputs of the model's file (see `rowModelInputs` of the engine). */
const feedPieces = (pieces: readonly Piece[], card: Card): Feeds => ({
  ...feedSteps(pieces, card),
  lengths: { data: BigInt64Array.from(pieces, ({ steps }) => BigInt(steps)), dims: [pieces.length] },
});

/** The same without their lengths, as the file takes them that is driven step by step. */
export function feedSteps(pieces: readonly Pick<Piece, 'encoded' | 'steps'>[], card: Card): Feeds {
  const { inputs, encoder } = readerOf(card);
  const { scaling, categories } = inputs.sequence;
  const [numbers, columns, { width }] = [scaling.mean.length, categories.length, encoder];
  const N = pieces.length;
  const T = pieces.reduce((most, { steps }) => Math.max(most, steps), 0);
  const sequence = new Float32Array(N * T * numbers);
  const ids = new BigInt64Array(N * T * columns);
  pieces.forEach(({ encoded, steps }, n) => {
    for (let t = 0; t < steps; t++) {
      const from = t * width;
      sequence.set(encoded.subarray(from, from + numbers), (n * T + t) * numbers);
      for (let i = 0; i < columns; i++) ids[(n * T + t) * columns + i] = BigInt(encoded[from + numbers + i]!);
    }
  });
  return {
    ...(numbers > 0 && { sequence: { data: sequence, dims: [N, T, numbers] } }),
    ...(columns > 0 && { categories: { data: ids, dims: [N, T, columns] } }),
  };
}

/** @param results - `probabilities` [N, labels], or [N, T, labels] */
function present(results: Results, place: number, input: number, steps: number, card: Card): Prediction {
  if (card.task === 'series_classification') return presentLabels(results, place, input, card);
  const T = results.probabilities!.dims[1]!;
  return {
    steps: Array.from({ length: steps }, (_, t) => presentLabels(results, place * T + t, input, card)),
  };
}

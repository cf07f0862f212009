/**
 * A row of a table as an example: its inputs side by side, in the order of the specification. At most one is a sequence; all others are of the row as a whole and
 * are joined to every step.
 */
import type { FittedFeature } from '../../domain/models/fitted-features.ts';
import type { CategoryInput, NumberScaling, RowInputs, SequenceInput } from '../../engine/spec/row-inputs.ts';
import type { Value } from '../tables/cells.ts';
import type { Encoded, FeatureShape } from './feature.ts';
import type { NumberScaler } from './scaler.ts';
import { featureEncoder, featureShape } from './table.ts';

export interface RowShape {
  readonly inputs: RowInputs;
  /** T: steps of an example, at most. */
  readonly steps: number;
}

export const isSequence = ({ kind }: FeatureShape): boolean => kind === 'tokens' || kind === 'sequence';

/** Numbers are read as float32 in training and in the exported file, so their scaling is too. */
export const numberScaling = (scalers: readonly NumberScaler[]): NumberScaling => ({
  mean: scalers.map(({ mean }) => Math.fround(mean)),
  std: scalers.map(({ std }) => Math.fround(std)),
  ...(scalers.some(({ log }) => log) && { log: scalers.map(({ log }) => log === true) }),
});

function sequenceOf(shape: FeatureShape): SequenceInput | null {
  if (shape.kind === 'tokens') return { kind: 'tokens', embedding: shape.embedding, padded: true };
  return shape.kind === 'sequence'
    ? { kind: 'numbers', scaling: numberScaling(shape.scalers), padded: shape.padded }
    : null;
}

/** @param shapes - of the inputs, in their order */
export function rowShape(shapes: readonly FeatureShape[]): RowShape {
  const sequence = shapes.find(isSequence);
  return {
    inputs: {
      sequence: sequence ? sequenceOf(sequence) : null,
      numbers: numberScaling(shapes.flatMap((shape) => (shape.kind === 'numbers' ? shape.scalers : []))),
      categories: shapes.flatMap((shape): CategoryInput[] =>
        shape.kind === 'one_hot' || shape.kind === 'embedding' ? [shape] : [],
      ),
    },
    steps: sequence?.kind === 'tokens' || sequence?.kind === 'sequence' ? sequence.steps : 1,
  };
}

export interface EncodedRow {
  /** Numbers [T,W] in their own units, or ids [T]; null: the example is one step. */
  readonly sequence: Encoded | null;
  readonly steps: number;
  /** Of the row, in their own units. */
  readonly numbers: Numbers;
  /** Ids of the row. */
  readonly categories: Numbers;
}

type Numbers = ArrayLike<number> & Iterable<number>;

/** @returns what encodes the values of the inputs, in their order */
export function rowEncoder(
  fitted: readonly FittedFeature[],
): (values: readonly Value[]) => Promise<EncodedRow> {
  const features = fitted.map((one) => ({ shape: featureShape(one), encode: featureEncoder(one) }));
  return async (values) => {
    let sequence: Encoded | null = null;
    let steps = 1;
    const numbers: number[] = [];
    const categories: number[] = [];
    for (const [index, { shape, encode }] of features.entries()) {
      const made = encode(values[index]!);
      const encoded = made instanceof Promise ? await made : made;
      if (shape.kind === 'tokens' || shape.kind === 'sequence') {
        sequence = encoded;
        steps = shape.kind === 'tokens' ? encoded.length : encoded.length / shape.scalers.length;
      } else if (shape.kind === 'numbers') for (const number of encoded) numbers.push(number);
      else categories.push(encoded[0]!);
    }
    return { sequence, steps, numbers, categories };
  };
}

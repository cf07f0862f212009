/**
 * A row of a table as an example: its inputs side by side, in the order of the specification. At most one is a sequence; all others are of the row as a whole and
 * are joined to every step.
 */
import type { FittedFeature } from '../../domain/models/fitted-features.ts';
import type { CategoryInput, NumberScaling, RowInputs, SequenceInput } from '../../engine/spec/row-inputs.ts';
import type { Cell } from '../tables/cells.ts';
import type { Encoded, FeatureShape } from './feature.ts';
import type { Scaler } from './scaler.ts';
import { featureEncoder, featureShape } from './table.ts';

export interface RowShape {
  readonly inputs: RowInputs;
  /** T: steps of an example, at most. */
  readonly steps: number;
}

export const isSequence = ({ kind }: FeatureShape): boolean => kind === 'tokens';

/** Numbers are read as float32 in training and in the exported file, so their scaling is too. */
const scalingOf = (scalers: readonly Scaler[]): NumberScaling => ({
  mean: scalers.map(({ mean }) => Math.fround(mean)),
  std: scalers.map(({ std }) => Math.fround(std)),
});

function sequenceOf(shape: FeatureShape): SequenceInput | null {
  return shape.kind === 'tokens' ? { kind: 'tokens', embedding: shape.embedding, padded: true } : null;
}

/** @param shapes - of the inputs, in their order */
export function rowShape(shapes: readonly FeatureShape[]): RowShape {
  const sequence = shapes.find(isSequence);
  return {
    inputs: {
      sequence: sequence ? sequenceOf(sequence) : null,
      numbers: scalingOf(shapes.flatMap((shape) => (shape.kind === 'numbers' ? shape.scalers : []))),
      categories: shapes.flatMap((shape): CategoryInput[] =>
        shape.kind === 'one_hot' || shape.kind === 'embedding' ? [shape] : [],
      ),
    },
    steps: sequence?.kind === 'tokens' ? sequence.steps : 1,
  };
}

export interface EncodedRow {
  /** Numbers [T,W] in their own units, or ids [T]; null: the example is one step. */
  readonly sequence: Encoded | null;
  readonly steps: number;
  /** Of the row, in their own units. */
  readonly numbers: readonly number[];
  /** Ids of the row. */
  readonly categories: readonly number[];
}

/** @returns what encodes the values of the inputs, in their order */
export function rowEncoder(fitted: readonly FittedFeature[]): (values: readonly Cell[]) => EncodedRow {
  const features = fitted.map((one) => ({ shape: featureShape(one), encode: featureEncoder(one) }));
  return (values) => {
    let sequence: Encoded | null = null;
    let steps = 1;
    const numbers: number[] = [];
    const categories: number[] = [];
    features.forEach(({ shape, encode }, index) => {
      const encoded = encode(values[index]!);
      if (shape.kind === 'tokens') {
        sequence = encoded;
        steps = encoded.length;
      } else if (shape.kind === 'numbers') numbers.push(...encoded);
      else categories.push(encoded[0]!);
    });
    return { sequence, steps, numbers, categories };
  };
}

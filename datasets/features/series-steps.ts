/** Rows of a series as the steps of an example: numbers and categories of each row, in the order of the specification. */
import type { FittedFeature } from '../../domain/models/fitted-features.ts';
import type { CategoryInput, RowInputs } from '../../engine/spec/row-inputs.ts';
import type { Value } from '../tables/cells.ts';
import type { Encoded, FeatureShape } from './feature.ts';
import { numberScaling } from './row.ts';
import { featureEncoder, featureShape } from './table.ts';

/** What rows of a series are to the network. */
export type SeriesInputs = RowInputs & {
  readonly sequence: Extract<RowInputs['sequence'], { kind: 'rows' }>;
};

/** @param shapes - of the inputs, in their order: numbers and categories alone */
export function seriesInputs(shapes: readonly FeatureShape[]): SeriesInputs {
  return {
    sequence: {
      kind: 'rows',
      scaling: numberScaling(shapes.flatMap((shape) => (shape.kind === 'numbers' ? shape.scalers : []))),
      categories: shapes.flatMap((shape): CategoryInput[] =>
        shape.kind === 'one_hot' || shape.kind === 'embedding' ? [shape] : [],
      ),
      padded: true,
    },
    numbers: { mean: [], std: [] },
    categories: [],
  };
}

export interface StepEncoder {
  /** Numbers in their own units, then ids. */
  readonly width: number;
  /** Writes a row to `into` from `at` on. @param values - of the inputs, in their order */
  encode(values: readonly Value[], into: Float32Array, at: number): void;
}

export function stepEncoder(fitted: readonly FittedFeature[]): StepEncoder {
  const encoders = fitted.map(featureEncoder);
  const shapes = fitted.map(featureShape);
  const numbersOf = (shape: FeatureShape): number => (shape.kind === 'numbers' ? shape.scalers.length : 0);
  const numbers = shapes.reduce((sum, shape) => sum + numbersOf(shape), 0);
  let [number, id] = [0, numbers];
  const places = shapes.map((shape) => {
    const place = shape.kind === 'numbers' ? number : id++;
    number += numbersOf(shape);
    return place;
  });
  return {
    width: id,
    encode(values, into, at) {
      encoders.forEach((encode, index) => {
        // numbers and categories are encoded at once
        into.set(encode(values[index]!) as Encoded, at + places[index]!);
      });
    },
  };
}

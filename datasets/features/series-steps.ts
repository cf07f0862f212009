/** Rows of a series as the steps of an example: numbers and categories of each row, in the order of the specification. */
import type { FittedFeature } from '../../domain/models/fitted-features.ts';
import type { CategoryInput, RowInputs } from '../../engine/spec/row-inputs.ts';
import type { Value } from '../tables/cells.ts';
import type { Encoded, FeatureShape } from './feature.ts';
import { featureEncoder, featureShape } from './table.ts';

/** What rows of a series are to the network. */
export type SeriesInputs = RowInputs & {
  readonly sequence: Extract<RowInputs['sequence'], { kind: 'rows' }>;
};

/** Numbers are read as float32 in training and in the exported file, so their scaling is too. */
const rounded = (values: readonly number[]): number[] => values.map(Math.fround);

/** @param shapes - of the inputs, in their order: numbers and categories alone */
export function seriesInputs(shapes: readonly FeatureShape[]): SeriesInputs {
  const scalers = shapes.flatMap((shape) => (shape.kind === 'numbers' ? shape.scalers : []));
  return {
    sequence: {
      kind: 'rows',
      scaling: {
        mean: rounded(scalers.map(({ mean }) => mean)),
        std: rounded(scalers.map(({ std }) => std)),
      },
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
  const isNumber = fitted.map((one) => featureShape(one).kind === 'numbers');
  const numbers = isNumber.filter(Boolean).length;
  let [number, id] = [0, numbers];
  const places = isNumber.map((one) => (one ? number++ : id++));
  return {
    width: fitted.length,
    encode(values, into, at) {
      encoders.forEach((encode, index) => {
        // numbers and categories are encoded at once
        into[at + places[index]!] = (encode(values[index]!) as Encoded)[0]!;
      });
    },
  };
}

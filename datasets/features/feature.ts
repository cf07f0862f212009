/**
 * A kind of input: what it takes from a column, what it has to know of the training rows, and what becomes of each value. The same code reads values for
 * training and for predictions; all that it knows is in what was fitted, which is JSON and stands on the model's card.
 */
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import type { FittedFeatures } from '../../domain/models/fitted-features.ts';
import type { DataSpecification } from '../../engine/spec/data.ts';
import type { RowInputKind, Inputs } from '../../engine/spec/inputs.ts';
import type { Embedding } from '../../engine/spec/network-shape.ts';
import type { Value } from '../tables/cells.ts';
import type { NumberScaler, Scaler } from './scaler.ts';

/** What a value becomes, and how it stands in the network's input. */
export type FeatureShape =
  /** As many numbers an example as there are scalers. */
  | { readonly kind: 'numbers'; readonly scalers: readonly NumberScaler[] }
  /** One id an example, from 0 to categories − 1: a number for each of them, of which one is 1. */
  | { readonly kind: 'one_hot'; readonly categories: number }
  /** One id an example, looked up in a table of learned vectors. */
  | { readonly kind: 'embedding'; readonly embedding: Embedding }
  /** The sequence: an id a step, looked up in a table of learned vectors; `steps` at most. */
  | { readonly kind: 'tokens'; readonly embedding: Embedding; readonly steps: number }
  /** The sequence: as many numbers a step as there are scalers; `padded` where lengths differ. */
  | {
      readonly kind: 'sequence';
      readonly scalers: readonly Scaler[];
      readonly steps: number;
      readonly padded: boolean;
    };

/** Numbers in their own units, or ids. */
export type Encoded = Float32Array | Uint32Array;

/** A value of the wire as a table would have it, or what was expected instead. */
export type ReadValue =
  /** `unknown`: it is no category that is known; `cut`: it is longer than the network reads, in words. */
  | { readonly value: Value; readonly unknown?: boolean; readonly cut?: string | null }
  | { readonly expected: string };

/** Values of a column, in the order of its rows, which need not be in memory together. */
export type ColumnValues = Iterable<Value> | AsyncIterable<Value>;

/** What fitting takes beside the values. */
export interface Fitting extends Pick<DataSpecification, 'scaling' | 'missing'> {
  /** Where files may lie that are not needed afterwards; the system's own folder for such files if absent. */
  readonly workFolder?: string | undefined;
}

export interface Feature<Kind extends RowInputKind> {
  /** What is wrong with the column for this input («expected X, got Y»); null: nothing. */
  readonly check: (
    input: Inputs[Kind],
    column: ColumnProfile,
    data: Pick<DataSpecification, 'scaling' | 'missing'>,
  ) => string | null;
  /** The shape before anything is fitted: no smaller than any that comes out. */
  readonly plan: (
    input: Inputs[Kind],
    column: ColumnProfile,
    data: Pick<DataSpecification, 'missing'>,
  ) => FeatureShape;
  /** @param values - of the training rows alone */
  readonly fit: (
    values: ColumnValues,
    input: Inputs[Kind],
    fitting: Fitting,
  ) => FittedFeatures[Kind] | Promise<FittedFeatures[Kind]>;
  readonly shape: (fitted: FittedFeatures[Kind]) => FeatureShape;
  readonly encoder: (fitted: FittedFeatures[Kind]) => (value: Value) => Encoded | Promise<Encoded>;
  /** @param asFile - whether files come as they are, and not in base64 */
  readonly read: (
    value: unknown,
    fitted: FittedFeatures[Kind],
    asFile?: boolean,
  ) => ReadValue | Promise<ReadValue>;
}

/**
 * What an example is made of where each row of a table is one: at most one sequence, and values of the row as a whole, which are joined to every step. Without a
 * sequence an example is one step.
 *
 * In x [T,N,I] a step is: numbers of the sequence, numbers of the row, one number for each category of its one-hot columns, the id of the
 * sequence, ids of the row.
 */
import type { Embedding, NetworkShape } from './network-shape.ts';

/** x_scaled = (f(x) − mean) / std, one of each per number; f is ln(1 + x) where `log` says so, and nothing otherwise. */
export interface NumberScaling {
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly log?: readonly boolean[];
}

/** Numbers of each step, or an id, or what rows of a series have: numbers and categories; `padded` where examples have lengths of their own. */
export type SequenceInput =
  | { readonly kind: 'numbers'; readonly scaling: NumberScaling; readonly padded: boolean }
  | { readonly kind: 'tokens'; readonly embedding: Embedding; readonly padded: boolean }
  | {
      readonly kind: 'rows';
      readonly scaling: NumberScaling;
      readonly categories: readonly CategoryInput[];
      readonly padded: boolean;
    };

/** An id of the row, from 0 to categories − 1, or one with a learned vector. */
export type CategoryInput =
  | { readonly kind: 'one_hot'; readonly categories: number }
  | { readonly kind: 'embedding'; readonly embedding: Embedding };

export interface RowInputs {
  readonly sequence: SequenceInput | null;
  readonly numbers: NumberScaling;
  readonly categories: readonly CategoryInput[];
}

/** The network that takes them. */
export function rowSizes({
  sequence,
  numbers,
  categories,
}: RowInputs): Pick<NetworkShape, 'inputSize' | 'embeddings' | 'padded'> {
  const all = [...(sequence?.kind === 'rows' ? sequence.categories : []), ...categories];
  const embeddings = [
    ...(sequence?.kind === 'tokens' ? [sequence.embedding] : []),
    ...all.flatMap((category) => (category.kind === 'embedding' ? [category.embedding] : [])),
  ];
  const oneHot = all.reduce((sum, one) => sum + (one.kind === 'one_hot' ? one.categories : 0), 0);
  const ofSequence = sequence === null || sequence.kind === 'tokens' ? 0 : sequence.scaling.mean.length;
  return {
    inputSize: ofSequence + numbers.mean.length + oneHot + embeddings.length,
    ...(embeddings.length > 0 && { embeddings }),
    ...(sequence?.padded === true && { padded: true }),
  };
}

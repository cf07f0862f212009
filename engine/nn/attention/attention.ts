/** Looking at the outputs of an encoder: a score for each step, weights that add up to 1, and the weighted mean. */
import { add, matmul, multiply, reshape, scalar, softmax, subtract, transpose } from '../../graph/ops.ts';
import type { Tensor } from '../../graph/tensor.ts';

export interface AttentionSizes {
  /** H: of the state that looks. */
  readonly query: number;
  /** W: of the outputs that are looked at. */
  readonly memory: number;
  /** A: of what is compared, where the score has a size of its own. */
  readonly size: number;
}

/** A way to score. */
export interface Attention {
  readonly parameters: (
    sizes: AttentionSizes,
  ) => readonly { readonly name: string; readonly shape: readonly [rows: number, columns: number] }[];
  /** What is compared with, made once of the memory [N,T,W]. */
  readonly keys: (parameter: (name: string) => Tensor | undefined, memory: Tensor) => Tensor;
  /**
   * @param query - [H,N]
   * @returns [N,1,T]
   */
  readonly scores: (parameter: (name: string) => Tensor | undefined, query: Tensor, keys: Tensor) => Tensor;
}

export interface Memory {
  /** [N,T,W] */
  readonly values: Tensor;
  /** Made of the values by the attention. */
  readonly keys: Tensor;
  /** [N,T]: 1 for steps that may be looked at, 0 for padding; all may if absent. */
  readonly mask?: Tensor;
}

/** So far below every score that e^x is exactly 0 beside it, and still finite: where all is padding, weights are equal and no NaN. */
const unseen = 1e9;

/**
 * @param query - [H,N]
 * @returns context [W,N] = Σ_t weight_t · value_t, and the weights [N,1,T]
 */
export function attend(
  attention: Attention,
  parameter: (name: string) => Tensor | undefined,
  query: Tensor,
  { values, keys, mask }: Memory,
): { context: Tensor; weights: Tensor } {
  const [N, T, W] = values.shape as [string, string, number];
  const scores = attention.scores(parameter, query, keys);
  const seen = mask
    ? add(scores, multiply(subtract(reshape(mask, [N, 1, T]), scalar(1)), scalar(unseen)))
    : scores;
  const weights = softmax(seen, 2);
  return { context: transpose(reshape(matmul(weights, values), [N, W]), [1, 0]), weights };
}

/** [H,N] → [N,1,H]. */
export const asRows = (query: Tensor): Tensor =>
  reshape(transpose(query, [1, 0]), [query.shape[1]!, 1, query.shape[0]!]);

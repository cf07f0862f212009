/** Where ONNX nodes are written: one graph (the program's, or the body of a loop), with constants kept in the outermost. */
import type { Dimension, Shape } from '../dimensions.ts';

export type AttributeValue =
  | number
  | readonly number[]
  | string
  | SubGraph
  | { readonly floats: readonly number[] }
  | { readonly strings: readonly string[] };

/** A body that is an attribute of its loop. */
export interface SubGraph {
  readonly subGraph: object;
}

export interface OnnxScope {
  /** Adds a node; answers the names of its outputs. */
  node(
    type: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, AttributeValue>>,
    outputCount?: number,
  ): readonly string[];
  /** A float32 constant. */
  floats(data: readonly number[], shape: readonly number[]): string;
  /** A float32 constant with a name of its own. */
  weights(name: string, data: Float32Array, shape: readonly number[]): string;
  /** An int64 vector. */
  integers(data: readonly number[]): string;
  /** An int64 vector that holds a shape. */
  shape(shape: Shape): string;
  /** The same for Reshape, which can work out one size by itself. */
  reshapeTo(shape: Shape): string;
  /** A dimension as a float32 scalar. */
  dimensionAsFloat(dimension: Dimension): string;
}

/** What an exported model is made of. */
import type { NetworkShape } from '../spec/network-shape.ts';

/** x_scaled = (x − mean) / std, one of each per column. */
export interface ColumnScaling {
  readonly mean: ArrayLike<number>;
  readonly std: ArrayLike<number>;
}

export interface ExportOptions {
  readonly network: NetworkShape;
  /** [P], in the order of parameterLayout. */
  readonly parameters: Float32Array;
  readonly horizon: number;
  /** Of the I input columns. */
  readonly inputScaling: ColumnScaling;
  /** Of the target columns. */
  readonly outputScaling: ColumnScaling;
  /** Becomes the file's metadata_props. */
  readonly metadata: Readonly<Record<string, string>>;
}

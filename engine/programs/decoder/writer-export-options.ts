/** What the files of a network that writes sequences are made of. */
import { add, constant, divide, multiply, subtract } from '../../graph/ops.ts';
import type { Tensor } from '../../graph/tensor.ts';
import type { WriterShape } from '../../spec/decoder-shape.ts';
import type { RowInputs } from '../../spec/row-inputs.ts';
import type { ColumnScaling } from '../export-options.ts';
import { trainedWeights } from '../trained-weights.ts';
import type { Tensors } from './decoder-step.ts';
import { writerLayout } from './writer-parameters.ts';

export interface WriterExportOptions {
  readonly writer: WriterShape;
  /** [P], in the order of writerLayout. */
  readonly parameters: Float32Array;
  /** Steps that are written at most, the end counted; of numbers, exactly so many. */
  readonly maxSteps: number;
  /** What is read as rows of a table have it, instead of `x`: with scaling, one-hot and embeddings inside. */
  readonly rows?: RowInputs;
  /** Whether `x` has the vectors of what it reads instead of the ids that stand for them. */
  readonly lookedUp?: boolean;
  /** Of the numbers of `x`, ids left as they are; none if absent. */
  readonly inputScaling?: ColumnScaling;
  /** Of numbers that are written. */
  readonly outputScaling?: ColumnScaling;
  /** Whether the whole file tells its states, gates and attention, too (see trace.ts). */
  readonly trace?: boolean;
  /** Becomes the files' metadata_props. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The trained parameters, under their own names. */
export const trained = ({ writer, parameters }: WriterExportOptions): Tensors =>
  trainedWeights(writerLayout(writer), parameters);

const column = (values: ArrayLike<number>): Tensor => constant(Array.from(values), [values.length]);
export const scaled = (x: Tensor, scaling: ColumnScaling | undefined): Tensor =>
  scaling ? divide(subtract(x, column(scaling.mean)), column(scaling.std)) : x;
export const unscaled = (x: Tensor, scaling: ColumnScaling | undefined): Tensor =>
  scaling ? add(multiply(x, column(scaling.std)), column(scaling.mean)) : x;

/** What the training loop needs of data for networks that write sequences: examples by number, read into buffers that it owns. */
import type { Value } from '../runtime/session.ts';
import { writtenSize, type WriterShape } from '../spec/decoder-shape.ts';
import { within, type ExampleSource } from './example-source.ts';

export interface SequenceSource {
  /** How many examples there are. */
  readonly count: number;
  /** T: steps that are read, of the longest example; 1 where a vector is read. */
  readonly steps: number;
  /** Steps that are read of each example, from 1 to T, where they differ: the encoder is `padded` then. */
  readonly lengths?: ArrayLike<number>;
  /** S: steps that are written, of the longest example, the end of symbols counted. */
  readonly writtenSteps: number;
  /** Steps that are written of each example, from 1 to S, where they differ. */
  readonly writtenLengths?: ArrayLike<number>;
  /**
   * Writes what these N examples read to `x` [T,N,I] (a vector: [N,I]; 0 behind the end), what they are to write to `y` [S,N,O] (ids, the end included), and
   * of numbers what the first step goes on from to `first` [N,O]. Behind the end `y` is filled with what counts for nothing. `weights` [S,N] come as 1 up to the end of each
   * example and 0 behind it, and may be changed. The lengths of x and y say how many steps are wanted.
   */
  read(examples: Uint32Array, into: SequenceBuffers): void;
}

export interface SequenceBuffers {
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly first: Float32Array;
  readonly weights: Float32Array;
}

/** Inputs by the names of writerInputs. */
export function sequenceExamples(writer: WriterShape, source: SequenceSource): ExampleSource {
  const { count, steps, lengths, writtenSteps, writtenLengths } = source;
  const { writes } = writer.decoder;
  const isVector = writer.architecture === 'vector_to_sequence';
  const I = isVector ? writer.vectorSize : writer.encoder.inputSize;
  const padded = !isVector && writer.encoder.padded === true;
  const O = writtenSize(writer.decoder);
  return {
    count,
    longest: { T: steps, S: writtenSteps },
    lengths: { ...(lengths && { T: lengths }), ...(writtenLengths && { S: writtenLengths }) },
    numbersPerExample: steps * (I + 1) + writtenSteps * (2 * O + 1),
    read(batches) {
      const { examples, N, leading } = batches;
      const { T, S } = batches.steps;
      const total = examples.length;
      const x = new Float32Array(total * T * I);
      const y = new Float32Array(total * S * O);
      const first = new Float32Array(total * O);
      const weights = writtenLengths
        ? within(writtenLengths, S, batches)
        : new Float32Array(total * S).fill(1);
      if (writes.type === 'tokens') {
        y.fill(writes.pad);
        first.fill(writes.start);
      }
      const previous = new Float32Array(y.length);
      for (let start = 0; start < total; start += N) {
        const own = (part: Float32Array, size: number) => part.subarray(start * size, (start + N) * size);
        source.read(examples.subarray(start, start + N), {
          x: own(x, T * I),
          y: own(y, S * O),
          first: own(first, O),
          weights: own(weights, S),
        });
        // each step goes on from what was to be written at the step before
        own(previous, S * O).set(own(first, O));
        own(previous, S * O).set(own(y, S * O).subarray(0, (S - 1) * N * O), N * O);
      }
      const inputs: Record<string, Value> = {
        x: { data: x, dims: isVector ? [...leading, N, I] : [...leading, T, N, I] },
        previous: { data: previous, dims: [...leading, S, N, O] },
        y: { data: y, dims: [...leading, S, N, O] },
        weights: { data: weights, dims: [...leading, S, N, 1] },
      };
      if (padded)
        inputs.mask = {
          data: lengths ? within(lengths, T, batches) : new Float32Array(total * T).fill(1),
          dims: [...leading, T, N],
        };
      return inputs;
    },
  };
}

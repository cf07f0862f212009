/**
 * The files of a network that writes sequences. One writes whole sequences by itself; two more, a reading and a single step with its state as input
 * and output, let any host drive beam search or sampling. Batch and time are free dimensions.
 */
import { emitGraph } from '../../graph/onnx/emit.ts';
import { encodeModel, type OnnxGraph } from '../../graph/onnx/proto.ts';
import { fill, input, logSoftmax, transpose } from '../../graph/ops.ts';
import { optimize } from '../../graph/passes/optimize.ts';
import { readingInputs, startTensors, stepInputs, stepTensors } from './decoding-programs.ts';
import { scaled, trained, unscaled, type WriterExportOptions } from './writer-export-options.ts';
import { withLoop } from './writing-loop.ts';

export interface WriterFiles {
  /**
   * Inputs `x` [batch,time,I] (a vector: [batch,I]), of a padded encoder `mask` [batch,time], of numbers `first` [batch,O], what to go on from. Outputs
   * `y` [batch,steps], ids as floats, the likeliest symbol at each step up to the end and padding behind it, and `log_probability` [batch]; or
   * `y` [batch,steps,O].
   */
  readonly model: Uint8Array;
  /** Inputs `x`, `mask`; outputs `state` [batch,D] and, with attention, `memory` and `keys`. */
  readonly read: Uint8Array;
  /**
   * Inputs `written` [batch] or [batch,O], `state`, and of `memory`, `keys`, `mask` and `vector` (x as it was read) those that the network needs; outputs
   * `next_state` and `log_probabilities` [batch,V] or `numbers` [batch,O].
   */
  readonly step: Uint8Array;
}

export function exportWriter(options: WriterExportOptions): WriterFiles {
  const { metadata } = options;
  return {
    model: encodeModel(withLoop(options, readGraph(options, 'given')), metadata),
    read: encodeModel(readGraph(options), metadata),
    step: encodeModel(stepGraph(options), metadata),
  };
}

/** @param whole - with what a loop of steps starts from beside the state: numbers that are given, or 0 */
export function readGraph(options: WriterExportOptions, whole: 'given' | 'zero' | null = null): OnnxGraph {
  const { writer, inputScaling, outputScaling } = options;
  const { x, mask } = readingInputs(writer);
  const found = startTensors(writer, trained(options), scaled(x, inputScaling), mask);
  const { writes } = writer.decoder;
  const first =
    whole === 'given' && writes.type === 'numbers' ? input('first', ['batch', writes.size]) : null;
  const outputs = [...found].filter(([name]) => name !== 'mask' && (name !== 'vector' || whole !== null));
  return emitGraph(
    optimize({
      inputs: [x, ...(mask ? [mask] : []), ...(first ? [first] : [])],
      outputs: [
        ...outputs.map(([name, tensor]) => ({ name, tensor })),
        ...(first ? [{ name: 'written', tensor: scaled(first, outputScaling) }] : []),
        ...(whole === 'zero' && writes.type === 'numbers'
          ? [{ name: 'written', tensor: fill(0, ['batch', writes.size]) }]
          : []),
        ...(whole && writes.type === 'tokens'
          ? [
              { name: 'written', tensor: fill(writes.start, ['batch']) },
              { name: 'finished', tensor: fill(0, ['batch']) },
              { name: 'score', tensor: fill(0, ['batch']) },
            ]
          : []),
      ],
    }),
    writer.architecture,
  );
}

function stepGraph(options: WriterExportOptions): OnnxGraph {
  const { writer, inputScaling, outputScaling } = options;
  const { writes } = writer.decoder;
  const inputs = stepInputs(writer);
  const written = inputs.get('written')!;
  const given = new Map(inputs);
  if (writes.type === 'numbers') given.set('written', scaled(written, outputScaling));
  const vector = inputs.get('vector');
  if (vector) given.set('vector', scaled(vector, inputScaling));
  const { state, output } = stepTensors(writer, trained(options), given);
  const rows = transpose(output, [1, 0]);
  return emitGraph(
    optimize({
      inputs: [...inputs.values()],
      outputs: [
        { name: 'next_state', tensor: state },
        writes.type === 'tokens'
          ? { name: 'log_probabilities', tensor: logSoftmax(rows, 1) }
          : { name: 'numbers', tensor: unscaled(rows, outputScaling) },
      ],
    }),
    `${writer.architecture}_step`,
  );
}

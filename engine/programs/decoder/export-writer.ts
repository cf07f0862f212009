/**
 * The files of a network that writes sequences. One writes whole sequences by itself; two more, a reading and a single step with its state as input
 * and output, let any host drive beam search or sampling. Batch and time are free dimensions.
 */
import { emitGraph } from '../../graph/onnx/emit.ts';
import { encodeModel, type OnnxGraph } from '../../graph/onnx/proto.ts';
import { prepend } from '../../graph/onnx/chain.ts';
import { fill, input, logSoftmax, reshape, transpose } from '../../graph/ops.ts';
import { optimize } from '../../graph/passes/optimize.ts';
import type { Tensor } from '../../graph/tensor.ts';
import type { WriterShape } from '../../spec/decoder-shape.ts';
import type { RowInputs } from '../../spec/row-inputs.ts';
import { rowInputsGraph } from '../export-row-inputs.ts';
import { embeddedSize } from '../parameters.ts';
import { collectTraces, type LayerTracer } from '../trace.ts';
import { readingInputs, startTensors, stepInputs, stepTensors } from './decoding-programs.ts';
import { scaled, trained, unscaled, type WriterExportOptions } from './writer-export-options.ts';
import { vectorStep, writerLayout } from './writer-parameters.ts';
import { withLoop } from './writing-loop.ts';

export interface WriterFiles {
  /**
   * Inputs `x` [batch,time,I] (a vector: [batch,I]), of a padded encoder `mask` [batch,time], of numbers `first` [batch,O], what to go on from; of rows instead
   * those of `rowModelInputs`, and numbers go on from 0, the middle of the scaled ones. Outputs `y` [batch,steps], ids as floats, the likeliest symbol at each
   * step up to the end and padding behind it, and `log_probability` [batch]; or `y` [batch,steps,O].
   */
  readonly model: Uint8Array;
  /** The same inputs, but for `first`; outputs `state` [batch,D] and those of `memory`, `keys`, `mask` (of rows) and `vector` that the network needs. */
  readonly read: Uint8Array;
  /**
   * Inputs `written` [batch] or [batch,O], `state`, and of `memory`, `keys`, `mask` and `vector` those that the network needs, as the reading gave them; outputs
   * `next_state` and `log_probabilities` [batch,V] or `numbers` [batch,O].
   */
  readonly step: Uint8Array;
}

export function exportWriter(options: WriterExportOptions): WriterFiles {
  const { metadata } = options;
  return {
    model: encodeModel(wholeGraph(options), metadata),
    read: encodeModel(readGraph(options), metadata),
    step: encodeModel(stepGraph(options), metadata),
  };
}

/** The file that writes whole sequences by itself, alone. */
export const exportWholeWriter = (options: WriterExportOptions): Uint8Array =>
  encodeModel(wholeGraph(options), options.metadata);

const wholeGraph = (options: WriterExportOptions): OnnxGraph =>
  withLoop(options, readGraph(options, options.rows ? 'zero' : 'given'));

/** @param whole - with what a loop of steps starts from beside the state: numbers that are given, or 0 */
export function readGraph(options: WriterExportOptions, whole: 'given' | 'zero' | null = null): OnnxGraph {
  const { writer, rows, outputScaling } = options;
  const traces = collectTraces('encoder');
  const tracer = whole && options.trace ? traces.tracer : undefined;
  const { inputs, found } = rows ? readsRows(options, rows, tracer) : readsSteps(options, tracer);
  const { writes } = writer.decoder;
  const first =
    whole === 'given' && writes.type === 'numbers' ? input('first', ['batch', writes.size]) : null;
  const graph = emitGraph(
    optimize({
      inputs: [...inputs, ...(first ? [first] : [])],
      outputs: [
        // the mask of steps is an input, and known to who reads
        ...[...found].filter(([name]) => name !== 'mask' || rows).map(([name, tensor]) => ({ name, tensor })),
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
        ...traces.outputs,
      ],
    }),
    writer.architecture,
  );
  return rows ? prepend(rowInputsGraph(rows, tablesOf(options), namesOfSteps), graph) : graph;
}

interface Reads {
  readonly inputs: readonly Tensor[];
  readonly found: ReturnType<typeof startTensors>;
}

/** From `x` and `mask`, rows first. */
function readsSteps(options: WriterExportOptions, tracer: LayerTracer | undefined): Reads {
  const { writer, inputScaling } = options;
  const network = options.lookedUp === true ? behindTables(writer) : writer;
  const { x, mask } = readingInputs(network);
  return {
    inputs: [x, ...(mask ? [mask] : [])],
    found: startTensors(network, trained(options), scaled(x, inputScaling), mask, tracer),
  };
}

const namesOfSteps = { x: 'x_of_steps', mask: 'mask_of_steps' } as const;

/** From what the inputs of rows become, steps first. */
function readsRows(
  options: WriterExportOptions,
  { sequence }: RowInputs,
  tracer: LayerTracer | undefined,
): Reads {
  const { writer } = options;
  const isVector = writer.architecture === 'vector_to_sequence';
  const F = readSize(writer);
  const x = input(namesOfSteps.x, [isVector ? 1 : 'time', 'batch', F]);
  const mask = sequence?.padded === true ? input(namesOfSteps.mask, ['time', 'batch']) : null;
  const network = behindTables(writer);
  return {
    inputs: [x, ...(mask ? [mask] : [])],
    found: startTensors(
      network,
      trained(options),
      isVector ? reshape(x, ['batch', F]) : transpose(x, [1, 0, 2]),
      mask && transpose(mask, [1, 0]),
      tracer,
    ),
  };
}

/** Numbers of a step, or of the vector, once its ids are looked up. */
export const readSize = (writer: WriterShape): number =>
  embeddedSize(writer.architecture === 'vector_to_sequence' ? vectorStep(writer) : writer.encoder);

/** The network behind the embeddings of what is read. */
function behindTables(writer: WriterShape): WriterShape {
  const size = readSize(writer);
  return writer.architecture === 'vector_to_sequence'
    ? { ...writer, vectorSize: size, embeddings: [] }
    : { ...writer, encoder: { ...writer.encoder, inputSize: size, embeddings: [] } };
}

/** Of the embeddings of what is read. */
export const tablesOf = ({
  writer,
  parameters,
}: Pick<WriterExportOptions, 'writer' | 'parameters'>): readonly Float32Array[] =>
  writerLayout(writer)
    .filter(({ name }) => /^(encoder|vector)\.embeddings\./.test(name))
    .map(({ offset, size }) => parameters.subarray(offset, offset + size));

function stepGraph(options: WriterExportOptions): OnnxGraph {
  const { writer, outputScaling } = options;
  const { writes } = writer.decoder;
  const inputs = stepInputs(writer);
  const written = inputs.get('written')!;
  const given = new Map(inputs);
  if (writes.type === 'numbers') given.set('written', scaled(written, outputScaling));
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

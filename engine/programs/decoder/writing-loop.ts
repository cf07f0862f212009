/** The loop in which an exported file writes: ONNX's Loop around one step of the decoder. */
import { product, type Dimension } from '../../graph/dimensions.ts';
import { elementType } from '../../graph/onnx/element-type.ts';
import { emitGraph } from '../../graph/onnx/emit.ts';
import { graphProto, type OnnxGraph, type OnnxNode } from '../../graph/onnx/proto.ts';
import {
  absolute,
  add,
  input,
  logSoftmax,
  maximum,
  minimum,
  multiply,
  oneHot,
  reduceSum,
  scalar,
  subtract,
  transpose,
} from '../../graph/ops.ts';
import { optimize } from '../../graph/passes/optimize.ts';
import { outputSize, type NumberWriting, type TokenWriting } from '../../spec/decoder-shape.ts';
import { keptOf, stateSize, stepInputs, stepTensors } from './decoding-programs.ts';
import { trained, type WriterExportOptions } from './writer-export-options.ts';
import { collectTraces, isTrace, type TraceOutput } from '../trace.ts';
import type { StepExtras } from './decoder-step.ts';
import { choose } from './writer-loss.ts';
import { writerLayout } from './writer-parameters.ts';

/** What the loop hands on from step to step: in what it is given, out what it gives. */
interface LoopBody {
  readonly graph: OnnxGraph;
  readonly carried: readonly { readonly name: string; readonly shape: readonly (string | number)[] }[];
  /** How many numbers a step writes. */
  readonly stacked: Dimension;
  /** What a step tells beside, stacked, too. */
  readonly traces: readonly TraceOutput[];
}

/** One step as it stands in the loop of the whole file. */
function loopBody(options: WriterExportOptions): LoopBody {
  const { writer } = options;
  const { writes } = writer.decoder;
  return writes.type === 'tokens' ? tokenBody(options, writes) : numberBody(options, writes);
}

/** What a step tells of itself, once it is built, where the options ask for it. */
function stepTraces({ trace = false }: WriterExportOptions): {
  readonly traces: readonly TraceOutput[];
  readonly tracer: StepExtras['tracer'];
} {
  const { outputs, tracer, attention } = collectTraces('decoder');
  return { traces: outputs, tracer: trace ? { layers: tracer, attention } : undefined };
}

function tokenBody(options: WriterExportOptions, writes: TokenWriting): LoopBody {
  const { writer } = options;
  const inputs = stepInputs(writer);
  const finished = input('finished', ['batch']);
  const score = input('score', ['batch']);
  const { traces, tracer } = stepTraces(options);
  const { state, output } = stepTensors(writer, trained(options), inputs, tracer);
  const going = subtract(scalar(1), finished);
  const chosen = choose(writer.decoder, output);
  const token = add(multiply(chosen, going), multiply(scalar(writes.pad), finished));
  // ids are whole numbers: 1 where it is the end, 0 elsewhere
  const isEnd = subtract(scalar(1), minimum(absolute(subtract(chosen, scalar(writes.end))), scalar(1)));
  const likelihood = reduceSum(multiply(logSoftmax(output, 0), oneHot(chosen, 0, writes.vocabulary)), [0]);
  const ended = maximum(finished, isEnd);
  const graph = emitGraph(
    optimize({
      inputs: [...inputs.values(), finished, score],
      outputs: [
        { name: 'next_written', tensor: token },
        { name: 'next_state', tensor: state },
        { name: 'next_finished', tensor: ended },
        { name: 'next_score', tensor: add(score, multiply(likelihood, going)) },
        { name: 'unfinished', tensor: reduceSum(subtract(scalar(1), ended), [0]) },
        ...traces,
      ],
    }),
    'step',
  );
  return {
    graph,
    carried: [
      { name: 'written', shape: ['batch'] },
      { name: 'state', shape: ['batch', stateSize(writer.decoder)] },
      { name: 'finished', shape: ['batch'] },
      { name: 'score', shape: ['batch'] },
    ],
    stacked: 'batch',
    traces,
  };
}

function numberBody(options: WriterExportOptions, writes: NumberWriting): LoopBody {
  const { writer } = options;
  const inputs = stepInputs(writer);
  const { traces, tracer } = stepTraces(options);
  const { state, output } = stepTensors(writer, trained(options), inputs, tracer);
  const graph = emitGraph(
    optimize({
      inputs: [...inputs.values()],
      outputs: [
        { name: 'next_written', tensor: transpose(choose(writer.decoder, output), [1, 0]) },
        { name: 'told', tensor: transpose(output, [1, 0]) },
        { name: 'next_state', tensor: state },
        { name: 'unfinished', tensor: scalar(1) },
        ...traces,
      ],
    }),
    'step',
  );
  return {
    graph,
    carried: [
      { name: 'written', shape: ['batch', writes.size] },
      { name: 'state', shape: ['batch', stateSize(writer.decoder)] },
    ],
    stacked: product(['batch', outputSize(writer.decoder)]),
    traces,
  };
}

const node = (
  opType: string,
  name: string,
  operands: readonly string[],
  attributes: OnnxNode['attributes'] = {},
): OnnxNode => ({ opType, name, input: operands, output: [name], attributes });

/**
 * @param reading - a graph whose outputs are what the loop starts from: `state`, `written` and so on
 * @returns the graph with a Loop of steps behind it, until all rows are finished or there is no more room
 */
export function withLoop(options: WriterExportOptions, reading: OnnxGraph): OnnxGraph {
  const { writer, maxSteps, outputScaling } = options;
  const { writes } = writer.decoder;
  const { graph: step, carried, stacked, traces } = loopBody(options);
  const width = outputSize(writer.decoder);
  const outside = new Set<string>(keptOf(writer));
  const shared = new Set(writerLayout(writer).map(({ name }) => name));
  // names are one's own in a file: those of the step get a prefix, but for what both sides know
  const rename = (name: string) =>
    name === '' || outside.has(name) || shared.has(name) ? name : `step/${name}`;
  const body = {
    name: 'step',
    nodes: [
      ...step.nodes.map((own) => ({
        ...own,
        name: rename(own.name),
        input: own.input.map(rename),
        output: own.output.map(rename),
      })),
      node('Greater', 'step/go_on', ['step/unfinished', 'half']),
      // rows of numbers one after the other: some runtimes stack only vectors rightly (ONNX's reference evaluator)
      node('Reshape', 'step/y', [writes.type === 'tokens' ? 'step/next_written' : 'step/told', 'flat']),
    ],
    inputs: [
      { name: 'step/number', shape: [], type: 'int64' as const },
      { name: 'step/going', shape: [], type: 'bool' as const },
      ...carried.map(({ name, shape }) => ({ name: `step/${name}`, shape })),
    ],
    outputs: [
      { name: 'step/go_on', shape: [], type: 'bool' as const },
      ...carried.map(({ name, shape }) => ({ name: `step/next_${name}`, shape })),
      { name: 'step/y', shape: [stacked] },
      ...traces.map(({ name, tensor }) => ({ name: `step/${name}`, shape: [...tensor.shape] })),
    ],
    initializers: [],
  };
  const loop: OnnxNode = {
    opType: 'Loop',
    name: 'steps',
    input: ['max_steps', 'yes', ...carried.map(({ name }) => name)],
    output: [...carried.map(({ name }) => `last/${name}`), 'all_steps', ...traces.map(({ name }) => name)],
    attributes: { body: { subGraph: graphProto(body) } },
  };
  const own = new Set(reading.initializers.map(({ name }) => name));
  const scale = writes.type === 'numbers' ? outputScaling : undefined;
  const ordered =
    writes.type === 'tokens'
      ? [node('Transpose', 'y', ['all_steps'], { perm: [1, 0] })]
      : [
          node('Reshape', 'numbers_of_steps', ['all_steps', 'steps_rows_numbers']),
          node('Transpose', scale ? 'rows' : 'y', ['numbers_of_steps'], { perm: [1, 0, 2] }),
        ];
  return {
    name: writer.architecture,
    nodes: [
      ...reading.nodes,
      // the condition before the first step
      node('Cast', 'yes', ['one'], { to: elementType.bool }),
      loop,
      ...ordered,
      ...(scale
        ? [node('Mul', 'stretched', ['rows', 'output_std']), node('Add', 'y', ['stretched', 'output_mean'])]
        : []),
      ...(writes.type === 'tokens' ? [node('Identity', 'log_probability', ['last/score'])] : []),
    ],
    inputs: reading.inputs,
    outputs: [
      { name: 'y', shape: ['batch', 'steps', ...(writes.type === 'tokens' ? [] : [width])] },
      ...(writes.type === 'tokens' ? [{ name: 'log_probability', shape: ['batch'] }] : []),
      ...reading.outputs.filter(({ name }) => isTrace(name)),
      ...traces.map(({ name, tensor }) => ({ name, shape: ['steps', ...tensor.shape] })),
    ],
    initializers: [
      ...reading.initializers,
      ...step.initializers
        .map((initializer) => ({ ...initializer, name: rename(initializer.name) }))
        .filter(({ name }) => !own.has(name)),
      { name: 'max_steps', shape: [], data: BigInt64Array.of(BigInt(maxSteps)) },
      { name: 'flat', shape: [1], data: BigInt64Array.of(-1n) },
      ...(writes.type === 'numbers'
        ? [{ name: 'steps_rows_numbers', shape: [3], data: BigInt64Array.of(0n, -1n, BigInt(width)) }]
        : []),
      { name: 'one', shape: [], data: Float32Array.of(1) },
      { name: 'half', shape: [], data: Float32Array.of(0.5) },
      ...(scale
        ? [
            { name: 'output_std', shape: [scale.std.length], data: Float32Array.from(scale.std) },
            { name: 'output_mean', shape: [scale.mean.length], data: Float32Array.from(scale.mean) },
          ]
        : []),
    ],
  };
}

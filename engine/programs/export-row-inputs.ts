/** The first part of the model file of a network over rows: raw values in, what goes into the first layer out. */
import { elementType } from '../graph/onnx/element-type.ts';
import { modelWriter, named, nodeOf, type ModelWriter } from '../graph/onnx/model-writer.ts';
import type { OnnxGraph, ValueInfo } from '../graph/onnx/proto.ts';
import { encodeCategories } from './export-categories.ts';
import { logarithms } from './logarithms.ts';
import type { NumberScaling, RowInputs, SequenceInput } from '../spec/row-inputs.ts';

/**
 * The inputs of the file, those that the network has: `tokens` [N,T] or `sequence` [N,T,W], with `lengths` [N] where examples have lengths of
 * their own, from 1 to T; `numbers` [N,numbers]; `categories` [N,columns], ids, or of rows of a series [N,T,columns]. Ids and lengths are int64, numbers are float32 in their own units.
 */
export function rowModelInputs({ sequence, numbers, categories }: RowInputs): readonly ValueInfo[] {
  const W = sequence === null || sequence.kind === 'tokens' ? 0 : sequence.scaling.mean.length;
  const ofRows = sequence?.kind === 'rows' ? sequence.categories.length : 0;
  return [
    ...(sequence?.kind === 'tokens'
      ? [{ name: 'tokens', shape: ['batch', 'time'], type: 'int64' } as const]
      : []),
    ...(W > 0 ? [{ name: 'sequence', shape: ['batch', 'time', W] }] : []),
    ...(ofRows > 0 ? [{ name: 'categories', shape: ['batch', 'time', ofRows], type: 'int64' } as const] : []),
    ...(sequence?.padded === true ? [{ name: 'lengths', shape: ['batch'], type: 'int64' } as const] : []),
    ...(numbers.mean.length > 0 ? [{ name: 'numbers', shape: ['batch', numbers.mean.length] }] : []),
    ...(categories.length > 0
      ? [{ name: 'categories', shape: ['batch', categories.length], type: 'int64' } as const]
      : []),
  ];
}

/**
 * @param tables - of the embeddings [V,D], that of the sequence first
 * @returns outputs `x` [T,N,F] and, where lengths differ, `mask` [T,N] and `lengths_int32` [N], by the names that are given
 */
export function rowInputsGraph(
  inputs: RowInputs,
  tables: readonly Float32Array[],
  names: Readonly<Record<'x' | 'mask', string>> = { x: 'x', mask: 'mask' },
): OnnxGraph {
  const modelInputs = rowModelInputs(inputs);
  const writer = modelWriter(modelInputs);
  const node = nodeOf(writer);
  const { sequence, numbers, categories } = inputs;
  /** [N,T,·] → [T,N,·]. */
  const stepsFirst = (value: string): string => node('Transpose', [value], { perm: [1, 0, 2] });
  const joined = (parts: readonly string[], axis: number): string =>
    parts.length === 1 ? parts[0]! : node('Concat', parts, { axis });
  const stepsOf: {
    readonly [Kind in SequenceInput['kind']]: (own: Extract<SequenceInput, { kind: Kind }>) => string;
  } = {
    tokens: ({ embedding: { vocabulary, size } }) => {
      const table = writer.weights('embeddings.0.weight', tables[0]!, [vocabulary, size]);
      return node('Gather', [table, node('Transpose', ['tokens'], { perm: [1, 0] })], { axis: 0 });
    },
    numbers: ({ scaling }) => stepsFirst(scaled(writer, 'sequence', scaling)),
    rows: ({ scaling, categories: own }) => {
      const { oneHot, learned } = encodeCategories(writer, 'categories', own, tables);
      const side = scaling.mean.length > 0 ? [scaled(writer, 'sequence', scaling)] : [];
      return stepsFirst(joined([...side, ...oneHot, ...learned], 2));
    },
  };
  const ofSteps = sequence === null ? null : stepsOf[sequence.kind](sequence as never);

  const { oneHot, learned } = encodeCategories(writer, 'categories', categories, tables);
  const plain = [...(numbers.mean.length > 0 ? [scaled(writer, 'numbers', numbers)] : []), ...oneHot];
  /** [N,w] of each, side by side at every step: [T,N,Σw]. */
  const atEveryStep = (parts: readonly string[]): readonly string[] => {
    if (parts.length === 0) return [];
    const step = node('Unsqueeze', [joined(parts, 1), writer.integers([0])]);
    if (ofSteps === null) return [step];
    const time = node('Gather', [node('Shape', [ofSteps]), writer.integers([0])], { axis: 0 });
    return [node('Expand', [step, node('Concat', [time, writer.integers([1, 1])], { axis: 0 })])];
  };
  const own = ofSteps === null ? [] : [ofSteps];
  const isTokens = sequence?.kind === 'tokens';
  const parts = [
    ...(isTokens ? [] : own),
    ...atEveryStep(plain),
    ...(isTokens ? own : []),
    ...atEveryStep(learned),
  ];
  const x = joined(parts, 2);
  const outputs = [
    { name: names.x, from: x },
    ...(sequence?.padded === true
      ? [
          { name: names.mask, from: maskOf(writer, x) },
          { name: 'lengths_int32', from: node('Cast', ['lengths'], { to: elementType.int32 }) },
        ]
      : []),
  ];
  return {
    name: 'inputs',
    nodes: [...writer.nodes, ...outputs.map(({ name, from }) => named(name, from))],
    inputs: modelInputs,
    outputs: outputs.map(({ name }) => ({ name, shape: [] })),
    initializers: writer.initializers,
  };
}

const scalarOf = (writer: ModelWriter, value: number): string =>
  nodeOf(writer)('Squeeze', [writer.integers([value])]);

function scaled(writer: ModelWriter, name: string, { mean, std, log }: NumberScaling): string {
  const node = nodeOf(writer);
  const column = (values: readonly number[]) => writer.floats(values, [values.length]);
  return node('Div', [node('Sub', [logarithms(writer, name, log), column(mean)]), column(std)]);
}

/** [T,N]: 1 for the steps of an example, 0 for its padding. @param x - [T,N,·] */
function maskOf(writer: ModelWriter, x: string): string {
  const node = nodeOf(writer);
  const time = node('Gather', [node('Shape', [x]), scalarOf(writer, 0)], { axis: 0 });
  const positions = node('Range', [scalarOf(writer, 0), time, scalarOf(writer, 1)]);
  const before = node('Less', [node('Unsqueeze', [positions, writer.integers([1])]), 'lengths']);
  return node('Cast', [before], { to: elementType.float32 });
}

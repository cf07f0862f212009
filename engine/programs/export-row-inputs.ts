/** The first part of the model file of a network over rows: raw values in, what goes into the first layer out. */
import { elementType } from '../graph/onnx/element-type.ts';
import { modelWriter, type ModelWriter } from '../graph/onnx/model-writer.ts';
import type { OnnxGraph, ValueInfo } from '../graph/onnx/proto.ts';
import type { Embedding } from '../spec/network-shape.ts';
import { logarithms } from './logarithms.ts';
import type { CategoryInput, NumberScaling, RowInputs, SequenceInput } from '../spec/row-inputs.ts';

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
  let embeddings = 0;
  const lookUp = ({ vocabulary, size }: Embedding, ids: string): string => {
    const index = embeddings++;
    const table = writer.weights(`embeddings.${index}.weight`, tables[index]!, [vocabulary, size]);
    return node('Gather', [table, ids], { axis: 0 });
  };
  /** Ids along `axis` of `categories` → one number for each category, or their vectors. */
  const encoded = (category: CategoryInput, ids: string): string => {
    if (category.kind === 'embedding') return lookUp(category.embedding, ids);
    const depth = scalarOf(writer, category.categories);
    return node('OneHot', [ids, depth, writer.floats([0, 1], [2])], { axis: -1 });
  };
  const firstStep = (name: string): string => node('Transpose', [name], { perm: [1, 0] });
  /** Of rows of a series: numbers, then one-hot, then vectors, [T,N,F]. */
  const rowsOfSeries = ({ scaling, categories: own }: Extract<SequenceInput, { kind: 'rows' }>): string => {
    const parts = own.map((category, index) => ({
      kind: category.kind,
      value: encoded(
        category,
        firstStep(node('Gather', ['categories', scalarOf(writer, index)], { axis: 2 })),
      ),
    }));
    const of = (kind: CategoryInput['kind']) =>
      parts.filter((part) => part.kind === kind).map(({ value }) => value);
    const all = [
      ...(scaling.mean.length > 0
        ? [node('Transpose', [scaled(writer, 'sequence', scaling)], { perm: [1, 0, 2] })]
        : []),
      ...of('one_hot'),
      ...of('embedding'),
    ];
    return all.length === 1 ? all[0]! : node('Concat', all, { axis: 2 });
  };
  const stepsOf: {
    readonly [Kind in SequenceInput['kind']]: (own: Extract<SequenceInput, { kind: Kind }>) => string;
  } = {
    tokens: ({ embedding }) => lookUp(embedding, firstStep('tokens')),
    numbers: ({ scaling }) => node('Transpose', [scaled(writer, 'sequence', scaling)], { perm: [1, 0, 2] }),
    rows: rowsOfSeries,
  };
  const ofSteps = sequence === null ? null : stepsOf[sequence.kind](sequence as never);

  const plain: string[] = numbers.mean.length > 0 ? [scaled(writer, 'numbers', numbers)] : [];
  const learned: string[] = [];
  categories.forEach((category, index) => {
    const ids = node('Gather', ['categories', scalarOf(writer, index)], { axis: 1 });
    (category.kind === 'embedding' ? learned : plain).push(encoded(category, ids));
  });
  /** [N,w] of each, side by side at every step: [T,N,Σw]. */
  const atEveryStep = (parts: readonly string[]): readonly string[] => {
    if (parts.length === 0) return [];
    const side = parts.length === 1 ? parts[0]! : node('Concat', parts, { axis: 1 });
    const step = node('Unsqueeze', [side, writer.integers([0])]);
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
  const x = parts.length === 1 ? parts[0]! : node('Concat', parts, { axis: 2 });
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
    nodes: [
      ...writer.nodes,
      ...outputs.map(({ name, from }) => ({
        opType: 'Identity',
        name,
        input: [from],
        output: [name],
        attributes: {},
      })),
    ],
    inputs: modelInputs,
    outputs: outputs.map(({ name }) => ({ name, shape: [] })),
    initializers: writer.initializers,
  };
}

const nodeOf =
  (writer: ModelWriter) =>
  (type: string, operands: readonly string[], attributes = {}): string =>
    writer.node(type, operands, attributes)[0]!;

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

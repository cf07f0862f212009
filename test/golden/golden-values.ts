/** Reads the golden values, and moves parameters between PyTorch's names and gate order and the engine's flat vector. */
import { readFileSync } from 'node:fs';
import { cellOf } from '../../engine/nn/cells/table.ts';
import { parameterCount, parameterLayout } from '../../engine/programs/parameters.ts';
import type { ReaderArchitecture } from '../../engine/spec/architectures.ts';
import type { CellKind } from '../../engine/spec/cells.ts';
import type { PlainLoss } from '../../engine/spec/losses.ts';
import type { NetworkShape } from '../../engine/spec/network-shape.ts';
import type { AdamSpecification } from '../../engine/spec/optimizers.ts';

export interface GoldenTensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
export type GoldenTensors = Readonly<Record<string, GoldenTensor>>;

export interface GoldenCase {
  readonly name: string;
  readonly layers: number;
  readonly architecture: ReaderArchitecture;
  readonly loss: PlainLoss;
  readonly clip_norm: number | null;
  readonly batches: readonly { readonly x: GoldenTensor; readonly y: GoldenTensor }[];
  readonly initial_parameters: GoldenTensors;
  readonly outputs: GoldenTensor;
  readonly gradients: GoldenTensors;
  readonly gradient_norm: number;
  readonly losses: readonly number[];
  readonly final_parameters: GoldenTensors;
}

export interface GoldenFile {
  readonly cell: CellKind;
  readonly axes: { readonly input: number; readonly hidden: number; readonly output: number };
  readonly gate_order: readonly string[];
  readonly optimizer: AdamSpecification;
  readonly cases: readonly GoldenCase[];
}

export const readGoldenFile = (cell: CellKind): GoldenFile =>
  JSON.parse(readFileSync(new URL(`${cell}.json`, import.meta.url), 'utf8')) as GoldenFile;

export const networkOf = (file: GoldenFile, { layers, architecture }: GoldenCase): NetworkShape => ({
  architecture,
  cell: file.cell,
  inputSize: file.axes.input,
  hiddenSize: file.axes.hidden,
  layers,
  outputSize: file.axes.output,
});

/**
 * @param tensors - parameters or their gradients, under PyTorch's names
 * @returns [P] in the order of the engine's flat vector
 */
export function flatten(file: GoldenFile, network: NetworkShape, tensors: GoldenTensors): Float64Array {
  const { gates, parameters } = cellOf(network);
  const recurrentBiasGates = parameters.find(({ name }) => name === 'bias_hh')?.gates ?? [];
  const H = network.hiddenSize;
  const flat = new Float64Array(parameterCount(network));
  for (const { name, offset, size } of parameterLayout(network)) {
    // one bias for each gate: PyTorch's bias_ih, and its bias_hh for the gates that have one of their own
    const source = tensors[name.endsWith('.bias') && !name.startsWith('head') ? `${name}_ih` : name];
    if (source === undefined) throw new Error(`expected golden values for ${name}, got none`);
    if (/^(head|embeddings)\b/.test(name)) {
      flat.set(source.data, offset);
      continue;
    }
    const rows = /bias_hh(_reverse)?$/.test(name) ? recurrentBiasGates : gates;
    const block = size / rows.length; // numbers of one gate: H rows of the weight or bias
    if (block % H !== 0) throw new Error(`expected ${name} in blocks of ${H} rows, got ${size} numbers`);
    rows.forEach((gate, index) => {
      const from = file.gate_order.indexOf(gate) * block;
      flat.set(source.data.slice(from, from + block), offset + index * block);
    });
  }
  return flat;
}

/** Largest difference over the largest magnitude of what is expected. */
export function difference(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (got.length !== expected.length) {
    throw new Error(`expected ${expected.length} numbers, got ${got.length}`);
  }
  let largest = 0;
  let magnitude = 0;
  for (let index = 0; index < expected.length; index++) {
    const distance = Math.abs(got[index]! - expected[index]!);
    if (!(distance <= largest)) largest = distance; // keeps NaN
    magnitude = Math.max(magnitude, Math.abs(expected[index]!));
  }
  return magnitude === 0 ? largest : largest / magnitude;
}

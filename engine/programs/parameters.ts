/** The parameters of a network, and where each lies in the one flat vector that training and checkpoints know. */
import type { Shape } from '../graph/dimensions.ts';
import { reshape, split } from '../graph/ops.ts';
import type { Tensor } from '../graph/tensor.ts';
import { cells } from '../nn/cells/table.ts';
import { uniform } from '../nn/initializers/uniform.ts';
import { randomStream } from '../random/random-stream.ts';
import type { NetworkShape } from '../spec/network-shape.ts';

export interface Parameter {
  /** As in PyTorch, with one bias where PyTorch keeps two that do the same: `layers.0.weight_ih`, `head.bias`, … */
  readonly name: string;
  /** Rows × columns; gates are stacked in the cell's own order. Biases are columns, [n,1]. */
  readonly shape: readonly [rows: number, columns: number];
  /** Of its first element in the flat vector. */
  readonly offset: number;
  readonly size: number;
  /** The n of its initial U(−1/√n, 1/√n). */
  readonly fan: number;
}

/** All parameters of a network, in the order of the flat vector. */
export function parameterLayout(network: NetworkShape): readonly Parameter[] {
  const { hiddenSize: H, inputSize, outputSize, layers } = network;
  const cell = cells[network.cell];
  const gates = cell.gates.length;
  const shapes: { name: string; shape: readonly [number, number]; fan: number }[] = [];
  for (let layer = 0; layer < layers; layer++) {
    const add = (name: string, rows: number, columns: number) =>
      shapes.push({ name: `layers.${layer}.${name}`, shape: [rows, columns], fan: H });
    add('weight_ih', gates * H, layer === 0 ? inputSize : H);
    add('weight_hh', gates * H, H);
    add('bias', gates * H, 1);
    if (cell.recurrentBiasGates.length > 0) add('bias_hh', cell.recurrentBiasGates.length * H, 1);
  }
  shapes.push({ name: 'head.weight', shape: [outputSize, H], fan: H });
  shapes.push({ name: 'head.bias', shape: [outputSize, 1], fan: H });
  let offset = 0;
  return shapes.map(({ name, shape, fan }) => {
    const size = shape[0] * shape[1];
    const parameter: Parameter = { name, shape, offset, size, fan };
    offset += size;
    return parameter;
  });
}

/** How many numbers a network learns. */
export const parameterCount = (network: NetworkShape): number =>
  parameterLayout(network).reduce((total, { size }) => total + size, 0);

/** Initial values; the same for the same network and seed. */
export function initialParameters(network: NetworkShape, seed: number): Float32Array {
  const layout = parameterLayout(network);
  const values = new Float32Array(parameterCount(network));
  for (const { name, offset, size, fan } of layout) {
    uniform(values.subarray(offset, offset + size), fan, randomStream(seed, `initial ${name}`));
  }
  return values;
}

/** @returns the tensors of a flat vector [P], by name */
export function unpack(network: NetworkShape, flat: Tensor): ReadonlyMap<string, Tensor> {
  const layout = parameterLayout(network);
  const pieces = split(
    flat,
    0,
    layout.map(({ size }) => size),
  );
  return new Map(layout.map(({ name, shape }, index) => [name, reshape(pieces[index]!, shape as Shape)]));
}

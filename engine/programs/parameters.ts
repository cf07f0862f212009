/** The parameters of a network, and where each lies in the one flat vector that training and checkpoints know. */
import { reshape, split } from '../graph/ops.ts';
import type { Tensor } from '../graph/tensor.ts';
import { cellOf } from '../nn/cells/table.ts';
import type { NetworkShape } from '../spec/network-shape.ts';

/** What a parameter is for; it decides how it starts and whether weight decay shrinks it. */
export type ParameterKind =
  'input_weight' | 'recurrent_weight' | 'head_weight' | 'bias' | 'peephole' | 'gain' | 'state';

export interface Parameter {
  /**
   * As in PyTorch, with one bias where PyTorch keeps two that do the same: `layers.0.weight_ih`, `layers.0.bias`,
   * `head.weight`; those of the way back end in `_reverse`.
   */
  readonly name: string;
  readonly kind: ParameterKind;
  /** Rows × columns; gates are stacked in the cell's own order. Biases are columns, [n,1]. */
  readonly shape: readonly [rows: number, columns: number];
  /** Of its first element in the flat vector. */
  readonly offset: number;
  readonly size: number;
}

/** What the names of a layer's parameters end in, for each of its directions. */
export const directionsOf = ({ bidirectional }: NetworkShape): readonly string[] =>
  bidirectional ? ['', '_reverse'] : [''];

/** D·H: how wide the output of a layer is. */
export const layerWidth = (network: NetworkShape): number =>
  network.hiddenSize * directionsOf(network).length;

/** All parameters of a network, in the order of the flat vector. */
export function parameterLayout(network: NetworkShape): readonly Parameter[] {
  const { hiddenSize: H, inputSize, outputSize, layers } = network;
  const found: Omit<Parameter, 'offset' | 'size'>[] = [];
  const add = (name: string, kind: ParameterKind, rows: number, columns = 1) =>
    found.push({ name, kind, shape: [rows, columns] });
  for (let layer = 0; layer < layers; layer++) {
    for (const direction of directionsOf(network)) {
      addLayer(network, layer === 0 ? inputSize : layerWidth(network), (name, kind, rows, columns) =>
        add(`layers.${layer}.${name}${direction}`, kind, rows, columns),
      );
    }
  }
  add('head.weight', 'head_weight', outputSize, H * directionsOf(network).length);
  add('head.bias', 'bias', outputSize);
  let offset = 0;
  return found.map((parameter) => {
    const size = parameter.shape[0] * parameter.shape[1];
    const placed = { ...parameter, offset, size };
    offset += size;
    return placed;
  });
}

function addLayer(
  network: NetworkShape,
  inputSize: number,
  add: (name: string, kind: ParameterKind, rows: number, columns?: number) => void,
): void {
  const { hiddenSize: H, layerNorm, learnInitialState } = network;
  const cell = cellOf(network);
  const rows = cell.gates.length * H;
  add('weight_ih', 'input_weight', rows, inputSize);
  add('weight_hh', 'recurrent_weight', rows, H);
  add('bias', 'bias', rows);
  for (const { name, gates } of cell.parameters) {
    add(name, name === 'peephole' ? 'peephole' : 'bias', gates.length * H);
  }
  if (layerNorm) {
    add('gain_ih', 'gain', rows);
    add('gain_hh', 'gain', rows);
    for (const state of cell.states.slice(1)) {
      add(`gain_${state}`, 'gain', H);
      add(`bias_${state}`, 'bias', H);
    }
  }
  if (learnInitialState) for (const state of cell.states) add(`initial_${state}`, 'state', H);
}

/** How many numbers a network learns. */
export const parameterCount = (network: NetworkShape): number =>
  parameterLayout(network).reduce((total, { size }) => total + size, 0);

/** @returns the tensors of a flat vector [P], by name */
export function unpack(network: NetworkShape, flat: Tensor): ReadonlyMap<string, Tensor> {
  const layout = parameterLayout(network);
  const pieces = split(
    flat,
    0,
    layout.map(({ size }) => size),
  );
  return new Map(layout.map(({ name, shape }, index) => [name, reshape(pieces[index]!, shape)]));
}

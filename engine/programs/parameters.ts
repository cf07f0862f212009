/** The parameters of a network, and where each lies in the one flat vector that training and checkpoints know. */
import { reshape, split } from '../graph/ops.ts';
import type { Tensor } from '../graph/tensor.ts';
import { cellOf } from '../nn/cells/table.ts';
import type { EncoderShape, NetworkShape } from '../spec/network-shape.ts';

/** What a parameter is for; it decides how it starts and whether weight decay shrinks it. */
export type ParameterKind =
  'embedding' | 'input_weight' | 'recurrent_weight' | 'head_weight' | 'bias' | 'peephole' | 'gain' | 'state';

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

/** What the names of a layer's parameters end in, of its direction. */
export type Direction = '' | '_reverse';
export const directionsOf = ({ bidirectional }: Pick<EncoderShape, 'bidirectional'>): readonly Direction[] =>
  bidirectional ? ['', '_reverse'] : [''];

/** What a direction is called where people read it. */
export const wayOf = (direction: Direction): 'forward' | 'backward' =>
  direction === '' ? 'forward' : 'backward';

/** D·H: how wide the output of a layer is. */
export const layerWidth = (network: Pick<EncoderShape, 'hiddenSize' | 'bidirectional'>): number =>
  network.hiddenSize * directionsOf(network).length;

/** What a step of the input is made of. */
export type StepShape = Pick<EncoderShape, 'inputSize' | 'embeddings'>;

/** How many of the numbers of an input step are taken as they are. */
export const numbersOf = ({ inputSize, embeddings = [] }: StepShape): number => inputSize - embeddings.length;

/** How wide a step is once its ids are embedded: what goes into the first layer. */
export const embeddedSize = (network: StepShape): number =>
  (network.embeddings ?? []).reduce((total, { size }) => total + size, numbersOf(network));

/** All parameters of a network, in the order of the flat vector. */
export function parameterLayout(network: NetworkShape): readonly Parameter[] {
  return inOneVector([
    ...encoderParameters(network),
    { name: 'head.weight', kind: 'head_weight', shape: [network.outputSize, layerWidth(network)] },
    { name: 'head.bias', kind: 'bias', shape: [network.outputSize, 1] },
  ]);
}

/** A parameter before it has its place in the flat vector. */
export type UnplacedParameter = Omit<Parameter, 'offset' | 'size'>;

/** Puts parameters one after the other. */
export function inOneVector(parameters: readonly UnplacedParameter[]): readonly Parameter[] {
  let offset = 0;
  return parameters.map((parameter) => {
    const size = parameter.shape[0] * parameter.shape[1];
    const placed = { ...parameter, offset, size };
    offset += size;
    return placed;
  });
}

/** The tables of learned vectors. */
export const embeddingParameters = ({ embeddings = [] }: StepShape): readonly UnplacedParameter[] =>
  embeddings.map(({ vocabulary, size }, index) => ({
    name: `embeddings.${index}.weight`,
    kind: 'embedding',
    shape: [vocabulary, size],
  }));

/** Those of the embeddings and of all recurrent layers. */
export function encoderParameters(network: EncoderShape): readonly UnplacedParameter[] {
  const { layers } = network;
  const found: UnplacedParameter[] = [...embeddingParameters(network)];
  const add = (name: string, kind: ParameterKind, rows: number, columns = 1) =>
    found.push({ name, kind, shape: [rows, columns] });
  for (let layer = 0; layer < layers; layer++) {
    for (const direction of directionsOf(network)) {
      addLayer(
        network,
        layer === 0 ? embeddedSize(network) : layerWidth(network),
        (name, kind, rows, columns) => add(`layers.${layer}.${name}${direction}`, kind, rows, columns),
      );
    }
  }
  return found;
}

/** Those of one layer and direction. */
export function addLayer(
  network: Omit<EncoderShape, 'inputSize'>,
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
export const unpack = (network: NetworkShape, flat: Tensor): ReadonlyMap<string, Tensor> =>
  unpackLayout(parameterLayout(network), flat);

export function unpackLayout(layout: readonly Parameter[], flat: Tensor): ReadonlyMap<string, Tensor> {
  const pieces = split(
    flat,
    0,
    layout.map(({ size }) => size),
  );
  return new Map(layout.map(({ name, shape }, index) => [name, reshape(pieces[index]!, shape)]));
}

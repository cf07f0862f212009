/** The masks that dropout multiplies by, as inputs of the training program: which there are, and where each is used. */
import { evaluateDimension, type Shape } from '../graph/dimensions.ts';
import type { EncoderShape } from '../spec/network-shape.ts';
import { directionsOf, layerWidth } from './parameters.ts';

export interface DropoutMask {
  readonly name: string;
  /** Of one mini-batch. */
  readonly shape: Shape;
  /** The share of elements that are dropped. */
  readonly rate: number;
}

/** Steps of a window, and windows of a mini-batch. */
export interface BatchExtent {
  readonly T: number;
  readonly N: number;
}

/** The shape of a mask for a mini-batch. */
export const maskShape = ({ shape }: DropoutMask, extent: BatchExtent): readonly number[] =>
  shape.map((size) => evaluateDimension(size, (symbol) => extent[symbol as keyof BatchExtent]));

/** Between layers, another mask at every step (as PyTorch): on what goes into a layer from the one below. */
export const betweenLayers = (layer: number): string => `dropout_${layer}`;

/** On the way from step to step, the same mask at every step (Gal & Ghahramani 2016): on h before R·h. */
export const betweenSteps = (layer: number, direction: string): string =>
  `recurrent_dropout_${layer}${direction}`;

/** All masks of a network, in the order of the program's inputs; none without dropout. */
export function dropoutMasks(network: EncoderShape): readonly DropoutMask[] {
  const { dropout = 0, recurrentDropout = 0, layers, hiddenSize } = network;
  const masks: DropoutMask[] = [];
  for (let layer = 0; layer < layers; layer++) {
    if (dropout > 0 && layer > 0) {
      masks.push({ name: betweenLayers(layer), shape: ['T', layerWidth(network), 'N'], rate: dropout });
    }
    if (recurrentDropout > 0) {
      for (const direction of directionsOf(network)) {
        masks.push({
          name: betweenSteps(layer, direction),
          shape: [hiddenSize, 'N'],
          rate: recurrentDropout,
        });
      }
    }
  }
  return masks;
}

/** The masks that dropout multiplies by, as inputs of the training program: which there are, and where each is used. */
import type { EncoderShape } from '../spec/network-shape.ts';
import type { DropoutMask } from './drawn-inputs.ts';
import { directionsOf, layerWidth } from './parameters.ts';

/** Between layers, another mask at every step (as PyTorch): on what goes into a layer from the one below. */
export const betweenLayers = (layer: number): string => `dropout_${layer}`;

/** On the way from step to step, the same mask at every step (Gal & Ghahramani 2016): on h before R·h. */
export const betweenSteps = (layer: number, direction: string): string =>
  `recurrent_dropout_${layer}${direction}`;

type Dropping = Pick<
  EncoderShape,
  'dropout' | 'recurrentDropout' | 'layers' | 'hiddenSize' | 'bidirectional'
>;

/**
 * All masks of recurrent layers, in the order of the program's inputs; none without dropout.
 * @param steps - the symbol of the axis that the layers go along
 */
export function dropoutMasks(network: Dropping, steps: 'T' | 'S' = 'T'): readonly DropoutMask[] {
  const { dropout = 0, recurrentDropout = 0, layers, hiddenSize } = network;
  const masks: DropoutMask[] = [];
  for (let layer = 0; layer < layers; layer++) {
    if (dropout > 0 && layer > 0) {
      masks.push({
        draws: 'mask',
        name: betweenLayers(layer),
        shape: [steps, layerWidth(network), 'N'],
        rate: dropout,
      });
    }
    if (recurrentDropout > 0) {
      for (const direction of directionsOf(network)) {
        masks.push({
          draws: 'mask',
          name: betweenSteps(layer, direction),
          shape: [hiddenSize, 'N'],
          rate: recurrentDropout,
        });
      }
    }
  }
  return masks;
}

/** The layers of a network that a look inside tells of. */
import type { EncoderShape } from '../spec/network-shape.ts';
import type { ObservedLayer } from './optimization-program.ts';
import { directionsOf, wayOf } from './parameters.ts';

/** Layers and directions, in the order in which a forward pass makes them. */
export const observedLayers = (
  network: Pick<EncoderShape, 'layers' | 'bidirectional'>,
  part?: ObservedLayer['part'],
): readonly ObservedLayer[] =>
  Array.from({ length: network.layers }, (_, layer) =>
    directionsOf(network).map((direction) => ({
      ...(part && { part }),
      layer,
      direction: wayOf(direction),
    })),
  ).flat();

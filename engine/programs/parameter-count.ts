/** How many numbers a network of either kind learns. */
import type { WriterShape } from '../spec/decoder-shape.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import { writerLayout } from './decoder/writer-parameters.ts';
import { parameterCount } from './parameters.ts';

export const parameterCountOf = (network: NetworkShape | WriterShape): number =>
  'decoder' in network
    ? writerLayout(network).reduce((total, { size }) => total + size, 0)
    : parameterCount(network);

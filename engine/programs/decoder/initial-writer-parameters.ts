/** The values that training of a network that writes sequences starts from. */
import type { Initialization } from '../../spec/initialization.ts';
import type { WriterShape } from '../../spec/decoder-shape.ts';
import { uniform } from '../../nn/initializers/initialize.ts';
import { randomStream } from '../../random/random-stream.ts';
import { initializeParameter, pytorchDefault } from '../initial-parameters.ts';
import { writerLayout } from './writer-parameters.ts';

/**
 * @returns [P], in the order of writerLayout: recurrent layers and embeddings as in any network; bridges, attention and head U(−1/√I, 1/√I) with I the
 *   number of their inputs, as PyTorch's linear layers
 */
export function initialWriterParameters(
  writer: WriterShape,
  seed: number,
  initialization: Initialization = pytorchDefault,
): Float32Array {
  const layout = writerLayout(writer);
  const values = new Float32Array(layout.reduce((total, { size }) => total + size, 0));
  for (const { name, kind, shape, offset, size } of layout) {
    const own = values.subarray(offset, offset + size);
    const [, part, rest] = /^(encoder|decoder|vector)\.(.*)$/.exec(name) ?? [];
    const random = randomStream(seed, `initial ${name}`);
    if (part === 'encoder' && writer.architecture === 'encoder_decoder') {
      initializeParameter(own, { name: rest!, kind, shape }, writer.encoder, random, initialization);
    } else if (part !== undefined) {
      initializeParameter(own, { name: rest!, kind, shape }, writer.decoder, random, initialization);
    } else {
      // a bias stands right behind its weight, whose columns are the inputs of both
      const weight = layout.find((other) => other.name === name.replace(/bias$/, 'weight'))!;
      uniform(own, 1 / Math.sqrt(name.startsWith('attention.score') ? shape[0] : weight.shape[1]), random);
    }
  }
  return values;
}

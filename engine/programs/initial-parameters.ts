/** The values that training starts from; the same for the same network, initialisation and seed. */
import { cellOf } from '../nn/cells/table.ts';
import {
  glorotUniform,
  identityMatrix,
  orthogonalMatrix,
  standardNormal,
  uniform,
} from '../nn/initializers/initialize.ts';
import { randomStream, type RandomStream } from '../random/random-stream.ts';
import type { Initialization } from '../spec/initialization.ts';
import type { EncoderShape, NetworkShape } from '../spec/network-shape.ts';
import { layerWidth, parameterCount, parameterLayout, type Parameter } from './parameters.ts';

export const pytorchDefault: Initialization = { input: 'uniform', recurrent: 'uniform' };

/** @returns [P]; where nothing else is asked for, U(−1/√H, 1/√H) as in PyTorch, gains 1, initial states 0; embeddings N(0, 1), as in PyTorch */
export function initialParameters(
  network: NetworkShape,
  seed: number,
  initialization: Initialization = pytorchDefault,
): Float32Array {
  const values = new Float32Array(parameterCount(network));
  for (const parameter of parameterLayout(network)) {
    const own = values.subarray(parameter.offset, parameter.offset + parameter.size);
    const random = randomStream(seed, `initial ${parameter.name}`);
    if (parameter.name.startsWith('head')) uniform(own, 1 / Math.sqrt(layerWidth(network)), random);
    else initializeParameter(own, parameter, network, random, initialization);
  }
  return values;
}

/** One parameter of an embedding or a recurrent layer. */
export function initializeParameter(
  values: Float32Array,
  { name, kind, shape }: Pick<Parameter, 'name' | 'kind' | 'shape'>,
  network: Pick<EncoderShape, 'cell' | 'activation' | 'peepholes' | 'hiddenSize'>,
  random: RandomStream,
  { input, recurrent, forget_bias: forgetBias }: Initialization,
): void {
  const H = network.hiddenSize;
  const { gates } = cellOf(network);
  const block = (gate: number, columns: number) =>
    values.subarray(gate * H * columns, (gate + 1) * H * columns);
  const eachGate = (columns: number, fill: (own: Float32Array) => void) => {
    gates.forEach((_, gate) => {
      fill(block(gate, columns));
    });
  };

  if (kind === 'gain') values.fill(1);
  else if (kind === 'state') values.fill(0);
  else if (kind === 'embedding') standardNormal(values, random);
  else if (kind === 'input_weight' && input === 'glorot_uniform') {
    eachGate(shape[1], (own) => {
      glorotUniform(own, [H, shape[1]], random);
    });
  } else if (kind === 'recurrent_weight' && recurrent !== 'uniform') {
    eachGate(H, (own) => {
      if (recurrent === 'orthogonal') orthogonalMatrix(own, H, random);
      else identityMatrix(own, H);
    });
  } else {
    // PyTorch's linear layers take the number of their inputs, its recurrent layers the hidden size
    uniform(values, 1 / Math.sqrt(H), random);
  }
  const forget = gates.indexOf('f');
  if (forgetBias !== undefined && forget >= 0 && /^layers\.\d+\.bias(_reverse)?$/.test(name)) {
    block(forget, 1).fill(forgetBias);
  }
}

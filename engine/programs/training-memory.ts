/**
 * How much memory a training program needs, reckoned from its sizes: enough to tell at once what no machine can do. Measured on
 * ONNX Runtime on the CPU, where it is right to about a third.
 */
import { cellOf } from '../nn/cells/table.ts';
import { optimizerOf } from '../nn/optimizers/table.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import type { OptimizerSpecification } from '../spec/optimizers.ts';
import { layerWidth, parameterCount } from './parameters.ts';

interface Sizes {
  readonly network: NetworkShape;
  readonly optimizer: OptimizerSpecification;
  /** N: windows of a batch. */
  readonly batchSize: number;
  /** T: steps of a window. */
  readonly steps: number;
}

const bytesPerNumber = 4;

/** The parameters themselves, their gradient, and what becomes of both on the way through clipping, optimiser and runtime. */
const copiesOfParameters = 8;
const copiesOfOptimizerState = 2;
/** Numbers kept for the way back at each step, per gate and element of the state; a cell of one gate keeps its output. */
const keptPerGate = 8;
const keptOfOneGate = 4;

/** Bytes of vectors that are as long as the parameters, and of what is kept of every step for backpropagation. */
export function trainingMemory({ network, optimizer, batchSize, steps }: Sizes): {
  readonly parameterBytes: number;
  readonly stepBytes: number;
} {
  const gates = cellOf(network).gates.length;
  const kept = gates === 1 ? keptOfOneGate : keptPerGate * gates;
  const copies = copiesOfParameters + copiesOfOptimizerState * optimizerOf(optimizer).state.length;
  return {
    parameterBytes: bytesPerNumber * parameterCount(network) * copies,
    stepBytes: bytesPerNumber * steps * batchSize * network.layers * layerWidth(network) * kept,
  };
}

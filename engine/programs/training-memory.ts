/**
 * How much memory training takes, reckoned from the program that will be run: enough to refuse at once what no machine can
 * do, and to let as many jobs run side by side as there is room for.
 */
import type { Graph } from '../graph/graph.ts';
import { optimize } from '../graph/passes/optimize.ts';
import { peakMemory } from '../graph/peak-memory.ts';
import { optimizerOf } from '../nn/optimizers/table.ts';
import type { WriterShape } from '../spec/decoder-shape.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import type { OptimizerSpecification } from '../spec/optimizers.ts';
import { writerProblem } from './decoder/writer-loss.ts';
import { optimizationProgram } from './optimization-program.ts';
import { parameterCountOf } from './parameter-count.ts';
import { trainProgram, type TrainProgramOptions } from './train-program.ts';

export interface BatchSize {
  /** N: windows that are in memory together. */
  readonly windows: number;
  /** T: steps of a window. */
  readonly steps: number;
  /** S: steps that a decoder writes; of networks that write sequences. */
  readonly written?: number;
}

/** The sizes behind the symbols of a program's shapes. */
export const extentOf = ({ windows, steps, written }: BatchSize): Readonly<Record<string, number>> => ({
  N: windows,
  T: steps,
  ...(written !== undefined && { S: written }),
});

/**
 * What ONNX Runtime takes beside the tensors themselves, since its arena hands out whole chunks. With memory patterns it
 * keeps two arenas for what is made in a step. Fitted to what processes grew by: docs/performance.md.
 */
const arenaShare = 1.2;
const patternShare = 2.4;
/** Of the parameters, beside the optimiser's state: those that go in, those that come out, and the best so far. */
const copiesOutside = 3;
const bytesPerNumber = 4;
/** From here on memory counts for more than the twentieth of the time that patterns save at most. */
const mostWithPattern = 112 * 2 ** 20;

/** Of an optimised program that takes one step: bytes of its tensors at their peak. */
const ofOneStep = (program: Graph, batch: BatchSize): number =>
  peakMemory(program, { K: 1, A: 1, ...extentOf(batch) });

/** Whether ONNX Runtime is to plan a program's memory ahead: faster by up to 5 % for small programs, for twice the memory. */
export const usesMemoryPattern = (program: Graph, batch: BatchSize): boolean =>
  ofOneStep(program, batch) < mostWithPattern;

interface Sizes extends Partial<Omit<TrainProgramOptions, 'network'>> {
  readonly network: NetworkShape | WriterShape;
  readonly optimizer: OptimizerSpecification;
  /** N: windows of a batch, or of the part of one that is in memory at a time. */
  readonly batchSize: number;
  /** T: steps of a window. */
  readonly steps: number;
  /** S: steps that a decoder writes, of networks that write sequences. */
  readonly written?: number | undefined;
}

/**
 * Bytes that depend on the parameters alone, and those that windows and their steps add.
 * @param sizes - mse of all outputs that the architecture has, and clipping by norm, where nothing else is said
 */
export function trainingMemory({ batchSize, steps, written, ...options }: Sizes): {
  readonly parameterBytes: number;
  readonly stepBytes: number;
} {
  const batch = { windows: batchSize, steps, ...(written !== undefined && { written }) };
  const program = optimize(oneStep(options), extentOf(batch));
  const all = ofOneStep(program, batch);
  const least = ofOneStep(program, { windows: 1, steps: 1, ...(written !== undefined && { written: 1 }) });
  const share = all < mostWithPattern ? patternShare : arenaShare;
  const copies = copiesOutside + optimizerOf(options.optimizer).state.length;
  return {
    parameterBytes: least * arenaShare + bytesPerNumber * parameterCountOf(options.network) * copies,
    stepBytes: (all - least) * share,
  };
}

function oneStep({ network, ...options }: Omit<Sizes, 'batchSize' | 'steps' | 'written'>): Graph {
  if ('decoder' in network) {
    const symbols = network.decoder.writes.type === 'tokens';
    const loss = options.loss ?? (symbols ? { type: 'cross_entropy', label_smoothing: 0 } : 'mse');
    return optimizationProgram(writerProblem({ writer: network, loss }), { clipNorm: 1, ...options });
  }
  return trainProgram({
    loss: 'mse',
    lossSteps: network.architecture === 'sequence_to_sequence' ? 'all' : 'last',
    clipNorm: 1,
    ...options,
    network,
    accumulate: false,
  });
}

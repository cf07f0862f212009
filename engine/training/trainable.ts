/**
 * What the training loop trains: a problem, the same one as the network is judged by, and examples that fill their inputs. There is one for networks that
 * read windows and one for networks that write sequences.
 */
import { initialWriterParameters } from '../programs/decoder/initial-writer-parameters.ts';
import { writerProblem } from '../programs/decoder/writer-loss.ts';
import { initialParameters } from '../programs/initial-parameters.ts';
import type { Problem } from '../programs/optimization-program.ts';
import { outputSteps } from '../programs/output-steps.ts';
import { windowProblem } from '../programs/train-program.ts';
import type { WriterShape } from '../spec/decoder-shape.ts';
import type { Initialization } from '../spec/initialization.ts';
import type { LossSpecification } from '../spec/losses.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import type { ScheduledSampling } from '../spec/scheduled-sampling.ts';
import { carriedExamples, carryingOf, type CarryingOptions } from './carried-examples.ts';
import type { ExampleSource } from './example-source.ts';
import { sequenceExamples, type SequenceSource } from './sequence-source.ts';
import { windowExamples } from './window-examples.ts';
import type { WindowSource } from './window-source.ts';

export interface Trainable {
  readonly problem: Problem;
  /** Whose loss the validation loss is, and whose outputs are predictions. Coins, where it has some, all say 1: the network goes on from what it wrote itself. */
  readonly evaluation: Problem;
  readonly initialParameters: (seed: number, initialization?: Initialization) => Float32Array;
  readonly parts: { readonly training: ExampleSource; readonly validation: ExampleSource };
}

/** A network and the parts of the data that it learns from and is judged by while it learns. */
interface Parts<Network, Source> {
  readonly network: Network;
  readonly loss: LossSpecification;
  readonly parts: { readonly training: Source; readonly validation: Source };
}

/**
 * Judged by the outputs that the windows of the validation part have targets for: those after the last step, or all.
 * @param carrying - how states go on in training from batch to batch; they don't if absent. Where windows of the validation part follow each
 *   other, they are then judged as they are learnt from: as streams
 * @param judging - how they are then
 */
export function trainableWindows({
  network,
  loss,
  parts,
  carrying,
  judging = { stateful: true },
}: Parts<NetworkShape, WindowSource> & {
  readonly carrying?: CarryingOptions | undefined;
  readonly judging?: CarryingOptions | undefined;
}): Trainable {
  const part = (source: WindowSource, options: CarryingOptions | undefined) => {
    const carries = options && (options.stateful || (options.tbpttSteps ?? Infinity) < source.steps);
    return {
      problem: windowProblem({
        network,
        loss,
        lossSteps: outputSteps(source),
        weightsPerOutput: source.weightsPerOutput,
        carriesState: carries,
      }),
      examples: carries
        ? carriedExamples(source, carryingOf(network, source, options))
        : windowExamples(source),
    };
  };
  const training = part(parts.training, carrying);
  const judgedAsStreams = carrying?.stateful === true && parts.validation.seriesStarts !== undefined;
  const validation = part(parts.validation, judgedAsStreams ? judging : undefined);
  return {
    problem: training.problem,
    evaluation: validation.problem,
    initialParameters: (seed, initialization) => initialParameters(network, seed, initialization),
    parts: { training: training.examples, validation: validation.examples },
  };
}

/**
 * Symbols are judged by their likelihood behind the right ones (teacher forcing), numbers as they are when each step goes on from those that were written before,
 * so that the best weights are the best forecasts.
 */
export function trainableWriter({
  network,
  loss,
  parts,
  scheduledSampling,
}: Parts<WriterShape, SequenceSource> & {
  readonly scheduledSampling?: ScheduledSampling | undefined;
}): Trainable {
  const writesNumbers = network.decoder.writes.type === 'numbers';
  return {
    problem: writerProblem({ writer: network, loss, sampling: scheduledSampling !== undefined }),
    evaluation: writerProblem({ writer: network, loss, sampling: writesNumbers }),
    initialParameters: (seed, initialization) => initialWriterParameters(network, seed, initialization),
    parts: {
      training: sequenceExamples(network, parts.training),
      validation: sequenceExamples(network, parts.validation),
    },
  };
}

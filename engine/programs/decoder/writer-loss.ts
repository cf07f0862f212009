/** A decoder in training: it is told what it should have written (teacher forcing, Williams & Zipser 1989), and its outputs are compared. */
import {
  add,
  argmax,
  fill,
  input,
  multiply,
  reshape,
  scalar,
  scan,
  stopGradient,
  subtract,
  transpose,
} from '../../graph/ops.ts';
import type { Shape } from '../../graph/dimensions.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { embedding } from '../../nn/layers/embedding.ts';
import { linear } from '../../nn/layers/linear.ts';
import { forecastOf } from '../../nn/forecasts/forecast-of.ts';
import { lossOf } from '../../nn/losses/table.ts';
import { overWeight, weighted } from '../../nn/losses/weighted.ts';
import {
  feedsOutput,
  outputSize,
  writtenSize,
  type DecoderShape,
  type WriterShape,
} from '../../spec/decoder-shape.ts';
import type { LossSpecification } from '../../spec/losses.ts';
import { dropoutMasks } from '../dropout-masks.ts';
import { observedLayers } from '../observed-layers.ts';
import type { LossExtras, Problem } from '../optimization-program.ts';
import type { BatchLoss } from '../batch-loss.ts';
import { decoderStep, stateFrom, stateList, type Source, type Tensors } from './decoder-step.ts';
import { firstState, partOf, sourceOf } from './source.ts';
import { writerLayout } from './writer-parameters.ts';

export interface WriterOptions {
  readonly writer: WriterShape;
  readonly loss: LossSpecification;
  /** Whether some steps go on from what the decoder wrote itself (scheduled sampling, Bengio et al. 2015), as coins say. */
  readonly sampling?: boolean;
}

/** The tensors of a batch of sequences to write. */
export interface WriterBatch<Part> {
  /** [T,N,I], or [N,I] where a vector is read. */
  readonly x: Part;
  /** [T,N]: 1 for steps, 0 for padding; only of a padded encoder. */
  readonly mask?: Part;
  /** [S,N,1] ids or [S,N,O] numbers: what stands before each step, so the targets of the step before, behind a start. */
  readonly previous: Part;
  /** The same, of what is to be written at each step, the end included. */
  readonly y: Part;
  /** [S,N,1]: 0 for what is behind the end, 1 or another weight elsewhere. */
  readonly weights: Part;
}

/** Inputs by the names of WriterBatch, behind the axes `leading`. */
export function writerInputs(
  { writer, loss }: Pick<WriterOptions, 'writer' | 'loss'>,
  leading: Shape = [],
): WriterBatch<Tensor> {
  const { decoder } = writer;
  const named = (name: string, shape: Shape) => input(name, [...leading, ...shape]);
  const reads: Shape =
    writer.architecture === 'vector_to_sequence'
      ? ['N', writer.vectorSize]
      : ['T', 'N', writer.encoder.inputSize];
  const padded = writer.architecture === 'encoder_decoder' && writer.encoder.padded === true;
  return {
    x: named('x', reads),
    ...(padded && { mask: named('mask', ['T', 'N']) }),
    previous: named('previous', ['S', 'N', writtenSize(decoder)]),
    y: named('y', ['S', 'N', lossOf(loss).targetSize(outputSize(decoder))]),
    weights: named('weights', ['S', 'N', 1]),
  };
}

const names = ['x', 'mask', 'previous', 'y', 'weights'] as const;

/** The inputs of a batch as a list. */
const writerList = (batch: WriterBatch<Tensor>): readonly Tensor[] =>
  names.flatMap((name) => batch[name] ?? []);

const prefixed = <Named extends { readonly name: string }>(part: string, all: readonly Named[]): Named[] =>
  all.map((own) => ({ ...own, name: `${part}.${own.name}` }));

/** What a network that writes sequences is trained to do. Its inputs are those of writerInputs; drawn are masks of dropout, and coins with sampling. */
export function writerProblem(options: WriterOptions): Problem {
  const { writer, sampling } = options;
  const encoder = writer.architecture === 'encoder_decoder' ? writer.encoder : null;
  const present = names.filter((name) => writerInputs(options)[name] !== undefined);
  return {
    layout: writerLayout(writer),
    inputs: (leading) => writerList(writerInputs(options, leading)),
    drawn: [
      ...(encoder ? prefixed('encoder', dropoutMasks(encoder)) : []),
      ...prefixed('decoder', dropoutMasks(writer.decoder, 'S')),
      ...(sampling === true ? [{ draws: 'coins', name: 'coins', shape: ['S', 'N'] } as const] : []),
    ],
    loss: (parameters, list, extras) =>
      writerLoss(
        options,
        parameters,
        Object.fromEntries(
          present.map((name, index) => [name, list[index]!]),
        ) as unknown as WriterBatch<Tensor>,
        extras,
      ),
    weighted: true,
    observed: [
      ...(encoder ? observedLayers(encoder, 'encoder') : []),
      ...observedLayers(writer.decoder, 'decoder'),
    ],
  };
}

export function writerLoss(
  { writer, loss }: Pick<WriterOptions, 'writer' | 'loss'>,
  parameters: Tensors,
  batch: WriterBatch<Tensor>,
  { drawn, observer }: LossExtras = {},
): BatchLoss {
  const source = sourceOf(
    writer,
    parameters,
    { x: batch.x, mask: batch.mask },
    { ...(drawn && { masks: drawn }), ...(observer && { observer }) },
  );
  const prediction = taught(writer, parameters, source, batch.previous, { drawn, observer });
  const sums = weighted(lossOf(loss).elements(prediction, batch.y), batch.weights);
  return { prediction, loss: overWeight(sums.total, sums.weight), sums };
}

/**
 * @param previous - [S,N,·]: what stands before each step
 * @returns [S,N,P]: what comes out of each step
 */
function taught(
  writer: WriterShape,
  parameters: Tensors,
  source: Source,
  previous: Tensor,
  { drawn = new Map(), observer }: { [Name in keyof LossExtras]: LossExtras[Name] | undefined },
): Tensor {
  const { decoder } = writer;
  const start = stateList(firstState(writer, source));
  const [S, N] = [previous.shape[0]!, previous.shape[1]!];
  const given = decoder.writes.type === 'tokens' ? reshape(previous, [S, N]) : transpose(previous, [0, 2, 1]);
  const coins = drawn.get('coins');
  const masks = partOf(drawn, 'decoder');
  /** Masks that differ from step to step go through the loop, and so do probes. */
  const perStep = [...masks].filter(([, mask]) => mask.shape.length === 3);
  const probes = observer
    ? Array.from({ length: decoder.layers }, () => observer.probe([S, decoder.hiddenSize, N]))
    : [];
  const step = (state: readonly Tensor[], written: Tensor | null, further: readonly Tensor[]) => {
    const own = perStep.map(([name], index): [string, Tensor] => [name, further[index]!]);
    const next = decoderStep(decoder, parameters, stateFrom(decoder, state), written, source, {
      masks: new Map([...masks, ...own]),
      ...(observer && { probes: further.slice(perStep.length) }),
    });
    const seen = observer ? next.state.layers.map(([h]) => h!) : [];
    return { state: stateList(next.state), features: next.features, seen };
  };
  const further = [...perStep.map(([, mask]) => mask), ...probes];
  const fed = coins ? null : asWritten(decoder, parameters, given);
  const { ys } = coins
    ? scan([...start, fill(0, given.shape.slice(1))], [given, coins, ...further], (carry, sequences) => {
        const [told, coin, ...rest] = sequences as [Tensor, Tensor, ...Tensor[]];
        const own = carry.at(-1)!;
        const before = add(multiply(told, subtract(scalar(1), coin)), multiply(own, coin));
        const next = step(carry.slice(0, -1), asWritten(decoder, parameters, before), rest);
        const chosen = choose(decoder, head(parameters, next.features));
        return { carry: [...next.state, chosen], ys: [next.features, ...next.seen] };
      })
    : scan(start, [fed ?? given, ...further], (carry, [written, ...rest]) => {
        const next = step(carry, fed && written!, rest);
        return { carry: next.state, ys: [next.features, ...next.seen] };
      });
  const [features, ...seen] = ys;
  for (const states of seen) observer?.outputs(states);
  return transpose(head(parameters, features!), [0, 2, 1]);
}

/** [P,N] of [H,N]. */
export const head = (parameters: Tensors, features: Tensor): Tensor =>
  linear(parameters.get('head.weight')!, parameters.get('head.bias')!, features);

/** What goes into a step: the vectors [E,N] of ids [N], or the numbers [O,N] themselves; null where what was written is not fed. */
export function asWritten(decoder: DecoderShape, parameters: Tensors, written: Tensor): Tensor | null {
  if (!feedsOutput(decoder)) return null;
  return decoder.writes.type === 'tokens'
    ? embedding(parameters.get('decoder.embedding.weight')!, written)
    : written;
}

/** What a step writes: the id [N] of the likeliest symbol, or the numbers [O,N], those in the middle of a distribution. No gradient passes through the choice. */
export function choose({ writes }: DecoderShape, output: Tensor): Tensor {
  if (writes.type === 'tokens') return argmax(output, 0);
  const { meaning } = writes;
  if (meaning === undefined) return stopGradient(output);
  const levels = typeof meaning === 'object' ? meaning.quantiles : [];
  const { point } = forecastOf(meaning, transpose(output, [1, 0]), { levels });
  return stopGradient(transpose(point, [1, 0]));
}

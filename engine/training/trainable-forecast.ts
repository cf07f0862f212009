/** Forecasts as the training loop takes them: all of the horizon at once, or written step by step. */
import type { EncoderDecoderShape } from '../spec/decoder-shape.ts';
import type { RegressionLoss } from '../spec/losses.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import type { ScheduledSampling } from '../spec/scheduled-sampling.ts';
import { carriedExamples, carryingOf, type CarryingOptions } from './carried-examples.ts';
import type { ExampleSource } from './example-source.ts';
import { sequenceExamples } from './sequence-source.ts';
import { trainableWindows, trainableWriter, type Trainable } from './trainable.ts';
import { windowExamples } from './window-examples.ts';
import { windowSequences } from './window-sequences.ts';
import type { WindowSource } from './window-source.ts';

/** How forecasts are judged whose training carries states from window to window: each series from its start. */
const throughSeries: CarryingOptions = { stateful: true, wholeSeries: true };

type ForecastNetwork = NetworkShape | EncoderDecoderShape;

export function trainableForecast(o: {
  readonly network: ForecastNetwork;
  readonly loss: RegressionLoss;
  readonly horizon: number;
  readonly parts: { readonly training: WindowSource; readonly validation: WindowSource };
  readonly scheduledSampling: ScheduledSampling | undefined;
  /** How states go on in training, of networks that don't write. */
  readonly carrying?: CarryingOptions;
}): Trainable {
  const { network, loss, horizon, parts, scheduledSampling, carrying } = o;
  if (network.architecture !== 'encoder_decoder')
    return trainableWindows({ network, loss, parts, carrying, judging: throughSeries });
  const written = (source: WindowSource) => windowSequences(source, horizon);
  return trainableWriter({
    network,
    loss,
    parts: { training: written(parts.training), validation: written(parts.validation) },
    scheduledSampling,
  });
}

/** Windows of a part as inputs of the network's programs. */
export const forecastExamples =
  (network: ForecastNetwork, horizon: number) =>
  (source: WindowSource): ExampleSource =>
    network.architecture === 'encoder_decoder'
      ? sequenceExamples(network, windowSequences(source, horizon))
      : windowExamples(source);

/** Windows that follow each other as inputs of a network whose states go on through each series. */
export function seriesExamples(network: ForecastNetwork, source: WindowSource): ExampleSource {
  if (network.architecture === 'encoder_decoder')
    throw new Error('train: expected a network whose states go on, got one that writes behind each window');
  return carriedExamples(source, carryingOf(network, source, throughSeries));
}

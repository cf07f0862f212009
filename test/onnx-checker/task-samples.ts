/** A file of each task as its training makes it, with what its tasks have beyond plain networks: categories, scaling of windows and series, rows of series, learned starts. */
import { exportWholeWriter } from '../../engine/programs/decoder/export-writer.ts';
import { initialWriterParameters } from '../../engine/programs/decoder/initial-writer-parameters.ts';
import {
  smallDecoder,
  smallEncoder,
  smallNumbers,
  smallTokens,
} from '../../engine/programs/decoder/testing.ts';
import { exportLanguageModel } from '../../engine/programs/export-language-model.ts';
import { exportModel } from '../../engine/programs/export-model.ts';
import { exportRowModel, type RowOutputs } from '../../engine/programs/export-row-model.ts';
import { exportRowSteps } from '../../engine/programs/export-row-steps.ts';
import { exportSteps } from '../../engine/programs/export-steps.ts';
import { initialParameters } from '../../engine/programs/initial-parameters.ts';
import type { ReaderArchitecture } from '../../engine/spec/architectures.ts';
import type { WriterShape } from '../../engine/spec/decoder-shape.ts';
import type { NetworkShape } from '../../engine/spec/network-shape.ts';
import { rowSizes, type CategoryInput, type RowInputs } from '../../engine/spec/row-inputs.ts';
import type { FittedScaling } from '../../engine/spec/scaling.ts';
import type { TaskKind } from '../../engine/spec/tasks.ts';

interface Sample {
  readonly name: string;
  readonly file: Uint8Array;
}

const seed = 7;
const horizon = 3;
/** Of a forecast of two columns, as every sample has them. */
export const outputScaling = { mean: [0.25, -3], std: [1.5, 8] };
export const levels = [0.1, 0.5, 0.9];
export const calibration = [
  [-0.2, -0.1],
  [0, 0],
  [0.3, 0.1],
];
const categories: readonly CategoryInput[] = [
  { kind: 'one_hot', categories: 4 },
  { kind: 'embedding', embedding: { vocabulary: 4, size: 3 } },
];

const reader = (
  architecture: ReaderArchitecture,
  changes: Partial<NetworkShape> & Pick<NetworkShape, 'inputSize' | 'outputSize'>,
): NetworkShape => ({ architecture, cell: 'lstm', hiddenSize: 8, layers: 2, ...changes });

/** Two columns, the second as its logarithm, both scaled by figures of the window. */
const ofWindow = (statistic: NonNullable<FittedScaling['window']>['statistic']): FittedScaling => ({
  mean: [0, 0],
  std: [1, 1],
  log: [false, true],
  window: { statistic, floor: [0.1, 0.1], from: [0, 1] },
});
const ofSeries = (mean: number): FittedScaling => ({
  mean: [mean, mean],
  std: [2, 2],
  series: [
    { mean: [1, 2], std: [3, 4] },
    { mean: [-1, 0], std: [1, 1] },
  ],
});

const forecasts = (['sequence_to_vector', 'sequence_to_sequence'] as const).flatMap(
  (architecture): Sample[] => {
    const network = reader(architecture, { inputSize: 2, outputSize: horizon * 2, cell: 'gru' });
    const parameters = initialParameters(network, seed);
    // with an output at every step, windows can't be scaled by what follows on a step
    const perWindow = architecture === 'sequence_to_vector' ? (['standard', 'minmax', 'last'] as const) : [];
    return [
      ...perWindow.map((statistic) => ({
        name: `${architecture}-${statistic}-of-the-window`,
        file: exportModel({
          network,
          parameters,
          horizon,
          inputScaling: ofWindow(statistic),
          outputScaling: ofWindow(statistic),
          metadata: { feeds: JSON.stringify({ positive: true }) },
        }),
      })),
      {
        name: `${architecture}-figures-of-series`,
        file: exportModel({
          network,
          parameters,
          horizon,
          inputScaling: ofSeries(0.5),
          outputScaling: ofSeries(-0.5),
          metadata: {},
        }),
      },
      {
        name: `${architecture}-steps`,
        file: exportSteps({
          network: { ...network, learnInitialState: true },
          parameters: initialParameters({ ...network, learnInitialState: true }, seed),
          horizon,
          inputScaling: ofSeries(0.5),
          outputScaling: ofSeries(-0.5),
          metadata: {},
        }),
      },
      ...[false, true].map((layerNorm) => {
        const withIds = reader(architecture, {
          // two numbers, four of one-hot, one id
          inputSize: 2 + 4 + 1,
          embeddings: [{ vocabulary: 4, size: 3 }],
          outputSize: horizon * 2,
          layerNorm,
        });
        return {
          name: `${architecture}-categories${layerNorm ? '-layer-normalised' : ''}`,
          file: exportModel({
            network: withIds,
            parameters: initialParameters(withIds, seed),
            horizon,
            categories,
            inputScaling: { mean: [0.5, -0.3], std: [2, 0.5] },
            outputScaling,
            metadata: { feeds: JSON.stringify({ ids: categories.length }) },
          }),
        };
      }),
    ];
  },
);

/** Known for the rows that are forecast: the second column, at each of the three. */
const knownAhead = (): Sample => {
  const network = reader('sequence_to_vector', { inputSize: 2 + horizon, outputSize: horizon * 2 });
  return {
    name: 'known-ahead',
    file: exportModel({
      network,
      parameters: initialParameters(network, seed),
      horizon,
      ahead: [1],
      inputScaling: { mean: [0.5, -0.3], std: [2, 0.5] },
      outputScaling,
      metadata: {},
    }),
  };
};

/** Written step by step, with intervals that are calibrated. */
const writtenIntervals = (): Sample => {
  const network = {
    architecture: 'encoder_decoder',
    encoder: smallEncoder('lstm', {
      inputSize: 2 + 4 + 1,
      embeddings: [{ vocabulary: 4, size: 3 }],
      bidirectional: true,
      layers: 2,
      peepholes: true,
    }),
    decoder: smallDecoder('gru', {
      layers: 2,
      layerNorm: true,
      writes: { type: 'numbers', size: 2, outputs: 4, meaning: 'gaussian' },
      attention: { score: 'scaled_dot' },
    }),
  } as const;
  return {
    name: 'written-intervals',
    file: exportModel({
      network,
      parameters: initialWriterParameters(network, seed),
      horizon,
      categories,
      inputScaling: { mean: [0.5, -0.3], std: [2, 0.5] },
      outputScaling,
      forecast: { loss: 'gaussian', levels, calibration },
      metadata: { feeds: JSON.stringify({ ids: categories.length }) },
    }),
  };
};

const mixed: RowInputs = {
  sequence: { kind: 'tokens', embedding: { vocabulary: 6, size: 4 }, padded: true },
  numbers: { mean: [1, 2], std: [2, 3] },
  categories: [
    { kind: 'one_hot', categories: 6 },
    { kind: 'embedding', embedding: { vocabulary: 6, size: 3 } },
  ],
};
const rowsOfSeries: RowInputs = {
  sequence: {
    kind: 'rows',
    scaling: { mean: [1, -2], std: [2, 4] },
    categories: mixed.categories,
    padded: true,
  },
  numbers: { mean: [], std: [] },
  categories: [],
};
const values: RowInputs = { ...mixed, sequence: null };

const overRows = (
  name: string,
  inputs: RowInputs,
  outputs: RowOutputs,
  changes: Partial<NetworkShape> = {},
): Sample[] => {
  const network = reader('sequence_to_vector', { ...rowSizes(inputs), outputSize: 3, ...changes });
  const options = { network, inputs, outputs, parameters: initialParameters(network, seed), metadata: {} };
  const isDriven = inputs.sequence !== null && network.bidirectional !== true;
  return [
    { name, file: exportRowModel(options) },
    ...(isDriven ? [{ name: `${name}-steps`, file: exportRowSteps(options) }] : []),
  ];
};
const numbers: RowOutputs = { kind: 'numbers', scaling: { mean: [1, 2, 3], std: [4, 5, 6] } };

const writes = (name: string, rows: RowInputs, writer: WriterShape): Sample => ({
  name,
  file: exportWholeWriter({
    writer,
    parameters: initialWriterParameters(writer, seed),
    maxSteps: 5,
    rows,
    ...(writer.decoder.writes.type === 'numbers' && { outputScaling }),
    metadata: {},
  }),
});

const languageModel = (name: string, changes: Partial<NetworkShape>): Sample => {
  const network = reader('sequence_to_sequence', {
    inputSize: 1,
    embeddings: [{ vocabulary: 6, size: 4 }],
    outputSize: 6,
    ...changes,
  });
  return {
    name,
    file: exportLanguageModel({ network, parameters: initialParameters(network, seed), metadata: {} }),
  };
};

/** A new task does not compile before it has one. */
export const taskSamples: Record<TaskKind, readonly Sample[]> = {
  forecast: [...forecasts, knownAhead(), writtenIntervals()],
  classification: overRows('mixed-both-directions', mixed, { kind: 'classes' }, { bidirectional: true }),
  multilabel: overRows('values-of-a-row', values, { kind: 'labels' }, { cell: 'gru' }),
  regression: overRows('mixed', mixed, numbers, { cell: 'gru' }),
  series_classification: overRows('rows', rowsOfSeries, { kind: 'classes' }, { learnInitialState: true }),
  tagging: [
    ...overRows('rows', rowsOfSeries, { kind: 'classes' }, { architecture: 'sequence_to_sequence' }),
    ...overRows(
      'rows-both-directions',
      rowsOfSeries,
      { kind: 'classes' },
      { architecture: 'sequence_to_sequence', bidirectional: true },
    ),
  ],
  language_model: [
    languageModel('peepholes', { peepholes: true, residual: true }),
    languageModel('learned-start', { cell: 'gru', learnInitialState: true }),
    languageModel('layer-normalised-learned-start', { layerNorm: true, learnInitialState: true }),
  ],
  transduction: [
    writes('layer-normalised-both-directions', mixed, {
      architecture: 'encoder_decoder',
      encoder: smallEncoder('lstm', {
        ...rowSizes(mixed),
        bidirectional: true,
        layerNorm: true,
        layers: 2,
        residual: true,
      }),
      decoder: smallDecoder('lstm', { layerNorm: true, peepholes: true, attention: { score: 'additive' } }),
    }),
    writes('of-a-vector', values, {
      architecture: 'vector_to_sequence',
      vectorSize: rowSizes(values).inputSize,
      embeddings: rowSizes(values).embeddings!,
      decoder: smallDecoder('rnn', {
        layers: 2,
        activation: 'softsign',
        residual: true,
        writes: smallTokens,
      }),
    }),
  ],
  curve: [
    writes('layer-normalised', values, {
      architecture: 'vector_to_sequence',
      vectorSize: rowSizes(values).inputSize,
      embeddings: rowSizes(values).embeddings!,
      decoder: smallDecoder('gru', { layers: 2, layerNorm: true, writes: smallNumbers }),
    }),
  ],
};

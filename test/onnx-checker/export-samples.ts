/**
 * usage: tsx test/onnx-checker/export-samples.ts DIRECTORY
 *
 * Writes one exported model for each cell × architecture × layers 1, 2 (horizon 3, two target columns, real scaling),
 * with random parameters, for check.py; one for each loss of a distribution × architecture; classifiers of rows; language models; a forecast that is written; and of networks that write sequences
 * the three files (whole, reading, step), also of those that read rows; and of each task what it has beyond that (task-samples.ts).
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportModel } from '../../engine/programs/export-model.ts';
import { exportRowModel } from '../../engine/programs/export-row-model.ts';
import { initialParameters } from '../../engine/programs/initial-parameters.ts';
import { exportWriter } from '../../engine/programs/decoder/export-writer.ts';
import { initialWriterParameters } from '../../engine/programs/decoder/initial-writer-parameters.ts';
import {
  smallDecoder,
  smallEncoder,
  smallNumbers,
  smallWriters,
} from '../../engine/programs/decoder/testing.ts';
import { exportLanguageModel } from '../../engine/programs/export-language-model.ts';
import type { ReaderArchitecture } from '../../engine/spec/architectures.ts';
import type { CellKind } from '../../engine/spec/cells.ts';
import type { WriterShape } from '../../engine/spec/decoder-shape.ts';
import type { RegressionLoss } from '../../engine/spec/losses.ts';
import type { NetworkShape } from '../../engine/spec/network-shape.ts';
import { rowSizes, type RowInputs } from '../../engine/spec/row-inputs.ts';
import { calibration, levels, outputScaling, taskSamples } from './task-samples.ts';

const HORIZON = 3;
const cellKinds: readonly CellKind[] = ['rnn', 'lstm', 'gru'];
const architectures: Record<ReaderArchitecture, true> = {
  sequence_to_vector: true,
  sequence_to_sequence: true,
};
const inputScaling = { mean: [0.5, -0.3, 0], std: [2, 0.5, 1] };

const distributions: readonly (readonly [RegressionLoss, outputsPerTarget: number])[] = [
  [{ type: 'quantile', quantiles: levels }, levels.length],
  ['gaussian', 2],
  ['student_t', 3],
];

const directory = process.argv[2];
if (directory === undefined) throw new Error('expected the directory to write to, got none');
mkdirSync(directory, { recursive: true });

for (const cell of cellKinds) {
  for (const architecture of Object.keys(architectures) as ReaderArchitecture[]) {
    for (const layers of [1, 2]) {
      const network: NetworkShape = {
        architecture,
        cell,
        inputSize: inputScaling.mean.length,
        hiddenSize: 8,
        layers,
        outputSize: HORIZON * outputScaling.mean.length,
      };
      const model = exportModel({
        network,
        parameters: initialParameters(network, 7),
        horizon: HORIZON,
        inputScaling,
        outputScaling,
        metadata: { sample: `${cell}, ${architecture}, layers ${layers}` },
      });
      writeFileSync(join(directory, `${cell}-${architecture}-${layers}.onnx`), model);
    }
  }
}

/** What else a cell and its layers can be. */
type Variant = Partial<NetworkShape> & Pick<NetworkShape, 'cell'>;
const variants: readonly (readonly [name: string, variant: Variant])[] = [
  ...(['relu', 'sigmoid', 'softsign', 'elu', 'leaky_relu', 'identity'] as const).map(
    (activation): [string, Variant] => [`rnn-${activation}`, { cell: 'rnn', activation }],
  ),
  ...cellKinds.flatMap((cell): [string, Variant][] => [
    [`${cell}-bidirectional`, { cell, bidirectional: true }],
    [`${cell}-layer-normalised`, { cell, layerNorm: true }],
    [`${cell}-mean`, { cell, pooling: 'mean' }],
    [`${cell}-residual-learned-start`, { cell, residual: true, learnInitialState: true }],
  ]),
  ['lstm-peepholes', { cell: 'lstm', peepholes: true }],
  ['lstm-peepholes-bidirectional', { cell: 'lstm', peepholes: true, bidirectional: true }],
];

for (const [name, variant] of variants) {
  const network: NetworkShape = {
    architecture: 'sequence_to_vector',
    inputSize: inputScaling.mean.length,
    hiddenSize: 8,
    layers: 2,
    outputSize: HORIZON * outputScaling.mean.length,
    ...variant,
  };
  const model = exportModel({
    network,
    parameters: initialParameters(network, 7),
    horizon: HORIZON,
    inputScaling,
    outputScaling,
    metadata: { sample: name },
  });
  writeFileSync(join(directory, `${name}.onnx`), model);
}

for (const architecture of Object.keys(architectures) as ReaderArchitecture[]) {
  for (const [loss, outputsPerTarget] of distributions) {
    const name = typeof loss === 'string' ? loss : loss.type;
    const network: NetworkShape = {
      architecture,
      cell: 'gru',
      inputSize: inputScaling.mean.length,
      hiddenSize: 8,
      layers: 1,
      outputSize: HORIZON * outputScaling.mean.length * outputsPerTarget,
    };
    const model = exportModel({
      network,
      parameters: initialParameters(network, 7),
      horizon: HORIZON,
      inputScaling,
      outputScaling,
      forecast: { loss, levels, calibration },
      metadata: { sample: `${name}, ${architecture}` },
    });
    writeFileSync(join(directory, `${name}-${architecture}.onnx`), model);
  }
}

const rowInputs: Readonly<Record<string, RowInputs>> = {
  text: {
    sequence: { kind: 'tokens', embedding: { vocabulary: 6, size: 4 }, padded: true },
    numbers: { mean: [], std: [] },
    categories: [],
  },
  mixed: {
    sequence: { kind: 'numbers', scaling: { mean: [1, 2], std: [3, 4] }, padded: true },
    numbers: { mean: [1], std: [2] },
    categories: [
      { kind: 'one_hot', categories: 6 },
      { kind: 'embedding', embedding: { vocabulary: 6, size: 3 } },
    ],
  },
};
const rowOutputs = { text: 'classes', mixed: 'labels' } as const;

for (const cell of cellKinds) {
  for (const layerNorm of [false, true]) {
    for (const kind of ['text', 'mixed'] as const) {
      const inputs = rowInputs[kind]!;
      const network: NetworkShape = {
        architecture: 'sequence_to_vector',
        cell,
        ...rowSizes(inputs),
        hiddenSize: 8,
        layers: 2,
        layerNorm,
        outputSize: 3,
      };
      for (const pooling of ['last', 'mean', 'max'] as const) {
        const name = `${layerNorm ? 'layer-normalised-' : ''}${cell}-${kind}-rows${pooling === 'last' ? '' : `-${pooling}`}`;
        const model = exportRowModel({
          network: { ...network, pooling },
          inputs,
          outputs: { kind: rowOutputs[kind] },
          parameters: initialParameters(network, 7),
          metadata: { sample: name },
        });
        writeFileSync(join(directory, `${name}.onnx`), model);
      }
    }
  }
}

for (const cell of cellKinds) {
  for (const layerNorm of [false, true]) {
    const name = `${layerNorm ? 'layer-normalised-' : ''}${cell}-language-model`;
    const network: NetworkShape = {
      architecture: 'sequence_to_sequence',
      cell,
      inputSize: 1,
      embeddings: [{ vocabulary: 6, size: 4 }],
      hiddenSize: 8,
      layers: 2,
      layerNorm,
      outputSize: 6,
    };
    const parameters = initialParameters(network, 7);
    const model = exportLanguageModel({ network, parameters, metadata: { sample: name } });
    writeFileSync(join(directory, `${name}.onnx`), model);
  }
}

/** A forecast that is written step by step: its Loop is inside. */
const writtenForecast = {
  architecture: 'encoder_decoder',
  encoder: smallEncoder('gru', { inputSize: inputScaling.mean.length }),
  decoder: smallDecoder('lstm', {
    writes: { type: 'numbers', size: outputScaling.mean.length },
    attention: { score: 'additive' },
  }),
} as const;
writeFileSync(
  join(directory, 'written-forecast.onnx'),
  exportModel({
    network: writtenForecast,
    parameters: initialWriterParameters(writtenForecast, 7),
    horizon: HORIZON,
    inputScaling,
    outputScaling,
    metadata: { sample: 'a forecast that is written' },
  }),
);

/** What reads rows and writes: texts (whole, reading, step) and curves (whole). */
const { text, mixed } = rowInputs as Record<'text' | 'mixed', RowInputs>;
const values: RowInputs = { ...mixed, sequence: null };
const vector = { vectorSize: rowSizes(values).inputSize, embeddings: rowSizes(values).embeddings ?? [] };
const rowWriters: readonly (readonly [name: string, RowInputs, WriterShape])[] = [
  ...(['rnn', 'lstm', 'gru'] as const).map(
    (cell) =>
      [
        `${cell}-transduction-of-text`,
        text,
        {
          architecture: 'encoder_decoder',
          encoder: smallEncoder(cell, rowSizes(text)),
          decoder: smallDecoder(cell, { attention: { score: 'dot' } }),
        },
      ] as const,
  ),
  [
    'transduction-of-mixed-rows',
    mixed,
    {
      architecture: 'encoder_decoder',
      encoder: smallEncoder('gru', rowSizes(mixed)),
      decoder: smallDecoder('lstm', { layers: 2, attention: { score: 'additive' } }),
    },
  ],
  [
    'transduction-that-sees-the-last-state',
    mixed,
    {
      architecture: 'encoder_decoder',
      encoder: smallEncoder('gru', { ...rowSizes(mixed), bidirectional: true }),
      decoder: smallDecoder('lstm', { feedContext: true, feedOutput: false }),
    },
  ],
  [
    'text-of-a-vector',
    values,
    { architecture: 'vector_to_sequence', ...vector, feedVector: true, decoder: smallDecoder('lstm') },
  ],
  ...(['rnn', 'lstm', 'gru'] as const).map(
    (cell) =>
      [
        `${cell}-curves`,
        values,
        {
          architecture: 'vector_to_sequence',
          ...vector,
          feedVector: true,
          decoder: smallDecoder(cell, { layers: 2, writes: smallNumbers }),
        },
      ] as const,
  ),
];
for (const [name, rows, writer] of rowWriters) {
  const isCurve = writer.decoder.writes.type === 'numbers';
  const files = exportWriter({
    writer,
    parameters: initialWriterParameters(writer, 7),
    maxSteps: 5,
    rows,
    ...(isCurve && { outputScaling }),
    metadata: { sample: name },
  });
  for (const [part, bytes] of Object.entries(files) as [string, Uint8Array][])
    if (!isCurve || part === 'model') writeFileSync(join(directory, `${name}-${part}.onnx`), bytes);
}

for (const [name, writer] of Object.entries(smallWriters)) {
  // ids that are read must be whole numbers, and check.py feeds random ones
  if ((writer.architecture === 'encoder_decoder' ? writer.encoder : writer).embeddings) continue;
  const parameters = initialWriterParameters(writer, 7);
  const files = exportWriter({ writer, parameters, maxSteps: 5, metadata: { sample: name } });
  for (const [part, bytes] of Object.entries(files) as [string, Uint8Array][])
    writeFileSync(join(directory, `${name.replaceAll(/[^a-z]+/g, '-')}-${part}.onnx`), bytes);
}

for (const [task, samples] of Object.entries(taskSamples))
  for (const { name, file } of samples) writeFileSync(join(directory, `${task}-${name}.onnx`), file);

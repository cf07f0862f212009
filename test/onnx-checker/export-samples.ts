/**
 * usage: tsx test/onnx-checker/export-samples.ts DIRECTORY
 *
 * Writes one exported model for each cell × architecture × layers 1, 2 (horizon 3, two target columns, real scaling),
 * with random parameters, for check.py; one for each loss of a distribution × architecture; classifiers of texts; and the three files (whole, reading, step) of networks that write sequences.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportClassifier } from '../../engine/programs/export-classifier.ts';
import { exportModel } from '../../engine/programs/export-model.ts';
import { initialParameters } from '../../engine/programs/initial-parameters.ts';
import { exportWriter } from '../../engine/programs/decoder/export-writer.ts';
import { initialWriterParameters } from '../../engine/programs/decoder/initial-writer-parameters.ts';
import { smallWriters } from '../../engine/programs/decoder/testing.ts';
import type { ReaderArchitecture } from '../../engine/spec/architectures.ts';
import type { CellKind } from '../../engine/spec/cells.ts';
import type { RegressionLoss } from '../../engine/spec/losses.ts';
import type { NetworkShape } from '../../engine/spec/network-shape.ts';

const HORIZON = 3;
const cellKinds: readonly CellKind[] = ['rnn', 'lstm', 'gru'];
const architectures: Record<ReaderArchitecture, true> = {
  sequence_to_vector: true,
  sequence_to_sequence: true,
};
const inputScaling = { mean: [0.5, -0.3, 0], std: [2, 0.5, 1] };
const outputScaling = { mean: [0.25, -3], std: [1.5, 8] };

const levels = [0.1, 0.5, 0.9];
const calibration = [
  [-0.2, -0.1],
  [0, 0],
  [0.3, 0.1],
];
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

for (const cell of cellKinds) {
  for (const layerNorm of [false, true]) {
    const network: NetworkShape = {
      architecture: 'sequence_to_vector',
      cell,
      inputSize: 1,
      embeddings: [{ vocabulary: 6, size: 4 }],
      padded: true,
      hiddenSize: 8,
      layers: 2,
      layerNorm,
      outputSize: 3,
    };
    const name = `${layerNorm ? 'layer-normalised-' : ''}${cell}-classifier`;
    const model = exportClassifier({
      network,
      parameters: initialParameters(network, 7),
      metadata: { sample: name },
    });
    writeFileSync(join(directory, `${name}.onnx`), model);
  }
}

for (const [name, writer] of Object.entries(smallWriters)) {
  // ids that are read must be whole numbers, and check.py feeds random ones
  if (writer.architecture === 'encoder_decoder' && writer.encoder.embeddings) continue;
  const parameters = initialWriterParameters(writer, 7);
  const files = exportWriter({ writer, parameters, maxSteps: 5, metadata: { sample: name } });
  for (const [part, bytes] of Object.entries(files) as [string, Uint8Array][])
    writeFileSync(join(directory, `${name.replaceAll(/[^a-z]+/g, '-')}-${part}.onnx`), bytes);
}

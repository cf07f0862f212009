/** Models to be served: networks of random weights, with rows and files as training would have left them. */
import { resolveSpecification } from '../../domain/training-jobs/resolve-specification.ts';
import type { ModelCard } from '../../domain/models/model.ts';
import { exportModel } from '../../engine/programs/export-model.ts';
import { exportRowModel } from '../../engine/programs/export-row-model.ts';
import { parameterCount } from '../../engine/programs/parameters.ts';
import { randomStream } from '../../engine/random/random-stream.ts';
import type { NetworkShape } from '../../engine/spec/network-shape.ts';
import type { ClassificationSpecification, ForecastSpecification } from '../../engine/spec/tasks.ts';
import type { Database } from '../../platform/postgres/database.ts';
import type { FileStorage } from '../../platform/storage/file-storage.ts';
import { anyCard, readyDataset } from '../../test/support/records.ts';
import { storedVersion, type TrainedFiles } from '../../test/support/stored-version.ts';

export interface ServingParts {
  readonly database: Database;
  readonly storage: FileStorage;
}

/** What the readers know: they are asked with nothing else. */
export const alphabet = Array.from('abcdefghijklmnopqrstuvwxyz ,.');
const labels = ['ham', 'spam'];

const weights = (network: NetworkShape, seed: number): Float32Array => {
  const random = randomStream(seed, 'bench');
  return Float32Array.from({ length: parameterCount(network) }, () => 0.25 * (random.next() * 2 - 1));
};

/** A forecast of one column, one step ahead. */
export async function forecastModel(
  parts: ServingParts,
  o: { name: string; hidden: number; steps: number; seed: number; groupBy?: string },
): Promise<Uint8Array> {
  const network: NetworkShape = {
    architecture: 'sequence_to_vector',
    cell: 'lstm',
    inputSize: 1,
    hiddenSize: o.hidden,
    layers: 1,
    outputSize: 1,
  };
  const specification = resolveSpecification({
    architecture: 'sequence_to_vector',
    data: {
      inputs: [{ column: 'value' }],
      targets: [{ column: 'value' }],
      ...(o.groupBy !== undefined && { group_by: o.groupBy }),
      window: { length: o.steps, horizon: 1 },
    },
    model: { cell: 'lstm', hidden_size: o.hidden },
  }) as ForecastSpecification;
  const scaling = { mean: [10], std: [3] };
  const parameters = weights(network, o.seed);
  const file = exportModel({
    network,
    parameters,
    horizon: 1,
    inputScaling: scaling,
    outputScaling: scaling,
    metadata: {},
  });
  const ofSteps = { parameters, fitted: { inputScaling: scaling, outputScaling: scaling }, exported: {} };
  await store(
    parts,
    o.name,
    file,
    (jobId) => ({ ...anyCard(jobId), specification, frequency: null }),
    ofSteps,
  );
  return file;
}

/** A classifier of texts, read by characters. */
export async function readerModel(
  parts: ServingParts,
  o: { name: string; hidden: number; steps: number; seed: number },
): Promise<Uint8Array> {
  const network: NetworkShape = {
    architecture: 'sequence_to_vector',
    cell: 'lstm',
    inputSize: 1,
    embeddings: [{ vocabulary: alphabet.length + 2, size: 16 }],
    padded: true,
    hiddenSize: o.hidden,
    layers: 1,
    outputSize: labels.length,
  };
  const specification = resolveSpecification({
    architecture: 'sequence_to_vector',
    data: {
      inputs: [{ column: 'text', encoding: 'characters', max_length: o.steps }],
      targets: [{ column: 'label' }],
    },
    model: { cell: 'lstm', hidden_size: o.hidden },
    output: { type: 'classification' },
  }) as ClassificationSpecification;
  const file = exportRowModel({
    network,
    inputs: {
      sequence: { kind: 'tokens', embedding: network.embeddings![0]!, padded: true },
      numbers: { mean: [], std: [] },
      categories: [],
    },
    outputs: { kind: 'classes' },
    parameters: weights(network, o.seed),
    metadata: {},
  });
  const scores = { accuracy: 0.5, balanced_accuracy: 0.5, macro_f1: 0.5, log_loss: 0.7 };
  await store(parts, o.name, file, (jobId) => ({
    ...anyCard(jobId),
    task: 'classification',
    specification,
    parts: { training_rows: 70, validation_rows: 15, test_rows: 15 },
    features: {
      inputs: [
        {
          column: 'text',
          encoding: 'characters',
          max_length: o.steps,
          lowercase: false,
          unicode_normalization: 'none',
          truncate: 'end',
          vocabulary: alphabet,
        },
      ],
      labels,
    },
    held_out: {
      model: scores,
      baselines: { majority_class: scores, bag_of_words: null },
      by_label: [],
      confusion: [
        [1, 1],
        [1, 1],
      ],
    },
  }));
  return file;
}

async function store(
  parts: ServingParts,
  name: string,
  file: Uint8Array,
  cardOf: (jobId: string) => ModelCard,
  weights: TrainedFiles['weights'] = null,
): Promise<void> {
  const { id: datasetId } = await readyDataset(parts.database);
  const { specification } = cardOf('');
  await storedVersion(parts, { datasetId, name, specification, file, weights }, cardOf);
}

/** A language model as the train worker would leave it, whose numbers mean nothing: quick to make. */
import { resolveSpecification } from '../../domain/training-jobs/resolve-specification.ts';
import type { ModelVersion } from '../../domain/models/model.ts';
import { exportLanguageModel } from '../../engine/programs/export-language-model.ts';
import { parameterCountOf } from '../../engine/programs/parameter-count.ts';
import { networkShape } from '../../engine/spec/network-shape.ts';
import type { LanguageModelSpecification } from '../../engine/spec/tasks.ts';
import type { HttpService } from './http-service.ts';
import { publishedVersion } from './published-version.ts';

export const letters = Array.from(' abcdefghijklmnopqrstuvwxyz.');

export async function trainedLanguageModel(
  service: HttpService,
  { datasetId, name, model }: { datasetId: string; name: string; model: object },
): Promise<ModelVersion> {
  const specification = resolveSpecification({
    architecture: 'sequence_to_sequence',
    data: {
      inputs: [{ column: 'text', encoding: 'characters', max_length: 40, embedding_size: 6 }],
      targets: [{ column: 'text' }],
    },
    model,
    output: { type: 'tokens' },
  }) as LanguageModelSpecification;
  const V = letters.length + 2;
  const network = networkShape('sequence_to_sequence', specification.model, {
    inputSize: 1,
    outputSize: V,
    embeddings: [{ vocabulary: V, size: 6 }],
  });
  const parameters = Float32Array.from(
    { length: parameterCountOf(network) },
    (_, index) => 0.8 * Math.sin(index * index),
  );
  const feature = {
    column: 'text',
    encoding: 'characters',
    max_length: 40,
    lowercase: false,
    unicode_normalization: 'NFC',
    truncate: 'end',
    embedding_size: 6,
    vocabulary: letters,
  };
  const scores = { cross_entropy: 2, perplexity: 7, bits_per_character: 3, accuracy: 0.3 };
  return publishedVersion(service, {
    datasetId,
    name,
    specification,
    file: exportLanguageModel({ network, parameters, metadata: {} }),
    weights: { parameters, fitted: { feature } },
    card: {
      task: 'language_model',
      parts: { training_tokens: 100, validation_tokens: 10, test_tokens: 10 },
      features: { inputs: [feature] },
      held_out: {
        tokens: 10,
        unknown_share: 0,
        model: scores,
        baselines: { unigram: scores, bigram: scores },
      },
    },
  });
}

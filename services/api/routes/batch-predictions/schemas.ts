/** Batch predictions on the wire. */
import { Type, type Static } from 'typebox';
import {
  BatchPredictionError,
  BatchPredictionEventType,
  BatchPredictionStatus,
} from '../../../../domain/batch-predictions/batch-prediction.ts';
import {
  generationOptions,
  GenerationSettings,
  maxLength,
  searchOptions,
  SearchSettings,
} from '../../../../engine/spec/generation.ts';
import { nullable, Timestamp } from '../../../http/answers.ts';
import { listOf, listQuery } from '../../../http/pagination.ts';
import { DatasetName, nameRule } from '../datasets/schemas.ts';
import { eventListOf, eventOf } from '../jobs/event-schemas.ts';
import { ModelVersionReference } from '../models/version-reference.ts';

export const BatchPredictionRequest = Type.Object(
  {
    dataset_id: Type.String({ minLength: 1, description: 'A dataset that is ready.' }),
    name: Type.Optional(
      Type.String({ ...DatasetName, description: `Of the dataset that comes out: ${nameRule}` }),
    ),
    columns: Type.Optional(
      Type.Array(Type.String(), {
        maxItems: 4096,
        description:
          'Columns of the dataset that go into the result, beside the predictions; by default all but recordings and images. Of a forecast those that name a series and its time do, always.',
      }),
    ),
    ...generationOptions,
    ...searchOptions,
    max_length: maxLength,
  },
  {
    title: 'BatchPredictionRequest',
    additionalProperties: false,
    examples: [{ dataset_id: 'ds_0197a4f2c1d07c3a9b1e5f60718293a4' }],
  },
);

export const BatchPredictionResource = Type.Object(
  {
    id: Type.String({ description: '`bp_` and 32 hexadecimal digits, in the order of creation.' }),
    name: Type.String({ description: 'Of the dataset that comes out.' }),
    dataset_id: Type.String(),
    model: ModelVersionReference,
    columns: Type.Array(Type.String()),
    generation: nullable(
      Type.Union([GenerationSettings, SearchSettings]),
      'Of a language model: how texts are drawn; that of row n, counted from 0, from seed + n. Of a model that writes a text for each row (`encoder_decoder`, `vector_to_sequence`): how it is searched for. Null of others.',
    ),
    status: BatchPredictionStatus,
    progress: Type.Number({ description: '0 to 1.' }),
    position: Type.Integer({ description: 'Rows, or series of a forecast, that are done and kept.' }),
    refused: Type.Integer({
      description: 'How many of them have no prediction; `error` in the result says why.',
    }),
    error: nullable(BatchPredictionError, 'Why it failed.'),
    result_dataset_id: nullable(Type.String(), 'The dataset that came out, when it succeeded.'),
    attempt: Type.Integer({ description: 'How many times a worker has taken it up.' }),
    created_at: Timestamp,
    started_at: nullable(Timestamp, 'When a worker took it last.'),
    finished_at: nullable(Timestamp, 'When it ended.'),
    updated_at: Timestamp,
  },
  {
    title: 'BatchPrediction',
    additionalProperties: false,
    description: 'One model version asked of a whole dataset.',
  },
);
export type BatchPredictionResource = Static<typeof BatchPredictionResource>;

export const BatchPredictionList = listOf(BatchPredictionResource, 'BatchPredictionList');
export const BatchPredictionListQuery = listQuery('bp', {
  status: Type.Optional(BatchPredictionStatus),
  dataset_id: Type.Optional(Type.String({ minLength: 1 })),
});

export const BatchPredictionEventResource = eventOf(BatchPredictionEventType, 'BatchPredictionEvent');
export const BatchEventList = eventListOf(BatchPredictionEventResource, 'BatchPredictionEventList');

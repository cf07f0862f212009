/** Models on the wire. */
import { Type, type Static } from 'typebox';
import { modelCards, type ModelCard } from '../../../../domain/models/model.ts';
import { decodingFiles } from '../../../../domain/models/version-files.ts';
import { Architecture } from '../../../../engine/spec/architectures.ts';
import { CellKind } from '../../../../engine/spec/cells.ts';
import { TaskName } from '../../../../engine/spec/tasks.ts';
import { Timestamp } from '../../../http/answers.ts';
import { Limit, listOf, listQuery } from '../../../http/pagination.ts';

const nullableText = (description: string) => Type.Union([Type.String(), Type.Null()], { description });

const Signature = Type.Object(
  {
    task: TaskName,
    architecture: Architecture,
    cell: CellKind,
    inputs: Type.Array(Type.String(), { description: 'Columns that every row of a prediction has to have.' }),
    targets: Type.Array(Type.String(), {
      description: 'Columns that are forecast, whose label is told, or whose text goes on or is written.',
    }),
    order_by: nullableText('Column whose values go on in the forecast.'),
    group_by: nullableText('Column that tells one series from another.'),
    window_length: Type.Union([Type.Integer(), Type.Null()], {
      description:
        'Rows that a forecast needs at least; the last so many are used. Null where each row is by itself.',
    }),
    horizon: Type.Union([Type.Integer(), Type.Null()], { description: 'Rows that are forecast.' }),
  },
  { title: 'ModelSignature', additionalProperties: false, description: 'What a prediction takes and gives.' },
);

const version = {
  id: Type.String({ description: 'Of the model: `mdl_` and 32 hexadecimal digits.' }),
  name: Type.String(),
  version: Type.Integer({ minimum: 1 }),
  job_id: Type.String({ description: 'The training job that made it.' }),
  dataset_id: Type.String(),
  bytes: Type.Integer({ description: 'Length of the ONNX file.' }),
  sha256: Type.String({ description: 'Of the ONNX file, hexadecimal.' }),
  signature: Signature,
  created_at: Timestamp,
};

export const ModelVersionResource = Type.Object(version, {
  title: 'ModelVersion',
  additionalProperties: false,
  description: 'One ONNX file with its lineage.',
});
export type ModelVersionResource = Static<typeof ModelVersionResource>;

export const ModelResource = Type.Object(
  { ...version, latest_version: Type.Integer({ minimum: 1 }), updated_at: Timestamp },
  {
    title: 'Model',
    additionalProperties: false,
    description: 'A model as its latest version, or the one that was asked for.',
  },
);
export type ModelResource = Static<typeof ModelResource>;

export const ModelSummary = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    latest_version: Type.Integer({ minimum: 1 }),
    created_at: Timestamp,
    updated_at: Timestamp,
  },
  { title: 'ModelSummary', additionalProperties: false, description: 'A model as it stands in lists.' },
);
export type ModelSummary = Static<typeof ModelSummary>;

export const ModelList = listOf(ModelSummary, 'ModelList');
export const ModelVersionList = listOf(ModelVersionResource, 'ModelVersionList');

export const ModelListQuery = listQuery('mdl', {
  name: Type.Optional(Type.String({ minLength: 1, description: 'Only the model of exactly this name.' })),
});

export const VersionListQuery = Type.Object(
  {
    limit: Limit,
    after: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 2_147_483_647,
        description: 'The version in `next` of the page before.',
      }),
    ),
  },
  { additionalProperties: false },
);

export const ModelParams = Type.Object({
  ref: Type.String({
    description: 'A name, an id, or either with `@` and a version: `seattle-temperature@3`.',
  }),
});

export const DownloadQuery = Type.Object(
  {
    part: Type.Union([Type.Literal('whole'), ...decodingFiles.map((file) => Type.Literal(file))], {
      default: 'whole',
      description:
        'Of models that write texts: `reading`, which reads and gives the first state, or `step`, which does one step with its state as input and output.',
    }),
  },
  { additionalProperties: false },
);

export const VersionParams = Type.Object({
  ref: Type.String({ description: 'A name or an id.' }),
  version: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }),
});

const cardOf = (task: keyof typeof modelCards, title: string) => ({
  ...modelCards[task],
  properties: {
    ...modelCards[task].properties,
    specification: {
      ...modelCards[task].properties.specification,
      title: 'TrainingSpecification',
      description: 'With every default filled in.',
    },
  },
  title,
});

export const ModelCardResource = Type.Unsafe<ModelCard>({
  anyOf: [
    cardOf('forecast', 'ForecastCard'),
    cardOf('classification', 'ClassificationCard'),
    cardOf('multilabel', 'MultilabelCard'),
    cardOf('regression', 'RegressionCard'),
    cardOf('curve', 'CurveCard'),
    cardOf('series_classification', 'SeriesClassificationCard'),
    cardOf('tagging', 'TaggingCard'),
    cardOf('language_model', 'LanguageModelCard'),
    cardOf('transduction', 'TransductionCard'),
  ],
  title: 'ModelCard',
  description:
    'What ought to be known before using a model, by its `task`. Scores are of the test part; those of forecasts in the targets’ own units.',
});

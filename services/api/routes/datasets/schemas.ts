/** Datasets on the wire. */
import { Type, type Static } from 'typebox';
import { DatasetFormat, TextRows } from '../../../../domain/datasets/dataset-format.ts';
import { ColumnProfile, DatasetProblem, DatasetStatus } from '../../../../domain/datasets/dataset.ts';
import { Timestamp } from '../../../http/answers.ts';
import { Limit, listOf, listQuery } from '../../../http/pagination.ts';

const onBadRows = (options: { default?: 'reject' }) =>
  Type.Union([Type.Literal('reject'), Type.Literal('skip')], {
    description:
      'What to do with a file that has rows that do not parse: reject it whole, or leave them out.',
    ...options,
  });

const summary = {
  id: Type.String({ description: '`ds_` and 32 hexadecimal digits, in the order of creation.' }),
  name: Type.String(),
  description: Type.Union([Type.String(), Type.Null()]),
  status: DatasetStatus,
  format: DatasetFormat,
  bytes: Type.Integer({ description: 'Length of the upload.' }),
  sha256: Type.String({ description: 'Of the upload, hexadecimal.' }),
  on_bad_rows: onBadRows({}),
  row_count: Type.Union([Type.Integer(), Type.Null()], { description: 'Null until the dataset is ready.' }),
  problem_count: Type.Integer(),
  created_at: Timestamp,
  updated_at: Timestamp,
};

export const DatasetSummary = Type.Object(summary, {
  title: 'DatasetSummary',
  additionalProperties: false,
  description: 'A dataset without its profile, as it stands in lists.',
});
export type DatasetSummary = Static<typeof DatasetSummary>;

const PresentedProblem = Type.Object(
  {
    ...DatasetProblem.properties,
    hint: Type.String({ description: 'What to do about it; the same for every problem of this code.' }),
  },
  { additionalProperties: false },
);

export const DatasetResource = Type.Object(
  {
    ...summary,
    columns: Type.Array(ColumnProfile, { description: 'The profile; empty until the dataset is ready.' }),
    problems: Type.Array(PresentedProblem, {
      description: 'The first 100 of `problem_count`; rows count from 1 after the header.',
    }),
  },
  {
    title: 'Dataset',
    additionalProperties: false,
    description: 'An immutable, validated upload with a profile.',
  },
);
export type DatasetResource = Static<typeof DatasetResource>;

export const DatasetList = listOf(DatasetSummary, 'DatasetList');

export const DatasetListQuery = listQuery('ds', {
  status: Type.Optional(DatasetStatus),
  name: Type.Optional(Type.String({ minLength: 1, description: 'Only datasets of exactly this name.' })),
});

export const nameRule = '1 to 200 characters, none of them a control character';

export const DatasetName = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern: '^[^\\u0000-\\u001f\\u007f]*$',
  description: nameRule,
});

export const UploadQuery = Type.Object(
  {
    name: Type.Optional(
      Type.String({
        ...DatasetName,
        description: `${nameRule}; by default the file name of a multipart upload`,
      }),
    ),
    description: Type.Optional(
      Type.String({
        maxLength: 2000,
        pattern: '^[^\\u0000]*$',
        description: 'at most 2000 characters, none of them a NUL',
      }),
    ),
    on_bad_rows: onBadRows({ default: 'reject' }),
    rows: Type.Optional(
      Type.Union(TextRows.anyOf, {
        description:
          'Of plain text alone: what a row is. `document` (default): all of it; `paragraph`: what stands between blank lines; `line`.',
      }),
    ),
  },
  { additionalProperties: false },
);

export const DatasetParams = Type.Object({ id: Type.String() });

export const RowsQuery = Type.Object(
  {
    limit: Limit,
    offset: Type.Integer({
      minimum: 0,
      maximum: 1_000_000_000,
      default: 0,
      description: 'Rows to leave out.',
    }),
  },
  { additionalProperties: false },
);

const closed = { additionalProperties: false };
const CellInJson = Type.Union([
  Type.Number(),
  Type.String(),
  Type.Boolean(),
  Type.Null(),
  Type.Array(Type.Number()),
  Type.Object({ sample_rate: Type.Integer(), seconds: Type.Number() }, closed),
  Type.Object({ width: Type.Integer(), height: Type.Integer(), channels: Type.Integer() }, closed),
]);

export const DatasetRows = Type.Object(
  {
    data: Type.Array(Type.Record(Type.String(), CellInJson), {
      description:
        'In the order of the file; dates and times as RFC 3339. Of recordings and images only what they measure is told: their bytes are in the upload.',
    }),
    offset: Type.Integer(),
    row_count: Type.Integer({ description: 'Of the whole dataset.' }),
  },
  { title: 'DatasetRows', additionalProperties: false },
);

export const SeriesQuery = Type.Object(
  {
    order_by: Type.Optional(
      Type.String({ description: 'By default the first column of dates or timestamps.' }),
    ),
    group_by: Type.Optional(
      Type.String({
        description: 'By default none, or the first column by which no two rows of a series share a time.',
      }),
    ),
  },
  closed,
);

const OrderValue = Type.Union([Type.String(), Type.Number(), Type.Null()]);
export const DatasetSeries = Type.Object(
  {
    order_by: Type.String(),
    group_by: Type.Union([Type.String(), Type.Null()]),
    series: Type.Integer(),
    rows: Type.Object(
      { min: Type.Integer(), mean: Type.Number(), max: Type.Integer() },
      { ...closed, description: 'Of a series.' },
    ),
    first: OrderValue,
    last: OrderValue,
    frequency: Type.Union([Type.Object({ unit: Type.String(), step: Type.Number() }, closed), Type.Null()], {
      description: 'The usual step between rows.',
    }),
    gaps: Type.Integer({ description: 'Neighbours that are more than one and a half usual steps apart.' }),
    duplicates: Type.Integer({ description: 'Rows at the same time as the row before them.' }),
    unsorted: Type.Integer({
      description: 'Rows that stand in the file below a later row of their series.',
    }),
    without_time: Type.Integer({ description: 'Rows where `order_by` is missing.' }),
  },
  { title: 'DatasetSeries', additionalProperties: false },
);
export type DatasetSeries = Static<typeof DatasetSeries>;

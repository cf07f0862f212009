/** What the document shows of datasets. */
import { Type, type TSchema } from 'typebox';
import type { DatasetResource, DatasetSeries, DatasetSummary } from './schemas.ts';

export const summaryExample: DatasetSummary = {
  id: 'ds_0197a4f2c1d07c3a9b1e5f60718293a4',
  name: 'seattle-weather',
  description: null,
  status: 'ready',
  format: 'csv',
  bytes: 48_219,
  sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  on_bad_rows: 'reject',
  row_count: 1461,
  problem_count: 0,
  created_at: '2026-01-31T12:00:00.000Z',
  updated_at: '2026-01-31T12:00:01.000Z',
};

export const datasetExample: DatasetResource = {
  ...summaryExample,
  columns: [
    {
      name: 'date',
      type: 'date',
      missing: 0,
      distinct: 1461,
      min: '2012-01-01',
      max: '2015-12-31',
      mean: null,
      std: null,
      examples: ['2012-01-01', '2012-01-02'],
    },
    {
      name: 'temp_max',
      type: 'number',
      missing: 0,
      distinct: 67,
      min: -1.6,
      max: 35.6,
      mean: 16.44,
      std: 7.35,
      examples: [12.8, 10.6],
    },
  ],
  problems: [],
};

export const validatingExample: DatasetResource = {
  ...datasetExample,
  status: 'validating',
  row_count: null,
  columns: [],
  updated_at: datasetExample.created_at,
};

export const csvExample = 'date,temp_max\n2012-01-01,12.8\n2012-01-02,10.6\n';
const rowsExample = [
  { date: '2012-01-01', temp_max: 12.8 },
  { date: '2012-01-02', temp_max: 10.6 },
];
const binary = (description: string): { schema: TSchema } => ({
  schema: Type.String({ description, examples: ['the bytes of the file'] }),
});

/** Bodies of an upload, with an example of each that is text. */
export const uploadBodies: Record<string, { schema: TSchema }> = {
  'text/csv': { schema: Type.String({ examples: [csvExample] }) },
  'text/tab-separated-values': { schema: Type.String({ examples: [csvExample.replaceAll(',', '\t')] }) },
  'application/x-ndjson': {
    schema: Type.String({ examples: [rowsExample.map((row) => `${JSON.stringify(row)}\n`).join('')] }),
  },
  'application/json': {
    schema: Type.Unsafe<unknown>({
      description:
        'Rows as an array, or as `rows` of an object; or a reference to a file: `url`, and `content_type` where neither its name nor its server says what it is.',
      examples: [
        rowsExample,
        { rows: rowsExample },
        { url: 'https://data.example.com/weather.csv.gz', content_type: 'text/csv' },
      ],
    }),
  },
  'application/vnd.apache.parquet': binary('A Parquet file.'),
  'text/plain': {
    schema: Type.String({ examples: ['It was the best of times.\n\nIt was the worst of times.\n'] }),
  },
  'application/zip': binary(
    'Recordings (WAV, FLAC, MP3, OGG) or images (PNG, JPEG), with `metadata.csv` or `metadata.jsonl`, or one folder for each label.',
  ),
  'application/x-tar': binary('The same as a TAR archive; also compressed.'),
  'multipart/form-data': {
    schema: Type.Object(
      {
        file: Type.String({ contentMediaType: 'text/csv', description: 'The file, in any of the formats.' }),
      },
      { examples: [{ file: csvExample }] },
    ),
  },
};

export const seriesExample: DatasetSeries = {
  order_by: 'date',
  group_by: null,
  series: 1,
  rows: { min: 1461, mean: 1461, max: 1461 },
  first: '2012-01-01',
  last: '2015-12-31',
  frequency: { unit: 'day', step: 1 },
  gaps: 0,
  duplicates: 0,
  unsorted: 0,
  without_time: 0,
};

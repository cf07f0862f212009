/** What the document shows of datasets. */
import type { DatasetResource, DatasetSummary } from './schemas.ts';

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

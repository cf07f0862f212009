/** Datasets from the domain to the wire. */
import type { Dataset } from '../../../../domain/datasets/dataset.ts';
import { problemHints } from '../../../../domain/datasets/problem-hints.ts';
import type { SeriesProfile } from '../../../../datasets/features/series-profile.ts';
import type { DatasetResource, DatasetSeries, DatasetSummary } from './schemas.ts';

/** Rows of earlier versions may have other codes. */
const hintOf = (code: string): string =>
  (problemHints as Readonly<Record<string, string | undefined>>)[code] ?? 'Correct what the message says.';

export const presentDatasetSummary = (dataset: Dataset): DatasetSummary => ({
  id: dataset.id,
  name: dataset.name,
  description: dataset.description,
  status: dataset.status,
  format: dataset.format,
  bytes: dataset.bytes,
  sha256: dataset.sha256,
  on_bad_rows: dataset.onBadRows,
  row_count: dataset.rowCount,
  problem_count: dataset.problemCount,
  created_at: dataset.createdAt.toISOString(),
  updated_at: dataset.updatedAt.toISOString(),
});

export const presentDataset = (dataset: Dataset): DatasetResource => ({
  ...presentDatasetSummary(dataset),
  columns: [...dataset.columns],
  problems: dataset.problems.map((problem) => ({ ...problem, hint: hintOf(problem.code) })),
});

export const presentSeries = ({ orderBy, groupBy, withoutTime, ...rest }: SeriesProfile): DatasetSeries => ({
  order_by: orderBy,
  group_by: groupBy,
  ...rest,
  without_time: withoutTime,
});

/** Rows of the tables → records of the domain. Prisma knows JSON columns only as JSON: what was written is what comes back. */
import type { BatchPrediction } from '../../domain/batch-predictions/batch-prediction.ts';
import type { Dataset } from '../../domain/datasets/dataset.ts';
import { readCard, type Model, type ModelVersion } from '../../domain/models/model.ts';
import type { EpochMetrics, TrainingJob } from '../../domain/training-jobs/training-job.ts';
import type { Prisma } from './prisma.ts';
import type * as Tables from './generated/client.ts';

/** A record as JSON: without the fields that are undefined. */
export const asJson = (value: object): Prisma.InputJsonValue =>
  JSON.parse(JSON.stringify(value)) as Prisma.InputJsonValue;

export const toDataset = (row: Tables.Dataset): Dataset => ({
  ...row,
  format: row.format as Dataset['format'],
  reading: row.reading as unknown as Dataset['reading'],
  onBadRows: row.onBadRows as Dataset['onBadRows'],
  bytes: Number(row.bytes),
  rowCount: row.rowCount === null ? null : Number(row.rowCount),
  columns: row.columns as unknown as Dataset['columns'],
  problems: row.problems as unknown as Dataset['problems'],
  problemCount: Number(row.problemCount),
});

export function toTrainingJob(row: Tables.TrainingJob): TrainingJob {
  const { modelId, modelVersion: version, modelName: name } = row;
  return {
    id: row.id,
    datasetId: row.datasetId,
    architecture: row.architecture as TrainingJob['architecture'],
    specification: row.specification as unknown as TrainingJob['specification'],
    status: row.status,
    modelName: row.modelName,
    progress: row.progress,
    epoch: row.epoch,
    step: row.step,
    metrics: row.metrics as unknown as EpochMetrics | null,
    error: row.error as unknown as TrainingJob['error'],
    modelVersion: modelId === null || version === null ? null : { modelId, name, version },
    priority: row.priority,
    initializeFrom: row.initializeFrom as unknown as TrainingJob['initializeFrom'],
    memoryBytes: row.memoryBytes === null ? null : Number(row.memoryBytes),
    estimatedWork: row.estimatedWork,
    trainedSeconds: row.trainedSeconds,
    attempt: row.attempt,
    timesLost: row.timesLost,
    leaseToken: row.leaseToken,
    workerId: row.workerId,
    heartbeatAt: row.heartbeatAt,
    createdAt: row.createdAt,
    queuedAt: row.queuedAt,
    claimedAt: row.claimedAt,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
    updatedAt: row.updatedAt,
  };
}

export const toBatchPrediction = ({
  modelId: id,
  modelName: name,
  modelVersion: version,
  ...row
}: Tables.BatchPrediction): BatchPrediction => ({
  id: row.id,
  datasetId: row.datasetId,
  model: { id, name, version },
  name: row.name,
  columns: row.columns as unknown as BatchPrediction['columns'],
  generation: row.generation as unknown as BatchPrediction['generation'],
  status: row.status,
  progress: row.progress,
  position: Number(row.position),
  chunks: row.chunks,
  refused: Number(row.refused),
  error: row.error as unknown as BatchPrediction['error'],
  resultId: row.resultId,
  attempt: row.attempt,
  timesLost: row.timesLost,
  leaseToken: row.leaseToken,
  heartbeatAt: row.heartbeatAt,
  createdAt: row.createdAt,
  startedAt: row.startedAt,
  finishedAt: row.finishedAt,
  updatedAt: row.updatedAt,
});

export const toModel = (row: Tables.Model): Model => row;

export const toModelVersion = (row: Tables.ModelVersion, name: string): ModelVersion => ({
  ...row,
  name,
  bytes: Number(row.bytes),
  card: readCard(row.card as object),
});

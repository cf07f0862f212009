/** Takes a batch prediction in, once it is known that the model can be asked of the dataset. */
import { findReadyDataset, unknownDataset } from '../datasets/find-ready-dataset.ts';
import { UnrollError } from '../errors/unroll-error.ts';
import { parseModelReference } from '../models/parse-model-reference.ts';
import type { BatchPredictionRepository } from '../ports/batch-prediction-repository.ts';
import type { DatasetRepository } from '../ports/dataset-repository.ts';
import type { KeyClaim } from '../ports/idempotency-repository.ts';
import type { NewId } from '../ports/ids.ts';
import type { ModelRepository } from '../ports/model-repository.ts';
import type { DeliveryQueue } from '../ports/queue.ts';
import type { Report } from '../ports/report.ts';
import type { BatchPrediction } from './batch-prediction.ts';
import { checkDataset, keptColumns } from './check-dataset.ts';
import { chooseGeneration, type AskedGeneration } from './choose-generation.ts';
import { predictionLayout } from './prediction-columns.ts';

interface Ports {
  readonly datasets: Pick<DatasetRepository, 'find'>;
  readonly models: Pick<ModelRepository, 'findVersion'>;
  readonly batchPredictions: Pick<BatchPredictionRepository, 'create'>;
  readonly queue: Pick<DeliveryQueue, 'deliver'>;
  readonly newId: NewId;
  /** An integer from 0 to 2^32 − 1. */
  readonly newSeed: () => number;
  readonly report: Report;
}

interface Request {
  /** Of several versions that share an alias, the one with the greatest share is asked. */
  readonly model: string;
  readonly datasetId: string;
  /** Of the dataset that comes out. */
  readonly name?: string;
  /** Columns of the dataset that go into the result. */
  readonly columns?: readonly string[];
  /** Of a model that writes texts. */
  readonly generation: AskedGeneration;
  readonly claim?: KeyClaim;
}

/** Throws `not_found` (the model), `validation_failed` (no such dataset, or one that does not fit), `conflict` (one that is not ready). */
export async function createBatchPrediction(ports: Ports, request: Request): Promise<BatchPrediction> {
  const { datasetId } = request;
  const version = await ports.models.findVersion(parseModelReference(request.model));
  if (version === null) throw noModel(request.model);
  const { card } = version;
  const dataset = await findReadyDataset(ports.datasets, datasetId);
  const { generation, errors: unfit } = chooseGeneration(card, request.generation, ports.newSeed);
  const layout = predictionLayout(card, generation);
  const errors = [...unfit, ...checkDataset(card, layout, dataset, request.columns)];
  if (errors.length > 0)
    throw new UnrollError(
      'validation_failed',
      `${version.name} can't be asked of dataset ${datasetId}: see errors.`,
      { errors },
    );

  const job = await ports.batchPredictions.create(
    {
      id: ports.newId('bp'),
      datasetId,
      model: { id: version.modelId, name: version.name, version: version.version },
      name: request.name ?? `${dataset.name} by ${version.name}@${version.version}`.slice(0, 200),
      columns: request.columns ?? keptColumns(card, layout, dataset),
      generation,
    },
    request.claim,
  );
  if (job === 'no_dataset') throw unknownDataset(datasetId);
  if (job === 'no_model') throw noModel(request.model);
  await ports.queue
    .deliver('predict', job.id)
    .catch((error: unknown) => ports.report(`Batch prediction ${job.id} is not delivered yet`, error));
  return job;
}

const noModel = (reference: string): UnrollError =>
  new UnrollError('not_found', `There is no model ${reference}`);

/** Takes a training job in, once it is known that the dataset can serve it. */
import { UnrollError, type FieldError } from '../errors/unroll-error.ts';
import { modelNameFor } from '../models/model-name.ts';
import type { Dataset } from '../datasets/dataset.ts';
import { findReadyDataset, unknownDataset } from '../datasets/find-ready-dataset.ts';
import type { DatasetRepository } from '../ports/dataset-repository.ts';
import type { CheckpointRepository } from '../ports/checkpoint-repository.ts';
import type { KeyClaim } from '../ports/idempotency-repository.ts';
import type { ModelRepository } from '../ports/model-repository.ts';
import type { NewId } from '../ports/ids.ts';
import type { ObjectStorage } from '../ports/object-storage.ts';
import type { DeliveryQueue } from '../ports/queue.ts';
import type { Report } from '../ports/report.ts';
import type { TrainingJobRepository } from '../ports/training-job-repository.ts';
import { checkModel } from '../../engine/spec/check-model.ts';
import { checkTraining } from '../../engine/spec/check-training.ts';
import type { TrainingSpecification } from '../../engine/spec/training-specification.ts';
import { findFirstWeights, type InitializeFrom } from './initialize-from.ts';
import { resolveSpecification } from './resolve-specification.ts';
import type { TrainingJob } from './training-job.ts';

/** What the specification comes to on this dataset, or why it can't be trained on it. */
export interface PlanCheck<Plan> {
  readonly errors: readonly FieldError[];
  readonly warnings: readonly string[];
  readonly plan: Plan | null;
  /** What training is reckoned to need; for whose turn it is, and for who has room. */
  readonly need?: Pick<TrainingJob, 'memoryBytes' | 'estimatedWork'>;
}

interface Ports<Plan> {
  readonly datasets: Pick<DatasetRepository, 'find'>;
  readonly trainingJobs: Pick<TrainingJobRepository, 'create' | 'find'>;
  readonly models: Pick<ModelRepository, 'findVersion'>;
  readonly checkpoints: Pick<CheckpointRepository, 'list'>;
  readonly storage: Pick<ObjectStorage, 'stat'>;
  readonly queue: Pick<DeliveryQueue, 'deliver'>;
  readonly checkPlan: (dataset: Dataset, specification: TrainingSpecification) => Promise<PlanCheck<Plan>>;
  readonly newId: NewId;
  readonly report: Report;
}

interface Request {
  readonly datasetId: string;
  /** Without its defaults. */
  readonly specification: unknown;
  /** The model's name; by default made of the dataset's. */
  readonly modelName?: string;
  readonly priority?: number;
  /** Whose weights it begins with; random ones if absent. */
  readonly initializeFrom?: InitializeFrom;
  readonly dryRun?: boolean;
  /** Of the request's Idempotency-Key. */
  readonly claim?: KeyClaim;
}

interface Accepted<Plan> {
  /** Null after a dry run. */
  readonly job: TrainingJob | null;
  readonly modelName: string;
  readonly specification: TrainingSpecification;
  readonly plan: Plan;
  readonly warnings: readonly string[];
}

/** Throws `validation_failed` (an impossible specification, no such dataset) or `conflict` (a dataset that is not ready). */
export async function createTrainingJob<Plan>(ports: Ports<Plan>, request: Request): Promise<Accepted<Plan>> {
  const specification = resolveSpecification(request.specification);
  const { datasetId } = request;
  const dataset = await findReadyDataset(ports.datasets, datasetId);

  const planned = await ports.checkPlan(dataset, specification);
  const { warnings, plan } = planned;
  const errors = [
    ...checkModel(specification.architecture, specification.model, specification.output.type),
    ...checkTraining(specification.architecture, specification.training, specification.model.decoder),
    ...planned.errors,
  ];
  if (errors.length > 0 || plan === null)
    throw new UnrollError('validation_failed', `This can't be trained on dataset ${datasetId}: see errors.`, {
      errors,
    });

  const initializeFrom =
    request.initializeFrom === undefined
      ? null
      : await findFirstWeights(ports, request.initializeFrom, specification);
  const modelName = modelNameFor(request.modelName, dataset);
  const accepted = { modelName, specification, plan, warnings };
  if (request.dryRun === true) return { job: null, ...accepted };

  const id = ports.newId('job');
  const { architecture } = specification;
  const row = {
    id,
    datasetId,
    architecture,
    specification,
    modelName,
    ...(request.priority !== undefined && { priority: request.priority }),
    ...planned.need,
    ...(initializeFrom !== null && { initializeFrom }),
  };
  const job = await ports.trainingJobs.create(row, request.claim);
  if (job === null) throw unknownDataset(datasetId);
  await ports.queue
    .deliver('train', id)
    .catch((error: unknown) => ports.report(`Training job ${id} is not delivered yet`, error));
  return { job, ...accepted };
}

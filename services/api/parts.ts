/** What the control plane is made of. `main.ts` hands in the real parts, tests theirs. */
import type { Dataset } from '../../domain/datasets/dataset.ts';
import type { BatchPredictionRepository } from '../../domain/ports/batch-prediction-repository.ts';
import type { CheckpointRepository } from '../../domain/ports/checkpoint-repository.ts';
import type { DatasetRepository } from '../../domain/ports/dataset-repository.ts';
import type { ModelAliasRepository } from '../../domain/ports/model-alias-repository.ts';
import type { ModelRepository } from '../../domain/ports/model-repository.ts';
import type { NewId } from '../../domain/ports/ids.ts';
import type { Notifications } from '../../domain/ports/notifications.ts';
import type { ObjectStorage } from '../../domain/ports/object-storage.ts';
import type { DeliveryQueue } from '../../domain/ports/queue.ts';
import type { Report } from '../../domain/ports/report.ts';
import type { TrainingJobRepository } from '../../domain/ports/training-job-repository.ts';
import type { WebhookRepository } from '../../domain/ports/webhook-repository.ts';
import type { Planning } from '../../datasets/tasks/contract.ts';
import type { TaskPlan } from '../../datasets/tasks/plans.ts';
import type { Table } from '../../datasets/tables/table.ts';
import type { WriterShape } from '../../engine/spec/decoder-shape.ts';
import type { LossSpecification } from '../../engine/spec/losses.ts';
import type { NetworkShape } from '../../engine/spec/network-shape.ts';
import type { OptimizerSpecification } from '../../engine/spec/optimizers.ts';
import type { TrainingSpecification } from '../../engine/spec/training-specification.ts';
import type { FetchedFile } from '../../platform/network/guarded-download.ts';
import type { ResumableUploads } from '../../platform/storage/resumable-uploads.ts';
import type { EventFeed } from './routes/jobs/event-feed.ts';

export interface ApiParts {
  readonly datasets: DatasetRepository;
  readonly trainingJobs: TrainingJobRepository;
  readonly checkpoints: CheckpointRepository;
  readonly models: ModelRepository;
  readonly modelAliases: ModelAliasRepository;
  /** Tells the predictions of this process, if it makes some, that a name may stand for another version. */
  readonly modelsChanged: () => void;
  readonly webhooks: WebhookRepository;
  /** Why messages can't be sent there; null when they can. */
  readonly refuseWebhookUrl: (url: string) => string | null;
  readonly storage: ObjectStorage;
  readonly queue: DeliveryQueue;
  /** A worker that has not been heard of for so long is not reckoned with. */
  readonly lostAfterMs: number;
  readonly notifications: Notifications;
  readonly newId: NewId;
  readonly report: Report;
  readonly openTable: (path: string) => Promise<Table>;
  /** What a specification comes to on a table. */
  readonly planTable: (o: {
    tablePath: string;
    specification: TrainingSpecification;
    columns: Dataset['columns'];
    rowCount: number;
  }) => Promise<Planning<TaskPlan>>;
  readonly parameterCount: (network: NetworkShape | WriterShape) => number;
  /** About how many bytes training needs: for the parameters, and for the steps of a batch. */
  readonly trainingMemory: (o: {
    network: NetworkShape | WriterShape;
    optimizer: OptimizerSpecification;
    batchSize: number;
    steps: number;
    written?: number | undefined;
    /** mse if absent. */
    loss?: LossSpecification;
    /** Whether states go on from batch to batch. */
    carriesState?: boolean;
  }) => { parameterBytes: number; stepBytes: number };
  /** A job that needs more memory is refused. */
  readonly maxTrainingBytes: number;
  readonly maxUploadBytes: number;
  /** Opens a file by its URL; throws `validation_failed` or `download_failed`. */
  readonly fetchFile: (url: string, signal: AbortSignal) => Promise<FetchedFile>;
  /** Uploads in pieces. */
  readonly uploads: ResumableUploads;
  readonly eventFeed: EventFeed;
  readonly batchPredictions: BatchPredictionRepository;
  readonly batchEventFeed: EventFeed;
}

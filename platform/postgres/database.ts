/** The repositories on PostgreSQL. */
import type { BatchPredictionRepository } from '../../domain/ports/batch-prediction-repository.ts';
import type { CheckpointRepository } from '../../domain/ports/checkpoint-repository.ts';
import type { DatasetRepository } from '../../domain/ports/dataset-repository.ts';
import type { IdempotencyRepository } from '../../domain/ports/idempotency-repository.ts';
import type { JobLog, LogHead } from '../../domain/ports/job-log.ts';
import type { ModelAliasRepository } from '../../domain/ports/model-alias-repository.ts';
import type { ModelRepository } from '../../domain/ports/model-repository.ts';
import type { TrainingJobRepository } from '../../domain/ports/training-job-repository.ts';
import type { WebhookRepository } from '../../domain/ports/webhook-repository.ts';
import type { WorkerRegistry } from '../../domain/ports/worker-registry.ts';
import { batchPredictionLog } from './batch-prediction-log.ts';
import { batchPredictionRepository } from './batch-prediction-repository.ts';
import { checkpointRepository } from './checkpoint-repository.ts';
import { datasetRepository } from './dataset-repository.ts';
import { idempotencyRepository } from './idempotency-repository.ts';
import { jobLog } from './job-log.ts';
import { modelAliasRepository } from './model-alias-repository.ts';
import { modelRepository } from './model-repository.ts';
import { connect, sayingUnavailable } from './prisma.ts';
import { trainingJobRepository } from './training-job-repository.ts';
import { webhookRepository } from './webhook-repository.ts';
import { workerRegistry } from './worker-registry.ts';

export interface Database {
  readonly datasets: DatasetRepository;
  readonly trainingJobs: TrainingJobRepository;
  readonly checkpoints: CheckpointRepository;
  readonly models: ModelRepository;
  readonly modelAliases: ModelAliasRepository;
  readonly workers: WorkerRegistry;
  readonly jobLog: JobLog;
  readonly batchPredictions: BatchPredictionRepository;
  readonly batchPredictionLog: JobLog<LogHead>;
  readonly idempotencyKeys: IdempotencyRepository;
  readonly webhooks: WebhookRepository;
  /** Throws `unavailable` when the database does not answer. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** Connects when it is first asked something. The migrations must have been applied. */
export function connectDatabase(url: string, options?: { silentForMs: number }): Database {
  const prisma = connect(url, options);
  const { check } = sayingUnavailable({
    check: async (): Promise<void> => {
      await prisma.$queryRaw`SELECT 1`;
    },
  });
  return {
    datasets: sayingUnavailable(datasetRepository(prisma)),
    trainingJobs: sayingUnavailable(trainingJobRepository(prisma)),
    checkpoints: sayingUnavailable(checkpointRepository(prisma)),
    models: sayingUnavailable(modelRepository(prisma)),
    modelAliases: sayingUnavailable(modelAliasRepository(prisma)),
    workers: sayingUnavailable(workerRegistry(prisma)),
    jobLog: sayingUnavailable(jobLog(prisma)),
    batchPredictions: sayingUnavailable(batchPredictionRepository(prisma)),
    batchPredictionLog: sayingUnavailable(batchPredictionLog(prisma)),
    idempotencyKeys: sayingUnavailable(idempotencyRepository(prisma)),
    webhooks: sayingUnavailable(webhookRepository(prisma)),
    check,
    close: () => prisma.$disconnect(),
  };
}

/** The chores of every worker, and how often each is done. */
import { redeliverQueued } from '../../domain/housekeeping/redeliver-queued.ts';
import type { BatchPredictionRepository } from '../../domain/ports/batch-prediction-repository.ts';
import type { CheckpointRepository } from '../../domain/ports/checkpoint-repository.ts';
import type { DatasetRepository } from '../../domain/ports/dataset-repository.ts';
import {
  keysAbandonedAfterMs,
  type IdempotencyRepository,
} from '../../domain/ports/idempotency-repository.ts';
import type { ModelRepository } from '../../domain/ports/model-repository.ts';
import type { Notifications } from '../../domain/ports/notifications.ts';
import type { ObjectStorage } from '../../domain/ports/object-storage.ts';
import type { DeliveryQueue } from '../../domain/ports/queue.ts';
import type { TrainingJobRepository } from '../../domain/ports/training-job-repository.ts';
import type { WebhookRepository } from '../../domain/ports/webhook-repository.ts';
import type { WorkerRegistry } from '../../domain/ports/worker-registry.ts';
import { recoverLostBatchPredictions } from '../../domain/batch-predictions/recover-lost.ts';
import { recoverLostJobs } from '../../domain/training-jobs/recover-lost-jobs.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { WorkDirectory } from '../runtime/work-directory.ts';
import type { Chore } from './housekeeping.ts';
import { sweepStorage } from './sweep-storage.ts';

export interface ChoreParts {
  readonly datasets: DatasetRepository;
  readonly trainingJobs: TrainingJobRepository;
  readonly idempotencyKeys: Pick<IdempotencyRepository, 'removeExpired'>;
  readonly models: ModelRepository;
  readonly workers: Pick<WorkerRegistry, 'removeSilent'>;
  readonly checkpoints: CheckpointRepository;
  readonly batchPredictions: BatchPredictionRepository;
  readonly queue: DeliveryQueue;
  readonly notifications: Notifications;
  readonly storage: ObjectStorage & { sweep(olderThanMs: number): Promise<number> };
  /** Uploads in pieces. */
  readonly uploads: { sweep(): Promise<number> };
  readonly work: WorkDirectory;
  /** Throws while PostgreSQL does not answer. */
  readonly checkDatabase: () => Promise<void>;
  readonly log: Logger;
  readonly lostAfterMs: number;
  readonly maxAttempts: number;
  /** Files younger than this may be about to be used. */
  readonly strayAfterMs: number;
  readonly webhooks: Pick<WebhookRepository, 'clean'>;
  readonly webhookRetentionDays: number;
}

/** How soon a dead worker or a lost delivery is noticed, after its time is up. */
const longestRoundMs = 3000;
/** Reading an upload rarely takes so long; delivering it again while it is read does nothing. */
const datasetsStaleMs = 5000;
/** Until then the next worker starts with their pace. */
const workersForgottenAfterMs = 24 * 3_600_000;
const dayMs = 24 * 3_600_000;

const ago = (ms: number): Date => new Date(Date.now() - ms);

export function createChores(parts: ChoreParts): Chore[] {
  const { log, lostAfterMs, maxAttempts, strayAfterMs, storage, work } = parts;
  const report = (message: string, err: unknown): void => log.warn({ err }, message);
  const roundMs = Math.min(longestRoundMs, lostAfterMs / 3);
  /** By a clock that nobody sets: one that is set back would keep lost jobs lost until it gets there again. */
  let outageAt = -Infinity;
  let lastRoundAt = Date.now();

  return [
    {
      name: 'recover lost jobs',
      everyMs: roundMs,
      async run() {
        // After an outage of the database, or a sleep of this process or machine, the heartbeats of all workers are old:
        // give them time to beat again.
        const now = Date.now();
        if (now - lastRoundAt > lostAfterMs) outageAt = performance.now();
        lastRoundAt = now;
        const limits = { lostAfterMs, maxAttempts };
        try {
          if (performance.now() < outageAt + lostAfterMs) {
            await parts.checkDatabase(); // It may be away still.
            return;
          }
          for (const { id, status, attempt } of await recoverLostJobs({ ...parts, report }, limits))
            log.warn({ jobId: id, status, attempt }, 'the worker of a training job was lost');
          for (const { id, status, attempt } of await recoverLostBatchPredictions(
            { ...parts, report },
            limits,
          ))
            log.warn({ jobId: id, status, attempt }, 'the worker of a batch prediction was lost');
        } catch (error) {
          outageAt = performance.now();
          throw error;
        }
      },
    },
    {
      name: 'deliver again',
      everyMs: roundMs,
      run: () => redeliverQueued(parts, { datasetsStaleBefore: ago(datasetsStaleMs) }),
    },
    {
      name: 'forget idempotency keys',
      everyMs: strayAfterMs / 4,
      async run() {
        await parts.idempotencyKeys.removeExpired(keysAbandonedAfterMs);
      },
    },
    {
      name: 'keep the work folder',
      everyMs: strayAfterMs / 4,
      async run() {
        await work.touch();
        const removed = await work.removeAbandoned(ago(strayAfterMs));
        if (removed > 0) log.info({ removed }, 'removed the work folders of lost workers');
      },
    },
    {
      name: 'forget workers',
      everyMs: strayAfterMs / 4,
      async run() {
        const removed = await parts.workers.removeSilent(workersForgottenAfterMs);
        if (removed > 0) log.info({ removed }, 'forgot workers that have gone');
      },
    },
    {
      name: 'forget webhook messages',
      everyMs: strayAfterMs / 4,
      async run() {
        const removed = await parts.webhooks.clean(ago(parts.webhookRetentionDays * dayMs));
        if (removed > 0) log.info({ removed }, 'forgot old webhook messages');
      },
    },
    {
      name: 'forget unfinished uploads',
      everyMs: strayAfterMs / 4,
      async run() {
        const removed = await parts.uploads.sweep();
        if (removed > 0) log.info({ removed }, 'removed uploads that were not finished in time');
      },
    },
    {
      name: 'sweep the storage',
      everyMs: strayAfterMs,
      async run() {
        const temporary = await storage.sweep(strayAfterMs);
        const removed = await sweepStorage(parts, ago(strayAfterMs));
        if (temporary + removed.length > 0) log.info({ temporary, removed }, 'removed stray files');
      },
    },
  ];
}

/**
 * The HTTP process: control plane, data plane or both (ROLE). Builds the real parts, listens, and drains at the end.
 *
 *   starting → listening → leaving (SIGTERM, SIGINT, SIGHUP, or the launcher is gone) → draining → ended
 *
 * While it is leaving it answers as before, except that /readyz says that it stops: whoever balances requests has time to
 * notice. While it drains nothing new is taken, answers that have begun are finished, and event streams end, so that
 * their clients go on with another process.
 */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { planTask } from '../datasets/tasks/plan-task.ts';
import { openTable } from '../datasets/tables/table.ts';
import { parameterCountOf } from '../engine/programs/parameter-count.ts';
import { trainingMemory } from '../engine/programs/training-memory.ts';
import document from '../openapi/openapi.json' with { type: 'json' };
import { readConfig, s3Credentials } from '../platform/config/config.ts';
import { newId, newRequestId } from '../platform/ids.ts';
import { openDownloads } from '../platform/network/guarded-download.ts';
import { refuseUrl } from '../platform/network/public-address.ts';
import { connectDatabase } from '../platform/postgres/database.ts';
import { watchModels } from '../platform/postgres/model-changes.ts';
import { openDeliveryQueue } from '../platform/queue/delivery-queue.ts';
import { openNotifications } from '../platform/queue/notifications.ts';
import { openStreamStore } from '../platform/queue/stream-store.ts';
import { openResumableUploads } from '../platform/storage/resumable-uploads.ts';
import { openFileStorage } from '../platform/storage/file-storage.ts';
import { createLogger } from '../platform/telemetry/logger.ts';
import { createMetricsRegistry } from '../platform/telemetry/metrics.ts';
import { registerApi } from './api/app.ts';
import { registerJobMetrics } from './api/job-metrics.ts';
import { registerForwarded } from './api/routes/forwarded/routes.ts';
import { forwardUpgrades } from './api/routes/forwarded/upgrades.ts';
import { openEventFeed } from './api/routes/jobs/event-feed.ts';
import { trainingProgressText } from './api/routes/training-jobs/progress-text.ts';
import { registerHealth, type ReadinessChecks } from './http/health.ts';
import { registerOpenApi } from './http/openapi.ts';
import { createHttpServer } from './http/server.ts';
import { registerInference } from './inference/app.ts';
import { openInference } from './inference/open-inference.ts';

/** Answers that take longer than this to end are cut off. */
const drainWithinMs = 8000;
/** A stop that takes longer, all in all, is cut short. */
const stopWithinMs = 19_000;
const eventStreams = { heartbeatMs: 15_000, pollMs: 1000, stuckMs: 30_000 };

const config = readConfig();
const { ROLE: role, DATABASE_URL: databaseUrl, REDIS_URL: redisUrl } = config;
const log = createLogger({ level: config.LOG_LEVEL, name: role === 'all' ? 'http' : role });
if (databaseUrl === undefined || redisUrl === undefined)
  throw new Error('The service needs DATABASE_URL and REDIS_URL; `npm start` sets them.');

const report = (message: string, err: unknown): void => log.warn({ err }, message);
const database = connectDatabase(databaseUrl);
const storage = openFileStorage(join(config.DATA_DIR, 'objects'));
const closing: (() => Promise<unknown>)[] = [() => database.close()];
const checks: Record<string, ReadinessChecks[string]> = {
  postgres: () => database.check(),
  storage: () => storage.check(),
};

const metrics = createMetricsRegistry(role);
const idempotency = {
  keys: database.idempotencyKeys,
  keptForMs: config.IDEMPOTENCY_HOURS * 3_600_000,
  report,
};
const server = createHttpServer({ logger: log, metrics, newRequestId, idempotency }, (http) =>
  registerOpenApi(http, document),
);

/** Set where this process makes predictions itself. */
let modelsChanged = (): void => undefined;

if (role !== 'inference') {
  const queue = openDeliveryQueue(redisUrl, { report });
  const notifications = openNotifications(redisUrl, { report });
  closing.unshift(
    () => queue.close(),
    () => notifications.close(),
  );
  checks.redis = () => queue.check();
  checks.workers = async () => {
    for (const name of ['ingest', 'train', 'predict'] as const)
      if ((await queue.workerCount(name)) === 0) throw new Error(`expected a worker for ${name}, got none`);
  };
  registerJobMetrics(metrics, { trainingJobs: database.trainingJobs, queue, report });
  registerApi(server, {
    ...database,
    storage,
    queue,
    lostAfterMs: config.LOST_AFTER_MS,
    notifications,
    newId,
    report,
    openTable,
    planTable: planTask,
    parameterCount: parameterCountOf,
    trainingMemory,
    maxTrainingBytes: config.MAX_TRAINING_BYTES,
    maxUploadBytes: config.MAX_UPLOAD_BYTES,
    fetchFile: openDownloads({
      hosts: config.UPLOAD_HOSTS.split(','),
      s3Endpoint: config.UPLOAD_S3_ENDPOINT ?? null,
      s3Credentials: s3Credentials(config),
      allowPrivate: config.UPLOAD_ALLOW_PRIVATE === 'true',
      silenceMs: 30_000,
    }),
    uploads: openResumableUploads(join(config.DATA_DIR, 'uploads'), {
      expireAfterMs: config.UPLOAD_EXPIRE_HOURS * 3_600_000,
    }),
    modelsChanged: () => modelsChanged(),
    refuseWebhookUrl: (url) => refuseUrl(url, { allowPrivate: config.WEBHOOK_ALLOW_PRIVATE === 'true' }),
    eventFeed: openEventFeed({
      jobLog: database.jobLog,
      progressText: trainingProgressText,
      notifications,
      report,
      ...eventStreams,
    }),
    batchEventFeed: openEventFeed({
      jobLog: database.batchPredictionLog,
      // Chunks are events: there is nothing else to tell of.
      progressText: () => null,
      notifications,
      report,
      ...eventStreams,
    }),
  });
}

if (role === 'api') {
  registerForwarded(server, config.INFERENCE_URL);
  if (config.INFERENCE_URL !== undefined) forwardUpgrades(server, config.INFERENCE_URL, newRequestId);
} else {
  const inference = openInference({
    models: database.models,
    changes: watchModels(databaseUrl, { report }),
    threads: config.INFERENCE_THREADS,
    threadEntry: new URL('./inference/sessions/thread.js', import.meta.url),
    maxSessionBytes: config.MODEL_CACHE_BYTES,
    maxBatch: config.BATCH_MAX,
    maxWaitMs: config.BATCH_WAIT_MS,
    maxQueuedRows: config.PREDICTION_QUEUE,
    maxQueuedBytes: config.PREDICTION_QUEUE_BYTES,
    timeoutMs: config.PREDICTION_TIMEOUT_MS,
    storage,
    registry: metrics,
    report,
    streams: {
      store: openStreamStore(redisUrl, { maxOpen: config.STREAMS_MAX, report }),
      newId,
      ttlSeconds: config.STREAM_TTL_SECONDS,
      maxStateBytes: config.STREAM_MAX_STATE_BYTES,
    },
  });
  closing.unshift(() => inference.close());
  modelsChanged = () => inference.directory.forget();
  registerInference(server, inference);
}
registerHealth(server, checks);

let stopping = false;
async function stop(why: string, exitCode: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  setTimeout(() => process.exit(1), stopWithinMs).unref();
  checks.process = () => Promise.reject(new Error('stopping'));
  log.info({ why }, 'stopping');
  if (server.server.listening) await delay(config.STOP_DELAY_MS);
  const cutOff = setTimeout(() => {
    log.warn('draining took too long: the answers that are left are cut off');
    server.server.closeAllConnections();
  }, drainWithinMs);
  setTimeout(() => process.exit(1), 2 * drainWithinMs).unref();
  await server.close();
  clearTimeout(cutOff);
  await Promise.allSettled(closing.map((close) => close()));
  log.info('ended');
  process.exit(exitCode);
}
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void stop(signal, 0));
process.once('disconnect', () => void stop('the launcher is gone', 0));

try {
  await server.listen({ port: config.PORT, host: config.HOST });
} catch (error) {
  const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
  const message = taken
    ? `Port ${config.PORT} on ${config.HOST} is taken by another process. Set PORT to a free one, or end that process.`
    : `Cannot listen on ${config.HOST}:${config.PORT}: ${(error as Error).message}`;
  process.stderr.write(`${message}\n`);
  await stop(message, 1);
}

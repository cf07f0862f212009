/** A whole HTTP service of one's own for a test file: real PostgreSQL, Redis, DuckDB, files and ONNX Runtime. */
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { pino } from 'pino';
import { planTask } from '../../datasets/tasks/plan-task.ts';
import { ingestCsv } from '../../datasets/formats/csv.ts';
import { openTable } from '../../datasets/tables/table.ts';
import type { Dataset } from '../../domain/datasets/dataset.ts';
import type { Lease } from '../../domain/ports/training-job-repository.ts';
import type { TrainingJob } from '../../domain/training-jobs/training-job.ts';
import { parameterCountOf } from '../../engine/programs/parameter-count.ts';
import { trainingMemory } from '../../engine/programs/training-memory.ts';
import document from '../../openapi/openapi.json' with { type: 'json' };
import { newId, newRequestId } from '../../platform/ids.ts';
import { openDownloads } from '../../platform/network/guarded-download.ts';
import { refuseUrl } from '../../platform/network/public-address.ts';
import { connectDatabase, type Database } from '../../platform/postgres/database.ts';
import { watchModels } from '../../platform/postgres/model-changes.ts';
import { openDeliveryQueue } from '../../platform/queue/delivery-queue.ts';
import { openNotifications } from '../../platform/queue/notifications.ts';
import { openStreamStore } from '../../platform/queue/stream-store.ts';
import { openResumableUploads } from '../../platform/storage/resumable-uploads.ts';
import { openFileStorage } from '../../platform/storage/file-storage.ts';
import { createMetricsRegistry } from '../../platform/telemetry/metrics.ts';
import { registerApi } from '../../services/api/app.ts';
import { registerJobMetrics } from '../../services/api/job-metrics.ts';
import type { ApiParts } from '../../services/api/parts.ts';
import { openEventFeed } from '../../services/api/routes/jobs/event-feed.ts';
import { trainingProgressText } from '../../services/api/routes/training-jobs/progress-text.ts';
import { registerHealth } from '../../services/http/health.ts';
import { registerOpenApi } from '../../services/http/openapi.ts';
import { createHttpServer, type HttpServer } from '../../services/http/server.ts';
import { registerInference } from '../../services/inference/app.ts';
import { openInference } from '../../services/inference/open-inference.ts';
import { freshDatabase, freshRedis } from './backing-services.ts';

export interface HttpService {
  readonly url: string;
  readonly port: number;
  readonly server: HttpServer;
  readonly parts: ApiParts;
  readonly database: Database;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** The folder that the storage keeps its objects in. */
  readonly objects: string;
  /** Lines that were logged as warnings or worse. */
  readonly log: string[];
  /** Validates an upload as the ingest worker would. */
  ingest(dataset: Pick<Dataset, 'id'>): Promise<Dataset>;
  /** A dataset that is ready. */
  dataset(csv: string, name?: string): Promise<Dataset>;
  /** Takes a queued job up as a worker would. */
  start(id: string): Promise<{ job: TrainingJob; lease: Lease }>;
  close(): Promise<void>;
}

type Options = Partial<Pick<ApiParts, 'maxUploadBytes' | 'uploads' | 'fetchFile' | 'refuseWebhookUrl'>> & {
  eventStreams?: { heartbeatMs?: number; pollMs?: number; stuckMs?: number };
  /** Instead of the run's servers. */
  redisUrl?: string;
  /** Another service, of which this one is a replica: with its database and objects. */
  replicaOf?: Pick<HttpService, 'databaseUrl' | 'objects'>;
  streams?: { ttlSeconds?: number; maxStateBytes?: number; maxOpen?: number; redisUrl?: string };
  keysAbandonedAfterMs?: number;
};

export async function startHttpService({
  eventStreams,
  redisUrl: ownRedisUrl,
  replicaOf,
  streams,
  keysAbandonedAfterMs,
  ...options
}: Options = {}): Promise<HttpService> {
  const directory = await mkdtemp(join(tmpdir(), 'unroll-http-'));
  const objects = replicaOf?.objects ?? join(directory, 'objects');
  const [databaseUrl, redisUrl] = await Promise.all([
    replicaOf?.databaseUrl ?? freshDatabase(),
    ownRedisUrl ?? freshRedis(),
  ]);
  const log: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => log.push(line) });
  const report = (message: string, err: unknown): void => logger.warn({ err }, message);
  const database = connectDatabase(databaseUrl);
  const queue = openDeliveryQueue(redisUrl, { report });
  const notifications = openNotifications(redisUrl, { report });
  const storage = openFileStorage(objects);
  const metrics = createMetricsRegistry('test');
  const inference = openInference({
    models: database.models,
    changes: watchModels(databaseUrl, { report }),
    threads: 1,
    threadEntry: new URL('../../dist/services/inference/sessions/thread.js', import.meta.url),
    maxSessionBytes: 64 * 1024 * 1024,
    maxBatch: 64,
    maxWaitMs: 2,
    maxQueuedRows: 512,
    maxQueuedBytes: 64 * 1024 * 1024,
    timeoutMs: 30_000,
    storage,
    registry: metrics,
    report,
    streams: {
      store: openStreamStore(streams?.redisUrl ?? redisUrl, { maxOpen: streams?.maxOpen ?? 1000, report }),
      newId,
      ttlSeconds: streams?.ttlSeconds ?? 3600,
      maxStateBytes: streams?.maxStateBytes ?? 1024 * 1024,
    },
  });
  const listening = {
    notifications,
    report,
    heartbeatMs: 15_000,
    pollMs: 1000,
    stuckMs: 30_000,
    ...eventStreams,
  };
  const parts: ApiParts = {
    ...database,
    storage,
    queue,
    lostAfterMs: 10_000,
    notifications,
    newId,
    report,
    openTable,
    planTable: planTask,
    parameterCount: parameterCountOf,
    trainingMemory,
    maxTrainingBytes: 4 * 2 ** 30,
    maxUploadBytes: 1024 * 1024,
    fetchFile: openDownloads({
      ...{ hosts: [], s3Endpoint: null, s3Credentials: null },
      ...{ allowPrivate: false, silenceMs: 5000 },
    }),
    uploads: openResumableUploads(join(directory, 'uploads'), { expireAfterMs: 3_600_000 }),
    modelsChanged: () => inference.directory.forget(),
    refuseWebhookUrl: (url) => refuseUrl(url, { allowPrivate: false }),
    eventFeed: openEventFeed({
      progressText: trainingProgressText,
      jobLog: database.jobLog,
      ...listening,
    }),
    batchEventFeed: openEventFeed({
      progressText: () => null,
      jobLog: database.batchPredictionLog,
      ...listening,
    }),
    ...options,
  };
  const idempotency = {
    keys: database.idempotencyKeys,
    keptForMs: 24 * 3_600_000,
    report,
    ...(keysAbandonedAfterMs !== undefined && { abandonedAfterMs: keysAbandonedAfterMs }),
  };
  registerJobMetrics(metrics, parts);
  const server = createHttpServer({ logger, metrics, newRequestId, idempotency }, (http) =>
    registerOpenApi(http, document),
  );
  registerHealth(server, {
    postgres: () => database.check(),
    redis: () => queue.check(),
    storage: () => storage.check(),
    workers: async () => {
      if ((await queue.workerCount('train')) === 0) throw new Error('expected a worker for train, got none');
    },
  });
  registerApi(server, parts);
  registerInference(server, inference);
  await server.listen({ port: 0, host: '127.0.0.1' });
  const { port } = server.server.address() as AddressInfo;

  const ingest: HttpService['ingest'] = async ({ id }) => {
    const dataset = await database.datasets.find(id);
    expect(dataset?.status).toBe('validating');
    const source = await storage.localPath(dataset!.sourceKey);
    const tablePath = join(directory, `${id}.parquet`);
    const result = await ingestCsv({
      sourcePath: source.path,
      tablePath,
      workDirectory: directory,
      onBadRows: dataset!.onBadRows,
    });
    await source.release();
    if (result.status === 'ready') {
      const tableKey = `datasets/${id}/table.parquet`;
      await storage.putFile(tableKey, tablePath);
      await database.datasets.markReady(id, { ...result, tableKey });
    } else await database.datasets.markRejected(id, result);
    return (await database.datasets.find(id))!;
  };

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    server,
    parts,
    database,
    databaseUrl,
    redisUrl,
    objects,
    log,
    ingest,
    dataset: async (csv, name = 'numbers') => {
      const response = await fetch(`http://127.0.0.1:${port}/v1/datasets?name=${encodeURIComponent(name)}`, {
        method: 'POST',
        headers: { 'content-type': 'text/csv' },
        body: csv,
      });
      const dataset = await ingest((await response.json()) as { id: string });
      expect(dataset.status).toBe('ready');
      return dataset;
    },
    start: async (id) => {
      const lease = { jobId: id, token: newId('evt') };
      await database.trainingJobs.claim(id, lease.token);
      expect(await database.trainingJobs.start(lease)).toBe(true);
      return { job: (await database.trainingJobs.find(id))!, lease };
    },
    close: async () => {
      await server.close();
      await Promise.all([inference.close(), queue.close(), notifications.close()]);
      await database.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

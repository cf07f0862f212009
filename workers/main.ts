/**
 * A worker: takes deliveries from the queues, and keeps house.
 *
 *   starting → working → stopping (SIGTERM, SIGINT, SIGHUP, or the launcher is gone) → ended
 *
 * Stopping hands running jobs back with a fresh checkpoint, so that another worker can go on with them at once; it takes seconds at most. A
 * worker that is killed does none of this: its jobs are noticed by their heartbeats.
 */
import { availableParallelism, hostname, totalmem } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../platform/config/config.ts';
import { newId } from '../platform/ids.ts';
import { connectDatabase } from '../platform/postgres/database.ts';
import { consume } from '../platform/queue/consumer.ts';
import { openDeliveryQueue } from '../platform/queue/delivery-queue.ts';
import { openNotifications } from '../platform/queue/notifications.ts';
import { openResumableUploads } from '../platform/storage/resumable-uploads.ts';
import { openFileStorage } from '../platform/storage/file-storage.ts';
import { createLogger } from '../platform/telemetry/logger.ts';
import { readVersion } from '../platform/version.ts';
import { createChores } from './housekeeping/chores.ts';
import { startHousekeeping } from './housekeeping/housekeeping.ts';
import { createHandlers } from './registry.ts';
import { handleDelivery } from './runtime/outcome.ts';
import { keepRegistered } from './runtime/registration.ts';
import { openWorkDirectory } from './runtime/work-directory.ts';
import { paceMeter } from './train/pace-meter.ts';
import { takeJobs } from './train/take-jobs.ts';
import { startWebhookSender } from './webhooks/webhook-sender.ts';

/** A stop that takes longer is cut short; what was not handed back is noticed by its heartbeat. */
const stopWithinMs = 14_000;
/** Uploads that are read at the same time. */
const ingestConcurrency = 2;
/** How often what a batch prediction has done is kept: what a lost worker has to do again. */
const predictionChunkSeconds = 2;
/** Batch predictions at the same time. */
const predictionConcurrency = 1;
/** A wake-up call that is lost delays a job by so much. */
const lookEveryMs = 1000;

const config = readConfig();
const log = createLogger({ level: config.LOG_LEVEL, name: 'worker' });
const { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl } = config;
if (databaseUrl === undefined || redisUrl === undefined)
  throw new Error('A worker needs DATABASE_URL and REDIS_URL; `npm start` sets them.');

const report = (message: string, err: unknown): void => log.warn({ err }, message);
const database = connectDatabase(databaseUrl);
const queue = openDeliveryQueue(redisUrl, { report });
const notifications = openNotifications(redisUrl, { report });
const storage = openFileStorage(join(config.DATA_DIR, 'objects'));
const work = await openWorkDirectory(join(config.DATA_DIR, 'work'));

const common = {
  ...database,
  storage,
  notifications,
  work,
  log,
  checkDatabase: () => database.check(),
  heapMegabytes: Math.round(Math.min(4096, totalmem() / 2 ** 21)),
};
const threads = config.WORKER_THREADS ?? config.WORKER_CONCURRENCY * config.TRAIN_THREADS;
const worker = {
  id: newId('wrk'),
  host: hostname(),
  threads,
  memoryBytes: config.WORKER_MEMORY_BYTES,
  concurrency: Math.min(config.WORKER_CONCURRENCY, Math.floor(threads / config.TRAIN_THREADS)),
};
const pace = paceMeter();
const handlers = createHandlers({
  ingest: {
    ...common,
    child: new URL('./ingest/child.js', import.meta.url),
    maxUnpackedBytes: config.MAX_UNPACKED_BYTES,
  },
  train: {
    ...common,
    child: new URL('./train/child.js', import.meta.url),
    unrollVersion: readVersion(),
    threads: config.TRAIN_THREADS,
    checkpointSeconds: config.CHECKPOINT_SECONDS,
    heartbeatMs: config.HEARTBEAT_MS,
    maxAttempts: config.MAX_ATTEMPTS,
    workerId: worker.id,
    pace,
  },
  predict: {
    ...common,
    newId,
    child: new URL('./predict/child.js', import.meta.url),
    // Each with a run of its own: the matrices of one are too small for several.
    threads: Math.min(2, availableParallelism()),
    chunkSeconds: Math.min(predictionChunkSeconds, config.CHECKPOINT_SECONDS),
    heartbeatMs: config.HEARTBEAT_MS,
    maxAttempts: config.MAX_ATTEMPTS,
  },
});

/** The deliveries of a dead worker are free again before its jobs are taken from it. */
const stalledIntervalMs = Math.round(config.LOST_AFTER_MS / 3);
const stopHousekeeping = startHousekeeping(
  createChores({
    ...common,
    queue,
    uploads: openResumableUploads(join(config.DATA_DIR, 'uploads'), {
      expireAfterMs: config.UPLOAD_EXPIRE_HOURS * 3_600_000,
    }),
    lostAfterMs: config.LOST_AFTER_MS,
    maxAttempts: config.MAX_ATTEMPTS,
    strayAfterMs: config.STRAY_AFTER_MS,
    webhookRetentionDays: config.WEBHOOK_RETENTION_DAYS,
  }),
  (chore, err) => log.warn({ err, chore }, 'a chore failed and is done again later'),
);
const unregister = keepRegistered({
  workers: database.workers,
  worker,
  pace: () => pace.current(),
  everyMs: config.HEARTBEAT_MS,
  report,
});
const train = handleDelivery('train', handlers.train, log);
const jobs = takeJobs({
  worker,
  trainingJobs: database.trainingJobs,
  async handle(id, signal) {
    const outcome = await train(id, signal);
    pace.forget(id);
    return { waitsAgain: outcome.kind === 'again' };
  },
  announce: (id) => queue.deliver('train', id),
  workersHeardWithinMs: config.LOST_AFTER_MS,
  preemptAfterSeconds: config.PREEMPT_AFTER_SECONDS,
  lookEveryMs,
  report,
});
const consumers = [
  consume({
    redisUrl,
    queue: 'ingest',
    concurrency: ingestConcurrency,
    handle: handleDelivery('ingest', handlers.ingest, log),
    report,
    stalledIntervalMs,
  }),
  consume({
    redisUrl,
    queue: 'train',
    concurrency: 1,
    // Only says that something waits, to whoever has room for it: what is taken is chosen among all that waits.
    async handle(_, signal) {
      await jobs.room(signal);
      if (signal.aborted) return { kind: 'again', afterMs: 0 };
      jobs.wake();
      return { kind: 'done' };
    },
    report,
    stalledIntervalMs,
  }),
  consume({
    redisUrl,
    queue: 'predict',
    concurrency: predictionConcurrency,
    handle: handleDelivery('predict', handlers.predict, log),
    report,
    stalledIntervalMs,
  }),
];
const stopWebhooks = startWebhookSender({
  webhooks: database.webhooks,
  notifications,
  log,
  allowPrivate: config.WEBHOOK_ALLOW_PRIVATE === 'true',
  userAgent: `unroll/${readVersion()}`,
});
log.info({ ...worker, trainThreads: config.TRAIN_THREADS }, 'worker ready');

let stopping = false;
async function stop(why: string): Promise<void> {
  if (stopping) return;
  stopping = true;
  log.info({ why }, 'worker stopping');
  setTimeout(() => {
    log.warn('stopping took too long');
    process.exit(1);
  }, stopWithinMs).unref();
  await Promise.all([
    ...consumers.map((consumer) => consumer.close()),
    jobs.close(),
    stopHousekeeping(),
    // What the jobs' ends have to say is sent by other workers, or by the next one.
    stopWebhooks(),
  ]);
  await unregister();
  await Promise.allSettled([queue.close(), notifications.close(), database.close(), work.close()]);
  log.info('worker stopped');
  process.exit(0);
}
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void stop(signal));
process.once('disconnect', () => void stop('the launcher is gone'));

/** What waits, what runs and who works, for those who decide or foretell whose turn it is. */
import { estimatedFinish } from '../../domain/training-jobs/estimated-finish.ts';
import type { QueueState } from '../../domain/training-jobs/scheduling-preemption.ts';
import type { TrainingJobStatus } from '../../domain/training-jobs/training-job.ts';
import type { Connection, PrismaClient } from './prisma.ts';

/** Every process has a clock of its own: what is late is judged by the database's alone. */
export async function databaseTime(connection: Connection, agoMs = 0): Promise<Date> {
  const [row] = await connection.$queryRaw<{ time: Date }[]>`
    SELECT now() - ${agoMs}::float8 * interval '1 millisecond' AS time`;
  if (row === undefined) throw new Error('internal: a query without a row');
  return row.time;
}

interface JobRow {
  readonly id: string;
  readonly status: TrainingJobStatus;
  readonly priority: number;
  readonly memory_bytes: bigint | null;
  readonly estimated_work: number | null;
  readonly progress: number;
  readonly trained_seconds: number;
  readonly max_seconds: number | null;
  readonly worker_id: string | null;
  readonly queued_at: Date;
  readonly claimed_at: Date | null;
  readonly started_at: Date | null;
  readonly updated_at: Date;
  readonly attempt: number;
  readonly step: number;
  readonly metrics_step: number | null;
  readonly elapsed_seconds: number | null;
}

export async function readQueueState(
  prisma: PrismaClient,
  workersHeardWithinMs: number,
): Promise<QueueState> {
  const [now, rows] = await Promise.all([
    databaseTime(prisma),
    // One query, so that no job is missing, or there twice, because it moved meanwhile.
    prisma.$queryRaw<JobRow[]>`
      SELECT id, status::text, priority, memory_bytes, estimated_work, progress, trained_seconds, worker_id, queued_at,
        claimed_at, started_at, updated_at, attempt, step, (metrics ->> 'step')::int AS metrics_step,
        (metrics ->> 'elapsed_seconds')::float8 AS elapsed_seconds, (specification -> 'training' ->> 'max_seconds')::float8 AS max_seconds
      FROM training_jobs WHERE status IN ('queued', 'preparing', 'running', 'pausing', 'cancelling')`,
  ]);
  const workers = await prisma.worker.findMany({
    where: { heartbeatAt: { gte: new Date(now.getTime() - workersHeardWithinMs) } },
    orderBy: { id: 'asc' },
  });
  return {
    now,
    waiting: rows.filter(({ status }) => status === 'queued').map(common),
    running: rows
      .filter(({ status }) => status !== 'queued')
      .map((row) => ({
        ...common(row),
        workerId: row.worker_id,
        claimedAt: row.claimed_at,
        stays: row.status === 'preparing' || row.status === 'running',
        finishAt: finishOf(row),
      })),
    workers: workers.map(({ id, memoryBytes, concurrency, pace }) => ({
      id,
      memoryBytes: Number(memoryBytes),
      concurrency,
      pace,
    })),
  };
}

const finishOf = (row: JobRow): Date | null =>
  estimatedFinish({
    status: row.status,
    progress: row.progress,
    step: row.step,
    attempt: row.attempt,
    startedAt: row.started_at,
    updatedAt: row.updated_at,
    metrics:
      row.metrics_step === null || row.elapsed_seconds === null
        ? null
        : { step: row.metrics_step, elapsed_seconds: row.elapsed_seconds },
  });

const common = (row: JobRow) => ({
  id: row.id,
  priority: row.priority,
  memoryBytes: row.memory_bytes === null ? null : Number(row.memory_bytes),
  estimatedWork: row.estimated_work,
  progress: row.progress,
  trainedSeconds: row.trained_seconds,
  maxSeconds: row.max_seconds,
  queuedAt: row.queued_at,
});

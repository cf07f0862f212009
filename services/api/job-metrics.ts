/** How much waits and how many work on it: read when Prometheus asks. */
import type { QueueName } from '../../domain/ports/queue.ts';
import { Gauge, type Registry } from '../../platform/telemetry/metrics.ts';
import type { ApiParts } from './parts.ts';

const queues = ['ingest', 'train', 'predict'] as const satisfies readonly QueueName[];

export function registerJobMetrics(
  registry: Registry,
  { trainingJobs, queue, report }: Pick<ApiParts, 'trainingJobs' | 'queue' | 'report'>,
): void {
  /** A part that does not answer leaves its figures out; the others are still told. */
  const read = (what: string, set: (gauge: Gauge) => Promise<void>) =>
    async function (this: Gauge): Promise<void> {
      this.reset();
      await set(this).catch((error: unknown) => report(`${what} is not known`, error));
    };
  new Gauge({
    name: 'unroll_training_jobs_queued',
    help: 'Training jobs that wait for a worker.',
    registers: [registry],
    collect: read('The number of queued jobs', async (gauge) =>
      gauge.set((await trainingJobs.queuedIds()).length),
    ),
  });
  new Gauge({
    name: 'unroll_workers',
    help: 'Workers that are connected, by queue.',
    labelNames: ['queue'],
    registers: [registry],
    collect: read('The number of workers', async (gauge) => {
      for (const name of queues) gauge.set({ queue: name }, await queue.workerCount(name));
    }),
  });
}

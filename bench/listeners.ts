/**
 * How much it costs to watch jobs: listeners of event streams on one API process, and how late events reach them.
 * README.md says what is measured; the process is the compiled one, on servers of its own.
 */
import { Agent, get, type IncomingMessage } from 'node:http';
import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openNotifications } from '../platform/queue/notifications.ts';
import { newId } from '../platform/ids.ts';
import { openBenchService, residentMegabytes, type BenchService } from './serving/service.ts';
import { epochMetrics, queuedJob, readyDataset } from '../test/support/records.ts';

const options = {
  listeners: { type: 'string', default: '1000' },
  jobs: { type: 'string', default: '50' },
  events: { type: 'string', default: '200' },
  /** Between two events, all jobs together. */
  milliseconds: { type: 'string', default: '100' },
} as const;

export async function listeners(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options });
  const [count, jobs, events, everyMs] = [
    values.listeners,
    values.jobs,
    values.events,
    values.milliseconds,
  ].map(Number) as [number, number, number, number];
  const service = await openBenchService();
  try {
    for (const spread of [1, jobs])
      console.log(await measure(service, { count, jobs: spread, events, everyMs }));
  } finally {
    await service.close();
  }
}

interface Setting {
  readonly count: number;
  readonly jobs: number;
  readonly events: number;
  readonly everyMs: number;
}

async function measure(service: BenchService, o: Setting): Promise<string> {
  const { database } = service;
  const notifications = openNotifications(service.redisUrl, { report: console.error });
  const api = await service.start({ ROLE: 'api', LOG_LEVEL: 'error' });
  const { id: datasetId } = await readyDataset(database);
  const leases = await Promise.all(
    Array.from({ length: o.jobs }, async () => {
      const job = await queuedJob(database, { datasetId });
      const lease = { jobId: job.id, token: newId('evt') };
      await database.trainingJobs.claim(job.id, lease.token);
      await database.trainingJobs.start(lease);
      return lease;
    }),
  );
  try {
    const idle = residentMegabytes(api.pid);
    /** When the event's transaction was committed, by job and sequence. */
    const committedAt = new Map<string, number>();
    const delays: number[] = [];
    let arrived = 0;
    const agent = new Agent({ keepAlive: false, maxSockets: Infinity });
    const open: IncomingMessage[] = [];
    for (let index = 0; index < o.count; index++) {
      const { jobId } = leases[index % leases.length]!;
      open.push(
        await listen(`${api.url}/v1/training-jobs/${jobId}/events`, agent, (id) => {
          const at = committedAt.get(`${jobId} ${id}`);
          if (at === undefined) return;
          arrived++;
          delays.push(performance.now() - at);
        }),
      );
    }
    await delay(1000);
    const connected = residentMegabytes(api.pid);
    let expected = 0;
    for (let event = 0; event < o.events; event++) {
      const lease = leases[event % leases.length]!;
      const epoch = Math.floor(event / leases.length) + 1;
      // An arrival may be seen before this process hears of the commit: that counts as no delay.
      committedAt.set(`${lease.jobId} ${epoch + 3}`, Infinity);
      await database.trainingJobs.recordEpochs(lease, [{ metrics: epochMetrics(epoch), progress: 0.5 }]);
      committedAt.set(`${lease.jobId} ${epoch + 3}`, performance.now());
      await notifications.notify(`job-events:${lease.jobId}`);
      expected += Math.ceil((o.count - (event % leases.length)) / leases.length);
      await delay(o.everyMs);
    }
    while (arrived < expected) await delay(50);
    const after = residentMegabytes(api.pid);
    for (const response of open) response.destroy();
    delays.sort((a, b) => a - b);
    const at = (share: number): string => delays[Math.floor(share * (delays.length - 1))]!.toFixed(1);
    return [
      `${o.count} listeners on ${o.jobs} ${o.jobs === 1 ? 'job' : 'jobs'}: ${expected} arrivals of ${o.events} events`,
      `  memory: ${idle} MB idle, ${connected} MB with listeners, ${after} MB afterwards; ${(((connected - idle) * 1024) / o.count).toFixed(0)} KB a listener`,
      `  delay from commit to arrival: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms   (load ${loadavg()[0]!.toFixed(1)})`,
    ].join('\n');
  } finally {
    await api.stop();
    await notifications.close();
  }
}

/** Calls back with the id of each event; resolves when the stream has begun. */
function listen(url: string, agent: Agent, onEvent: (id: number) => void): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent, headers: { accept: 'text/event-stream' } }, (response) => {
      response.setEncoding('utf8').on('data', (text: string) => {
        for (const [, id] of text.matchAll(/^id: (\d+)$/gm)) onEvent(Number(id));
      });
      response.once('data', () => resolve(response));
      response.on('error', () => undefined);
    });
    request.on('error', reject);
  });
}

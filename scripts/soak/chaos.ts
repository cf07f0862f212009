/** Breaks things, as planned. Each blow hits something that is up at that time; where nothing is, it misses. */
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { openDeliveryQueue } from '../../platform/queue/delivery-queue.ts';
import { openNotifications } from '../../platform/queue/notifications.ts';
import type { Blow, PlannedBlow } from './plan.ts';
import { childrenOf, signalProcess } from './processes.ts';
import { lostAfterMs, type Part, type Service } from './service.ts';

export interface Chaos {
  /** Blows that hit, and those that found nothing to hit. */
  readonly hits: Readonly<Record<Blow, number>>;
  readonly misses: number;
  /** One line for each, with the time after the start. */
  readonly log: readonly string[];
}

/** Ids of the jobs and datasets that there are so far. */
export interface Targets {
  readonly jobIds: readonly string[];
  readonly datasetIds: readonly string[];
}

export interface Unleashed extends Chaos {
  /** Resolves when the last blow is over: everything that was frozen runs again. */
  readonly over: Promise<void>;
}

export function unleash(
  service: Service,
  blows: readonly PlannedBlow[],
  targets: Targets,
  signal: AbortSignal,
): Unleashed {
  const hits = Object.fromEntries(Object.keys(strike).map((blow) => [blow, 0])) as Record<Blow, number>;
  const state = { misses: 0 };
  const log: string[] = [];
  const from = performance.now();

  const deal = async (planned: PlannedBlow): Promise<void> => {
    await delay(Math.max(0, planned.at - (performance.now() - from)), undefined, { signal });
    const hit = await strike[planned.blow](service, planned, targets).catch((error: unknown) => {
      if (signal.aborted) throw error;
      return `(${String(error)})`;
    });
    if (hit === null) state.misses++;
    else hits[planned.blow]++;
    log.push(
      `${((performance.now() - from) / 1000).toFixed(1)} s  ${planned.blow}  ${hit ?? 'nothing to hit'}`,
    );
  };
  const over = Promise.all(blows.map(deal)).then(
    () => undefined,
    (error: unknown) => {
      if (!signal.aborted) throw error;
    },
  );
  return {
    hits,
    get misses() {
      return state.misses;
    },
    log,
    over,
  };
}

/** What was hit; null: there was nothing. */
type Strike = (service: Service, planned: PlannedBlow, targets: Targets) => Promise<string | null>;

const strike: Record<Blow, Strike> = {
  'kill api': (service, planned) => end(service, service.apis, planned, 'SIGKILL'),
  'stop api': (service, planned) => end(service, service.apis, planned, 'SIGTERM'),
  'kill worker': (service, planned) => end(service, service.workers, planned, 'SIGKILL'),
  'stop worker': (service, planned) => end(service, service.workers, planned, 'SIGTERM'),
  'kill redis': (service, planned) => end(service, [service.redis], planned, 'SIGKILL'),
  // «immediate»: no checkpoint, and recovery at the next start.
  'kill postgres': (service, planned) => end(service, [service.postgres], planned, 'SIGQUIT'),
  'crash postgres': (service, planned) => end(service, [service.postgres], planned, 'SIGKILL'),

  'freeze worker': async ({ workers }, { target, length }) => {
    const worker = choose(up(workers), target);
    if (worker === null) return null;
    await freeze(worker.pid, lostAfterMs + 1000 + 4000 * length);
    return worker.name;
  },
  'freeze child': async ({ workers }, { target, length }) => {
    const child = choose(trainingChildren(workers), target);
    if (child === null) return null;
    await freeze(child, 500 + 3000 * length);
    return `process ${child}`;
  },
  'kill child': async ({ workers }, { target }) => {
    const child = choose(trainingChildren(workers), target);
    return child !== null && signalProcess(child, 'SIGKILL') ? `process ${child}` : null;
  },

  'flush redis': async ({ redisUrl }) => {
    const client = new Redis(redisUrl, { retryStrategy: () => null, maxRetriesPerRequest: 0 });
    client.on('error', () => undefined);
    try {
      await client.flushall();
      return 'everything';
    } finally {
      client.disconnect();
    }
  },
  'deliver again': async ({ redisUrl }, { target, length }, { jobIds, datasetIds }) => {
    const queue = openDeliveryQueue(redisUrl, { report: () => undefined });
    try {
      const ids = some(jobIds, target, 1 + Math.floor(8 * length));
      for (const id of ids) await queue.deliver('train', id);
      for (const id of some(datasetIds, length, 2)) await queue.deliver('ingest', id);
      await queue.deliver('train', 'job_of_nobody');
      return `${ids.length} jobs`;
    } finally {
      await queue.close();
    }
  },
  'late messages': async ({ redisUrl }, { target, length }, { jobIds }) => {
    const notifications = openNotifications(redisUrl, { report: () => undefined });
    try {
      const ids = some(jobIds, target, 1 + Math.floor(8 * length));
      for (const id of ids) {
        await notifications.notify(`job-control:${id}`);
        await notifications.notify(`job-events:${id}`);
      }
      return `${ids.length} jobs`;
    } finally {
      await notifications.close();
    }
  },
};

interface Up {
  readonly name: string;
  readonly pid: number;
}

const up = (parts: readonly Part[]): Up[] =>
  parts.flatMap(({ name, pid }) => {
    const number = pid();
    return number === null ? [] : [{ name, pid: number }];
  });

const trainingChildren = (workers: readonly Part[]): number[] =>
  up(workers).flatMap(({ pid }) => childrenOf(pid));

const choose = <Item>(items: readonly Item[], target: number): Item | null =>
  items[Math.floor(target * items.length)] ?? null;

/** So many in a row, from somewhere. */
function some(ids: readonly string[], where: number, count: number): readonly string[] {
  const from = Math.floor(where * ids.length);
  return ids.slice(from, from + count);
}

async function end(
  service: Service,
  parts: readonly Part[],
  { target }: PlannedBlow,
  signal: NodeJS.Signals,
): Promise<string | null> {
  const part = choose(up(parts), target);
  if (part === null) return null;
  service.expectEnd(part.pid);
  return signalProcess(part.pid, signal) ? part.name : null;
}

async function freeze(pid: number, ms: number): Promise<void> {
  signalProcess(pid, 'SIGSTOP');
  try {
    await delay(ms);
  } finally {
    signalProcess(pid, 'SIGCONT');
  }
}

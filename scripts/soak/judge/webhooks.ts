/** That whoever asked to hear of jobs and datasets was told of each end, and of each pause, at least once. */
import { setTimeout as delay } from 'node:timers/promises';
import type { WebhookReceiver } from '../webhook-receiver.ts';
import { withClient } from './tables.ts';
import type { Verdict } from './verdict.ts';

const lookEveryMs = 1000;

/** Waits for `patienceMs` at most: what a dead process had claimed is sent by another a minute later. */
export async function judgeWebhooks(
  receiver: WebhookReceiver,
  { databaseUrl, since }: { databaseUrl: string; since: Date },
  patienceMs: number,
  signal: AbortSignal,
): Promise<Verdict> {
  const due = await whatHappened(databaseUrl, since);
  const until = performance.now() + patienceMs;
  for (;;) {
    const told = counted([...receiver.messages.values()].map(({ type, subject }) => `${type} of ${subject}`));
    const missing = [...due].flatMap(([what, count]) => {
      const got = told.get(what) ?? 0;
      return got === count ? [] : [`${what}: ${got} messages, happened ${count} times`];
    });
    if (missing.length === 0 || performance.now() > until)
      return {
        check: 'each end and each pause was told by webhook',
        looked: receiver.messages.size,
        violations: [...receiver.complaints, ...missing],
      };
    await delay(lookEveryMs, undefined, { signal });
  }
}

const whatHappened = (databaseUrl: string, since: Date): Promise<Map<string, number>> =>
  withClient(databaseUrl, async (client) => {
    const { rows } = await client.query<{ what: string }>(
      `SELECT type || ' of ' || job_id AS what FROM training_job_events
       WHERE type = ANY($1) AND created_at > $2
       UNION ALL SELECT 'dataset.' || status || ' of ' || id FROM datasets WHERE created_at > $2`,
      [['succeeded', 'failed', 'cancelled', 'paused'].map((status) => `training_job.${status}`), since],
    );
    return counted(rows.map(({ what }) => what));
  });

function counted(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

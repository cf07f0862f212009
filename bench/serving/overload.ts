/**
 * Four times as many requests as can be answered, sent at that rate whether or not they are answered, of a model whose runs take
 * longer than HTTP does: what is refused must be refused at once, and afterwards all must be as before.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { round, type Print } from '../serve.ts';
import { windows } from './bodies.ts';
import { load } from './load.ts';
import { forecastModel } from './models.ts';
import { residentMegabytes, type BenchService } from './service.ts';

export async function overload(service: BenchService, o: { seconds: number; print: Print }): Promise<void> {
  await forecastModel(service, { name: 'heavy', hidden: 512, steps: 100, seed: 3 });
  const served = await service.start({ PREDICTION_QUEUE: '64' });
  try {
    const target = { url: `${served.url}/v1/models/heavy/predictions`, bodies: windows(100) };
    await load({ ...target, connections: 16, seconds: 2 });
    const before = await load({ ...target, connections: 64, seconds: o.seconds });
    const memoryBefore = residentMegabytes(served.pid);
    const over = await load({
      ...target,
      connections: 512,
      seconds: o.seconds,
      rate: Math.round(4 * before.rps),
    });
    const refusals = await refusalsOf(served.url);
    const memoryAfter = residentMegabytes(served.pid, 'VmHWM');
    await delay(1000);
    const after = await load({ ...target, connections: 64, seconds: o.seconds });
    const row = {
      capacity_rps: round(before.rps),
      sent_rps: round(4 * before.rps),
      answered_rps: round(over.rps),
      refused: over.counts.get(503) ?? 0,
      /** As the service itself measures it: the client, which sends too much on the same cores, is late in reading answers. */
      refused_within_5ms: round(refusals.soon / refusals.all),
      refused_p50_ms: round(over.refusalP50),
      refused_p99_ms: round(over.refusalP99),
      other: [...over.counts]
        .filter(([status]) => status !== 200 && status !== 503)
        .reduce((sum, [, n]) => sum + n, 0),
      answered_p99_ms: round(over.p99),
      memory_mb: memoryBefore,
      memory_most_mb: memoryAfter,
      afterwards_rps: round(after.rps),
    };
    o.print(
      row,
      Object.entries(row)
        .map(([name, value]) => `${name} ${value}`)
        .join('   '),
    );
  } finally {
    await served.stop();
  }
}

/** How many requests were answered with 503 since the start, and how many of these within 5 ms. */
async function refusalsOf(url: string): Promise<{ all: number; soon: number }> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const upTo = (limit: string): number =>
    text
      .split('\n')
      .filter(
        (line) =>
          line.startsWith('unroll_http_request_duration_seconds_bucket') &&
          line.includes(`le="${limit}"`) &&
          line.includes('status="503"'),
      )
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  return { all: upTo('+Inf'), soon: upTo('0.005') };
}

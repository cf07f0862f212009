import { expect, it } from 'vitest';
import { createMetricsRegistry } from '../../platform/telemetry/metrics.ts';
import { createInferenceMetrics } from './inference-metrics.ts';
import type { ServedModel } from './execution.ts';

const version = (number: number): ServedModel => ({
  storageKey: `models/${number}`,
  bytes: 1,
  name: 'weather',
  version: number,
});

it('counts what waits and what is open by version, of at most 200 of them', async () => {
  const registry = createMetricsRegistry('test');
  createInferenceMetrics(registry).watch(
    {
      queued: () => [
        { model: version(3), rows: 2 },
        { model: version(4), rows: 1 },
        { model: version(3), rows: 5 },
      ],
      queuedBytes: 96,
      running: 1,
    },
    // the most recently used first, two of them on two threads
    {
      loaded: () => [...Array.from({ length: 300 }, (_, index) => version(index)), version(0), version(250)],
      loadedBytes: 7,
    },
  );
  const values = async (name: string) =>
    new Map(
      (await registry.getSingleMetric(name)!.get()).values.map(({ labels, value }) => [
        labels.version,
        value,
      ]),
    );
  expect(await values('unroll_queue_rows')).toEqual(
    new Map([
      ['3', 7],
      ['4', 1],
    ]),
  );
  const loaded = await values('unroll_sessions_loaded');
  expect(loaded.size).toBe(200);
  expect([loaded.get('0'), loaded.get('199'), loaded.get('250')]).toEqual([2, 1, undefined]);
  // asked again, nothing is counted twice
  expect((await values('unroll_queue_rows')).get('3')).toBe(7);
});

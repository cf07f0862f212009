/** What is measured of streams, by model and version; of the versions that were stepped last, so many have series of their own. */
import type { StreamModel, StreamStore } from '../../../domain/ports/stream-store.ts';
import type { Report } from '../../../domain/ports/report.ts';
import { Counter, Gauge, Histogram, type Registry } from '../../../platform/telemetry/metrics.ts';

const seconds = [0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 10];
const mostVersions = 200;
const outcomes = ['answered', 'failed'] as const;
type Outcome = (typeof outcomes)[number];

export interface StreamMetrics {
  observe(
    version: Pick<StreamModel, 'name' | 'version'>,
    outcome: Outcome,
    startedAtMs: number,
    steps: number,
  ): void;
  /** Counts open streams when metrics are asked for. */
  watch(store: Pick<StreamStore, 'countOpen'>, report: Report): void;
}

export function createStreamMetrics(registry: Registry): StreamMetrics {
  const registers = [registry];
  const labelNames = ['model', 'version'] as const;
  const steps = new Counter({
    name: 'unroll_stream_steps_total',
    help: 'Rows or tokens that streams have read.',
    labelNames,
    registers,
  });
  const requests = new Counter({
    name: 'unroll_stream_requests_total',
    help: 'Requests for steps by what came of them.',
    labelNames: [...labelNames, 'outcome'] as const,
    registers,
  });
  const duration = new Histogram({
    name: 'unroll_stream_request_duration_seconds',
    help: 'Time from a stream that was found to the answer of its steps.',
    labelNames,
    buckets: seconds,
    registers,
  });
  const known = new Map<string, { model: string; version: string }>();
  const labelsOf = ({ name, version }: Pick<StreamModel, 'name' | 'version'>) => {
    const key = `${name}@${version}`;
    const labels = known.get(key) ?? { model: name, version: String(version) };
    known.delete(key);
    known.set(key, labels);
    if (known.size > mostVersions) {
      const [oldest, dropped] = known.entries().next().value!;
      known.delete(oldest);
      steps.remove(dropped);
      duration.remove(dropped);
      for (const outcome of outcomes) requests.remove({ ...dropped, outcome });
    }
    return labels;
  };

  return {
    observe: (version, outcome, startedAtMs, count) => {
      const labels = labelsOf(version);
      requests.inc({ ...labels, outcome });
      if (outcome !== 'answered') return;
      steps.inc(labels, count);
      duration.observe(labels, (performance.now() - startedAtMs) / 1000);
    },
    watch: (store, report) => {
      new Gauge({
        name: 'unroll_streams_open',
        help: 'Streams that are open, those of all replicas together.',
        labelNames,
        registers,
        async collect() {
          this.reset();
          try {
            const versions = await store.countOpen();
            for (const { name, version, open } of versions
              .toSorted((a, b) => b.open - a.open)
              .slice(0, mostVersions))
              if (open > 0) this.set({ model: name, version: String(version) }, open);
          } catch (error) {
            report('Open streams were not counted', error);
          }
        },
      });
    },
  };
}

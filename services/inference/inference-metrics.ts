/**
 * What is measured of predictions, by model and version. Labels are bounded: of the versions that were asked last, so many
 * have series of their own; the least recently asked lose theirs.
 */
import type { ModelVersion } from '../../domain/models/model.ts';
import { Counter, Gauge, Histogram, type Registry } from '../../platform/telemetry/metrics.ts';
import type { RunReport } from './batching/batcher.ts';
import type { Execution } from './execution.ts';
import type { SessionPool } from './sessions/session-pool.ts';

const seconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
const rows = [1, 2, 4, 8, 16, 32, 64, 128, 256, 1024];
const mostVersions = 200;

export type PredictionOutcome =
  'answered' | 'refused' | 'late' | 'invalid' | 'failed' | 'shadow' | 'shadow_failed';
type Labelled = Pick<ModelVersion, 'name' | 'version'>;

interface Counted extends Labelled {
  readonly count: number;
}

export interface InferenceMetrics {
  observe(version: Labelled, outcome: PredictionOutcome, startedAtMs: number): void;
  onRun(report: RunReport & { readonly owner: Labelled }): void;
  /** Reads the gauges of these when metrics are asked for. */
  watch(
    execution: Pick<Execution, 'queued' | 'queuedBytes' | 'running'>,
    sessions: Pick<SessionPool, 'loaded' | 'loadedBytes'>,
  ): void;
}

export function createInferenceMetrics(registry: Registry): InferenceMetrics {
  const registers = [registry];
  const model = ['model', 'version'] as const;
  const duration = new Histogram({
    name: 'unroll_prediction_duration_seconds',
    help: 'Time from a request that was understood to its predictions.',
    labelNames: model,
    buckets: seconds,
    registers,
  });
  const predictions = new Counter({
    name: 'unroll_predictions_total',
    help: 'Requests by what came of them; those of a shadow are counted beside the request that was answered.',
    labelNames: [...model, 'outcome'] as const,
    registers,
  });
  const batch = new Histogram({
    name: 'unroll_batch_rows',
    help: 'Inputs that shared one run of a model.',
    labelNames: model,
    buckets: rows,
    registers,
  });
  const wait = new Histogram({
    name: 'unroll_batch_wait_seconds',
    help: 'How long the oldest request of a run waited for it.',
    labelNames: model,
    buckets: seconds,
    registers,
  });
  const run = new Histogram({
    name: 'unroll_run_duration_seconds',
    help: 'Time of one run of a model, loading included where it was not open.',
    labelNames: model,
    buckets: seconds,
    registers,
  });

  const outcomes: readonly PredictionOutcome[] = [
    'answered',
    'refused',
    'late',
    'invalid',
    'failed',
    'shadow',
    'shadow_failed',
  ];
  const known = new Map<string, ReturnType<typeof seriesOf>>();
  const seriesOf = (labels: { model: string; version: string }) => ({
    labels,
    duration: duration.labels(labels),
    batch: batch.labels(labels),
    wait: wait.labels(labels),
    run: run.labels(labels),
    predictions: Object.fromEntries(
      outcomes.map((outcome) => [outcome, predictions.labels({ ...labels, outcome })]),
    ) as Record<PredictionOutcome, Counter.Internal>,
  });
  const series = ({ name, version }: Labelled): ReturnType<typeof seriesOf> => {
    const key = `${name}@${version}`;
    const present = known.get(key) ?? seriesOf({ model: name, version: String(version) });
    known.delete(key);
    known.set(key, present);
    if (known.size > mostVersions) {
      const [oldest, { labels }] = known.entries().next().value!;
      known.delete(oldest);
      for (const metric of [duration, batch, wait, run]) metric.remove(labels);
      for (const outcome of outcomes) predictions.remove({ ...labels, outcome });
    }
    return present;
  };

  return {
    observe: (version, outcome, startedAtMs) => {
      const own = series(version);
      own.predictions[outcome].inc();
      if (outcome === 'answered') own.duration.observe((performance.now() - startedAtMs) / 1000);
    },
    onRun: ({ owner, rows: count, waitedMs, ranMs }) => {
      const own = series(owner);
      own.batch.observe(count);
      own.wait.observe(waitedMs / 1000);
      own.run.observe(ranMs / 1000);
    },
    watch: (execution, sessions) => {
      const gauge = (name: string, help: string, read: () => number): void => {
        new Gauge({
          name,
          help,
          registers,
          collect() {
            this.set(read());
          },
        });
      };
      const byVersion = (name: string, help: string, count: () => Iterable<Counted>): void => {
        new Gauge({
          name,
          help,
          labelNames: model,
          registers,
          collect() {
            this.reset();
            const counted = new Set<string>();
            for (const { name: ofModel, version, count: own } of count()) {
              const key = `${ofModel}@${version}`;
              if (counted.size === mostVersions && !counted.has(key)) continue;
              counted.add(key);
              this.inc({ model: ofModel, version: String(version) }, own);
            }
          },
        });
      };
      byVersion('unroll_queue_rows', 'Inputs that wait for a run.', () =>
        Array.from(execution.queued(), ({ model: { name, version }, rows: count }) => ({
          name,
          version,
          count,
        })),
      );
      gauge('unroll_queue_bytes', 'Memory of the inputs that wait for a run.', () => execution.queuedBytes);
      gauge('unroll_runs_in_flight', 'Runs under way.', () => execution.running);
      byVersion(
        'unroll_sessions_loaded',
        'Files of a version that are open, once for each thread; of the versions that were used last.',
        () => sessions.loaded().map((version) => ({ ...version, count: 1 })),
      );
      gauge(
        'unroll_sessions_bytes',
        'What the open models are reckoned to take.',
        () => sessions.loadedBytes,
      );
    },
  };
}

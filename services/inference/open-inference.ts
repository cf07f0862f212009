/** The parts of the data plane, put together in one place for the process and for tests. */
import type { ModelChanges } from '../../domain/ports/model-changes.ts';
import type { ModelRepository } from '../../domain/ports/model-repository.ts';
import type { ObjectStorage } from '../../domain/ports/object-storage.ts';
import type { Report } from '../../domain/ports/report.ts';
import type { StreamStore } from '../../domain/ports/stream-store.ts';
import type { Registry } from '../../platform/telemetry/metrics.ts';
import { createExecution, type ExecutionParts } from './execution.ts';
import { createInferenceMetrics } from './inference-metrics.ts';
import { createModelDirectory } from './models/model-directory.ts';
import type { InferenceParts } from './parts.ts';
import { discardGone } from './sessions/discard-gone.ts';
import { openSessionPool } from './sessions/session-pool.ts';
import { createStreamMetrics } from './streams/stream-metrics.ts';
import { createStreams, type StreamParts } from './streams/streams.ts';

export interface Inference extends InferenceParts {
  close(): Promise<void>;
}

export function openInference(
  o: Omit<ExecutionParts, 'sessions' | 'onRun'> & {
    readonly models: Pick<ModelRepository, 'findRoute' | 'listVersions' | 'unusedStorageKeys'>;
    readonly changes: ModelChanges;
    readonly threads: number;
    readonly threadEntry: URL;
    readonly maxSessionBytes: number;
    readonly storage: Pick<ObjectStorage, 'localPath'>;
    readonly registry: Registry;
    readonly report: Report;
    readonly streams: Pick<StreamParts, 'newId' | 'ttlSeconds' | 'maxStateBytes'> & {
      readonly store: StreamStore & { close(): Promise<void> };
    };
  },
): Inference {
  const { models, changes, registry, maxSessionBytes, streams, ...rest } = o;
  const metrics = createInferenceMetrics(registry);
  const sessions = openSessionPool({ ...rest, maxBytes: maxSessionBytes });
  const execution = createExecution({ ...rest, sessions, onRun: (report) => metrics.onRun(report) });
  metrics.watch(execution, sessions);
  const directory = createModelDirectory({ models, changes });
  discardGone({ changes, models, sessions, report: o.report });
  const streamMetrics = createStreamMetrics(registry);
  streamMetrics.watch(streams.store, o.report);
  return {
    directory,
    execution,
    metrics,
    streams: createStreams({ ...streams, directory, execution, metrics: streamMetrics }),
    close: async () => {
      await Promise.all([sessions.close(), changes.close(), streams.store.close()]);
    },
  };
}

/** What the data plane is made of. */
import type { Execution } from './execution.ts';
import type { InferenceMetrics } from './inference-metrics.ts';
import type { ModelDirectory } from './models/model-directory.ts';
import type { Streams } from './streams/streams.ts';

export interface InferenceParts {
  readonly directory: ModelDirectory;
  readonly execution: Execution;
  readonly metrics: Pick<InferenceMetrics, 'observe'>;
  readonly streams: Streams;
}

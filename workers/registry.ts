/** Every kind of job has a handler: a queue without one does not compile. */
import type { QueueName } from '../domain/ports/queue.ts';
import { createIngestHandler, type IngestParts } from './ingest/ingest-handler.ts';
import { createPredictHandler, type PredictParts } from './predict/predict-handler.ts';
import type { Handler } from './runtime/outcome.ts';
import { createTrainHandler, type TrainParts } from './train/train-handler.ts';

export interface RegistryParts {
  readonly ingest: IngestParts;
  readonly train: TrainParts;
  readonly predict: PredictParts;
}

export const createHandlers = (parts: RegistryParts): Record<QueueName, Handler> => ({
  ingest: createIngestHandler(parts.ingest),
  train: createTrainHandler(parts.train),
  predict: createPredictHandler(parts.predict),
});

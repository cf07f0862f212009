/** A version of a small network: its card says of the task what it is told, and of all else what nobody looks at. */
import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { readCard, type ModelVersion } from '../../domain/models/model.ts';
import type { HttpService } from './http-service.ts';
import { storedVersion, type TrainedFiles } from './stored-version.ts';

interface Finished extends TrainedFiles {
  /** What the card says of the task. */
  readonly card: object;
}

export async function publishedVersion(service: HttpService, finished: Finished): Promise<ModelVersion> {
  const { datasetId, specification, file } = finished;
  const parts = { database: service.database, storage: service.parts.storage };
  const version = await storedVersion(parts, finished, (jobId, { bytes, sha256 }) =>
    readCard({
      specification,
      dataset: { id: datasetId, name: 'numbers', sha256, row_count: 200 },
      ...finished.card,
      training: {
        epochs: 3,
        best_epoch: 2,
        best_validation_loss: 0.5,
        stopped: 'epochs',
        seconds: 1,
        parameter_count: 127,
      },
      file: { bytes, sha256, opset: 17 },
      lineage: { job_id: jobId, unroll_version: '0.0.0', created_at: new Date().toISOString() },
    }),
  );
  expect(version.sha256).toBe(createHash('sha256').update(file).digest('hex'));
  return version;
}

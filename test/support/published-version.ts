/** A model version as the train worker leaves it: file and weights in storage, the job's end and the card in the database. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect } from 'vitest';
import { readCard, type ModelVersion } from '../../domain/models/model.ts';
import { weightsKeyOf } from '../../domain/models/version-files.ts';
import type { TrainingSpecification } from '../../engine/spec/training-specification.ts';
import { writeWeights } from '../../workers/train/weights.ts';
import type { HttpService } from './http-service.ts';

interface Finished {
  readonly datasetId: string;
  readonly name: string;
  readonly specification: TrainingSpecification;
  readonly file: Uint8Array;
  /** None where it is null. */
  readonly weights: { parameters: Float32Array; fitted: object; exported?: object } | null;
  /** What the card says of the task. */
  readonly card: object;
}

export async function publishedVersion(service: HttpService, finished: Finished): Promise<ModelVersion> {
  const { datasetId, specification, file, weights } = finished;
  const job = await service.database.trainingJobs.create({
    id: service.parts.newId('job'),
    datasetId,
    architecture: specification.architecture,
    specification,
    modelName: finished.name,
  });
  const { lease } = await service.start(job!.id);
  const storageKey = `models/${job!.id}/model.onnx`;
  const { bytes, sha256 } = await service.parts.storage.put(storageKey, Readable.from([file]));
  expect(sha256).toBe(createHash('sha256').update(file).digest('hex'));
  if (weights !== null) {
    const folder = await mkdtemp(join(tmpdir(), 'unroll-weights-'));
    const path = join(folder, 'weights');
    await writeWeights(path, weights);
    await service.parts.storage.putFile(weightsKeyOf(storageKey), path);
    await rm(folder, { recursive: true });
  }
  const card = readCard({
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
    lineage: { job_id: job!.id, unroll_version: '0.0.0', created_at: new Date().toISOString() },
  });
  return (await service.database.trainingJobs.succeed(lease, { storageKey, bytes, sha256, card }))!;
}

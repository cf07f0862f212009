/** A model version as the train worker leaves it: file and weights in storage, the job's end and the card in the database. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { ModelCard, ModelVersion } from '../../domain/models/model.ts';
import { weightsKeyOf } from '../../domain/models/version-files.ts';
import type { TrainingSpecification } from '../../engine/spec/training-specification.ts';
import { newId } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import type { FileStorage } from '../../platform/storage/file-storage.ts';
import { writeWeights } from '../../workers/train/weights.ts';

export interface TrainedFiles {
  readonly datasetId: string;
  readonly name: string;
  readonly specification: TrainingSpecification;
  readonly file: Uint8Array;
  /** None where it is null. */
  readonly weights: Parameters<typeof writeWeights>[1] | null;
}

export async function storedVersion(
  {
    database,
    storage,
  }: {
    readonly database: Pick<Database, 'trainingJobs'>;
    readonly storage: Pick<FileStorage, 'put' | 'putFile'>;
  },
  { datasetId, name, specification, file, weights }: TrainedFiles,
  cardOf: (jobId: string, stored: { readonly bytes: number; readonly sha256: string }) => ModelCard,
): Promise<ModelVersion> {
  const jobId = newId('job');
  const { architecture } = specification;
  await database.trainingJobs.create({ id: jobId, datasetId, architecture, specification, modelName: name });
  const lease = { jobId, token: newId('evt') };
  await database.trainingJobs.claim(jobId, lease.token);
  await database.trainingJobs.start(lease);
  const storageKey = `models/${jobId}/model.onnx`;
  const stored = await storage.put(storageKey, Readable.from([file]));
  if (weights !== null) {
    const folder = await mkdtemp(join(tmpdir(), 'unroll-weights-'));
    const path = join(folder, 'weights');
    await writeWeights(path, weights);
    await storage.putFile(weightsKeyOf(storageKey), path);
    await rm(folder, { recursive: true });
  }
  const version = await database.trainingJobs.succeed(lease, {
    storageKey,
    ...stored,
    card: cardOf(jobId, stored),
  });
  if (version === null) throw new Error(`expected a version of ${name}, got none`);
  return version;
}

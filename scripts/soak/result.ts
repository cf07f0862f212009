/** What a job came to, in a form that two runs of the same specification must have in common, to the last bit. */
import { createHash } from 'node:crypto';
import onnxProto from 'onnx-proto';
import type { Client } from './client.ts';
import type { CardResource, EpochResource, JobResource } from './resources.ts';

export interface Result {
  /** Of the ONNX file without what names its job and dataset. */
  readonly model: string;
  /** Of the curves without times. */
  readonly curves: string;
  /** Of the held-out scores, and of when training ended. */
  readonly scores: string;
}

const hash = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** Throws when what is served is not the file of the card. */
export async function resultOf(client: Client, job: JobResource): Promise<Result> {
  if (job.model === null) throw new Error(`${job.id} has no model`);
  const version = `/v1/models/${job.model.name}@${job.model.version}`;
  const [file, card, curves] = await Promise.all([
    client.bytes(`${version}/onnx`),
    client.get<CardResource>(`${version}/card`),
    client.get<{ data: EpochResource[] }>(`/v1/training-jobs/${job.id}/metrics?points=10000`),
  ]);
  if (hash(file) !== card.file.sha256) throw new Error(`the ONNX file of ${job.id} is not that of its card`);
  const { epochs, best_epoch, best_validation_loss, stopped } = card.training;
  return {
    model: hash(withoutLineage(file)),
    curves: hash(
      JSON.stringify(
        curves.data.map(({ epoch, step, loss, validation_loss, learning_rate, gradient_norm }) => [
          epoch,
          step,
          loss,
          validation_loss,
          learning_rate,
          gradient_norm,
        ]),
      ),
    ),
    scores: hash(JSON.stringify([card.held_out, epochs, best_epoch, best_validation_loss, stopped])),
  };
}

/** Names of the job and of its dataset, which differ from run to run. */
const lineage = new Set(['unroll.job_id', 'unroll.dataset']);

function withoutLineage(file: Uint8Array): Uint8Array {
  const { ModelProto } = onnxProto.onnx;
  const model = ModelProto.decode(file);
  model.metadataProps = model.metadataProps.filter(({ key }) => !lineage.has(key ?? ''));
  return ModelProto.encode(model).finish();
}

/** In which parts they differ; empty: in none. */
export const differences = (one: Result, other: Result): string[] =>
  (['model', 'curves', 'scores'] as const).filter((part) => one[part] !== other[part]);

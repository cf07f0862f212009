/** GET /v1/training-jobs/:id/checkpoints: from where a job could go on, and with which weights others could begin. */
import { Type, type Static } from 'typebox';
import { UnrollError } from '../../../../domain/errors/unroll-error.ts';
import type { TrainingCheckpoint } from '../../../../domain/training-jobs/training-checkpoint.ts';
import { answer, etagHeader, Timestamp } from '../../../http/answers.ts';
import { problemResponses } from '../../../http/problem.ts';
import type { HttpServer } from '../../../http/server.ts';
import type { ApiParts } from '../../parts.ts';
import { queuedExample } from './examples.ts';
import { JobParams } from '../jobs/job-kind.ts';

const Checkpoint = Type.Object(
  {
    id: Type.String({ description: '`ckpt_` and 32 hexadecimal digits.' }),
    epoch: Type.Integer({ description: 'Epochs done.' }),
    step: Type.Integer({ description: 'Optimiser steps taken.' }),
    validation_loss: Type.Union([Type.Number(), Type.Null()], {
      description: 'Of the best epoch so far, whose weights are in it; null before the end of the first.',
    }),
    is_best: Type.Boolean({ description: 'The first with the best weights so far.' }),
    is_newest: Type.Boolean({ description: 'Where the job would go on.' }),
    bytes: Type.Integer(),
    sha256: Type.String(),
    created_at: Timestamp,
  },
  { title: 'TrainingCheckpoint', additionalProperties: false },
);
type Checkpoint = Static<typeof Checkpoint>;

const CheckpointList = Type.Object(
  { data: Type.Array(Checkpoint, { description: 'Newest first: the last two, and the best.' }) },
  { title: 'TrainingCheckpointList', additionalProperties: false },
);

const example: Checkpoint = {
  id: 'ckpt_0197a4f3d2e17d4bac2f60718293a4b7',
  epoch: 10,
  step: 280,
  validation_loss: 0.157,
  is_best: true,
  is_newest: true,
  bytes: 289_412,
  sha256: '8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4',
  created_at: queuedExample.created_at,
};

const present = (checkpoint: TrainingCheckpoint, index: number): Checkpoint => ({
  id: checkpoint.id,
  epoch: checkpoint.epoch,
  step: checkpoint.step,
  validation_loss: checkpoint.validationLoss,
  is_best: checkpoint.isBest,
  is_newest: index === 0,
  bytes: checkpoint.bytes,
  sha256: checkpoint.sha256,
  created_at: checkpoint.createdAt.toISOString(),
});

export async function checkpointRoutes(server: HttpServer, parts: ApiParts): Promise<void> {
  server.route({
    method: 'GET',
    url: '/v1/training-jobs/:id/checkpoints',
    config: { etag: true },
    schema: {
      operationId: 'listTrainingJobCheckpoints',
      tags: ['training jobs'],
      summary: 'The checkpoints of a training job',
      description:
        'What it takes to go on with the job from where it stood: written every CHECKPOINT_SECONDS while it trains, at the ends of epochs as long as that costs next to nothing, and when it is paused. They are kept until the job is deleted.',
      params: JobParams,
      response: {
        200: answer(CheckpointList, 'The checkpoints.', { data: [example] }, etagHeader),
        ...problemResponses('not_found', 'unavailable'),
      },
    },
    handler: async ({ params: { id } }) => {
      const checkpoints = await parts.checkpoints.list(id);
      if (checkpoints.length === 0 && (await parts.trainingJobs.find(id)) === null)
        throw new UnrollError('not_found', `There is no training job ${id}`);
      return { data: checkpoints.map(present) };
    },
  });
}

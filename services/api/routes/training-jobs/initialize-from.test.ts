import { Readable } from 'node:stream';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dataset } from '../../../../domain/datasets/dataset.ts';
import { weightsKeyOf } from '../../../../domain/models/version-files.ts';
import { checkpointKey } from '../../../../domain/training-jobs/training-checkpoint.ts';
import { dailyCsv, smallJob, smallSpecification } from '../../../../test/support/daily-series.ts';
import { startHttpService, type HttpService } from '../../../../test/support/http-service.ts';
import { trainedModel } from '../../../../test/support/trained-model.ts';
import type { Problem } from '../../../http/problem.ts';
import type { TrainingJobResource } from './schemas.ts';

let service: HttpService;
let dataset: Dataset;
const api = () => request(service.url);

beforeAll(async () => {
  service = await startHttpService();
  dataset = await service.dataset(dailyCsv(200));
});
afterAll(() => service.close());

/** A version of this model, trained as `smallJob` asks, with the file of its weights. */
async function modelVersion(name: string, changes: object = {}) {
  const specification = { ...smallSpecification(), ...changes };
  const asked = { datasetId: dataset.id, name, specification, frequency: null };
  const version = await trainedModel(service, asked);
  await service.parts.storage.put(weightsKeyOf(version.storageKey), Readable.from([Buffer.from('weights')]));
  return version;
}

const create = (body: object) =>
  api()
    .post('/v1/training-jobs')
    .send({ ...smallJob(dataset.id), ...body });

async function refusal(body: object): Promise<Problem['errors']> {
  const response = await create(body).expect(422);
  return (response.body as Problem).errors;
}

describe('initialize_from', () => {
  it('a model: the exact version is noted and shown', async () => {
    const version = await modelVersion('base');
    for (const model of ['base', 'base@1', version.modelId]) {
      const response = await create({ initialize_from: { model } }).expect(202);
      expect(response.body).toMatchObject({ initialize_from: { model: 'base@1' } });
      const { id } = response.body as TrainingJobResource;
      expect(await service.database.trainingJobs.find(id)).toMatchObject({
        initializeFrom: { model: 'base@1', storageKey: weightsKeyOf(version.storageKey) },
      });
    }
    expect((await create({}).expect(202)).body).toMatchObject({ initialize_from: null });
  });

  it('a job: by default its best checkpoint', async () => {
    const { id } = (await create({}).expect(202)).body as TrainingJobResource;
    const from = (more: object) => ({ initialize_from: { job: id, ...more } });
    expect(await refusal(from({}))).toEqual([
      {
        pointer: '/initialize_from/job',
        message: `expected a training job that has checkpoints, got ${id}`,
      },
    ]);
    const { lease } = await service.start(id);
    for (const [step, validationLoss] of [
      [10, 0.4],
      [20, 0.4],
    ] as const)
      await service.database.checkpoints.record(lease, {
        id: `ckpt_${step}`,
        epoch: step / 10,
        step,
        validationLoss,
        formatVersion: 1,
        storageKey: checkpointKey(id, `ckpt_${step}`),
        bytes: 1,
        sha256: '',
        trainedSeconds: 1,
      });
    expect((await create(from({})).expect(202)).body).toMatchObject({
      initialize_from: { job: id, checkpoint: 'ckpt_10' },
    });
    expect((await create(from({ checkpoint: 'ckpt_20' })).expect(202)).body).toMatchObject({
      initialize_from: { job: id, checkpoint: 'ckpt_20' },
    });
    expect(await refusal(from({ checkpoint: 'ckpt_3' }))).toEqual([
      {
        pointer: '/initialize_from/checkpoint',
        message: `expected one of the checkpoints of ${id} (ckpt_20, ckpt_10), got ckpt_3`,
      },
    ]);
  });

  it('names both sides of everything that would give the weights another meaning', async () => {
    await modelVersion('other');
    const { data, model, training } = smallSpecification();
    const errors = await refusal({
      initialize_from: { model: 'other@1' },
      data: { ...data, window: { ...data.window, horizon: 5 } },
      model: { ...model, hidden_size: 6, layer_norm: true, pooling: 'max' },
    });
    expect(errors).toEqual([
      { pointer: '/initialize_from', message: expect.stringContaining('as in model other@1') as string },
      {
        pointer: '/initialize_from',
        message: 'expected layer_norm false as in model other@1, got true',
      },
      { pointer: '/initialize_from', message: 'expected pooling last as in model other@1, got max' },
      { pointer: '/initialize_from', message: 'expected horizon 3 as in model other@1, got 5' },
    ]);
    expect(errors[0]?.message).toBe('expected hidden_size 4 as in model other@1, got 6');
    // How it is trained is free.
    const asked = { initialize_from: { model: 'other' }, training: { ...training, epochs: 7 } };
    await create(asked).expect(202);
    await create({ ...asked, model: { ...model, pooling: 'last' } }).expect(202);
  });

  it('takes what is left out for what then holds, also of a decoder', async () => {
    const architecture = 'encoder_decoder';
    await modelVersion('stepwise', { architecture });
    const { model } = smallSpecification();
    const from = (decoder: object) => ({
      initialize_from: { model: 'stepwise' },
      architecture,
      model: { ...model, decoder },
    });
    await create(from({ feed_output: true, feed_context: false })).expect(202);
    expect(await refusal(from({ feed_context: true }))).toEqual([
      {
        pointer: '/initialize_from',
        message:
          'expected decoder {"feed_context":false,"feed_output":true} as in model stepwise@1, got {"feed_context":true,"feed_output":true}',
      },
    ]);
  });

  it('is refused for what is not there', async () => {
    for (const [asked, pointer] of [
      [{ model: 'nobody' }, '/initialize_from/model'],
      [{ model: 'other@99' }, '/initialize_from/model'],
      [{ model: 'other@x' }, '/initialize_from/model'],
      [{ job: 'job_unknown' }, '/initialize_from/job'],
    ] as const)
      expect(await refusal({ initialize_from: asked })).toMatchObject([{ pointer }]);
    const asked = {
      datasetId: dataset.id,
      name: 'old',
      specification: smallSpecification(),
      frequency: null,
      weights: 'none' as const,
    };
    await trainedModel(service, asked);
    expect(await refusal({ initialize_from: { model: 'old' } })).toEqual([
      {
        pointer: '/initialize_from/model',
        message: 'expected a model whose weights were kept, got old@1, which was made before they were',
      },
    ]);
    await create({ initialize_from: { model: 'other', job: 'job_1' } }).expect(422);
  });
});

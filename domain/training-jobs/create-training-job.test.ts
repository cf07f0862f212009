import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRealParts, type RealParts } from '../../test/support/real-parts.ts';
import { anySpecification, readyDataset } from '../../test/support/records.ts';
import { createTrainingJob, type PlanCheck } from './create-training-job.ts';
import { resolveSpecification } from './resolve-specification.ts';

const asked = {
  architecture: 'sequence_to_vector',
  data: {
    inputs: [{ column: 'temperature' }],
    targets: [{ column: 'temperature' }],
    order_by: 'date',
    window: { length: 30, horizon: 7 },
  },
  model: { cell: 'lstm' },
};

describe('resolveSpecification', () => {
  it('fills in every default, and is content with its own answer', () => {
    expect(anySpecification).toMatchObject({
      data: {
        scaling: 'standard',
        missing: 'error',
        split: { validation: 0.15, test: 0.15 },
        window: { stride: 1 },
      },
      model: { cell: 'lstm', hidden_size: 64, layers: 1 },
      output: { type: 'regression', loss: 'mse' },
      training: {
        epochs: 50,
        batch_size: 32,
        clip_norm: 1,
        optimizer: { type: 'adam', learning_rate: 0.001, beta1: 0.9 },
        early_stopping: { patience: 10, min_delta: 0 },
        loss_steps: 'last',
      },
    });
    expect(resolveSpecification(anySpecification)).toEqual(anySpecification);
  });

  it('keeps what was asked for, also when it is null or only a part', () => {
    const training = { early_stopping: null, clip_norm: null, optimizer: { learning_rate: 0.01 } };
    expect(resolveSpecification({ ...asked, training }).training).toMatchObject({
      early_stopping: null,
      clip_norm: null,
      optimizer: { type: 'adam', learning_rate: 0.01, epsilon: 1e-8 },
    });
    const patient = { early_stopping: { patience: 3 } };
    expect(resolveSpecification({ ...asked, training: patient }).training.early_stopping).toEqual({
      patience: 3,
      min_delta: 0,
    });
  });

  it('uses all steps for a sequence of outputs, the last for one output', () => {
    const sequence = resolveSpecification({ ...asked, architecture: 'sequence_to_sequence' });
    expect(sequence.training.loss_steps).toBe('all');
    const last = { ...asked, architecture: 'sequence_to_sequence', training: { loss_steps: 'last' } };
    expect(resolveSpecification(last).training.loss_steps).toBe('last');
    expect(() => resolveSpecification({ ...asked, training: { loss_steps: 'all' } })).toThrow(
      expect.objectContaining({
        code: 'validation_failed',
        errors: [expect.objectContaining({ pointer: '/training/loss_steps' })],
      }),
    );
  });

  it('does not change what it was given', () => {
    const frozen = structuredClone(asked);
    resolveSpecification(frozen);
    expect(frozen).toEqual(asked);
  });

  it('points at what is wrong', () => {
    const wrong = { ...asked, model: { cell: 'lstm', hidden_size: -1 } };
    expect(() => resolveSpecification(wrong)).toThrow(
      expect.objectContaining({
        code: 'validation_failed',
        errors: expect.arrayContaining([
          expect.objectContaining({ pointer: '/model/hidden_size' }),
        ]) as unknown,
      }),
    );
  });
});

describe('createTrainingJob', () => {
  let parts: RealParts;
  let datasetId: string;
  beforeAll(async () => {
    parts = await openRealParts();
    ({ id: datasetId } = await readyDataset(parts, { name: 'Seattle Weather.csv' }));
  });
  afterAll(() => parts.close());

  const plan = { windows: 300 };
  const ports = (check: Partial<PlanCheck<typeof plan>> = {}) => ({
    ...parts,
    checkPlan: async () => ({ errors: [], warnings: ['few windows'], plan, ...check }),
  });

  it('writes the job with its resolved specification, and delivers it', async () => {
    const { job, ...answer } = await createTrainingJob(ports(), { datasetId, specification: asked });
    expect(answer).toEqual({
      modelName: 'seattle-weather',
      specification: anySpecification,
      plan,
      warnings: ['few windows'],
    });
    expect(job).toMatchObject({ status: 'queued', datasetId, modelName: 'seattle-weather' });
    expect(await parts.trainingJobs.find(job!.id)).toEqual(job);
    const ids = parts.delivered('train');
    await expect.poll(() => ids).toEqual([job?.id]);
  });

  it('writes nothing in a dry run', async () => {
    const before = (await parts.trainingJobs.list({ limit: 100 })).data.length;
    const answer = await createTrainingJob(ports(), { datasetId, specification: asked, dryRun: true });
    expect(answer).toMatchObject({ job: null, plan });
    expect((await parts.trainingJobs.list({ limit: 100 })).data).toHaveLength(before);
  });

  it('refuses what the dataset can not serve, an unknown dataset, and one that is not ready', async () => {
    const create = (id: string, check = {}) =>
      createTrainingJob(ports(check), { datasetId: id, specification: asked });
    const errors = [{ pointer: '/data/inputs/0/column', message: 'expected a column, got none' }];
    await expect(create(datasetId, { errors, plan: null })).rejects.toMatchObject({
      code: 'validation_failed',
      errors,
    });
    await expect(create('ds_none')).rejects.toMatchObject({
      code: 'validation_failed',
      errors: [{ pointer: '/dataset_id' }],
    });
    const { id } = await readyDataset(parts, { validated: false });
    await expect(create(id)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('still being validated') as string,
    });
    await parts.datasets.markRejected(id, { problems: [], problemCount: 0 });
    await expect(create(id)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('rejected') as string,
    });
  });

  it('takes a name for the model, if models may have it', async () => {
    const create = (modelName: string) =>
      createTrainingJob(ports(), { datasetId, specification: asked, modelName, dryRun: true });
    expect(await create('Seattle_2.0-beta')).toMatchObject({ modelName: 'Seattle_2.0-beta' });
    for (const name of ['', 'a b', 'a/b', 'a@3', 'mdl_1', '.hidden', 'x'.repeat(129), 'ü'])
      await expect(create(name)).rejects.toMatchObject({
        code: 'validation_failed',
        errors: [{ pointer: '/name' }],
      });
  });

  it('names the model after a dataset whose name does not fit', async () => {
    const { id } = await readyDataset(parts, { name: '天気' });
    const answer = await createTrainingJob(ports(), { datasetId: id, specification: asked, dryRun: true });
    expect(answer.modelName).toBe(`model-of-${id}`);
  });

  it('takes a job that can not be delivered yet', async () => {
    const { job } = await createTrainingJob(
      { ...ports(), queue: parts.brokenQueue },
      { datasetId, specification: asked },
    );
    expect(await parts.trainingJobs.queuedIds()).toContain(job?.id);
    expect(parts.reports).toContain(`Training job ${job!.id} is not delivered yet`);
  });
});

import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkpointKey } from '../../../../domain/training-jobs/training-checkpoint.ts';
import { dailyCsv, smallJob } from '../../../../test/support/daily-series.ts';
import { startHttpService, type HttpService } from '../../../../test/support/http-service.ts';
import type { TrainingJobResource } from './schemas.ts';

let service: HttpService;
beforeAll(async () => {
  service = await startHttpService();
});
afterAll(() => service.close());

describe('GET /v1/training-jobs/:id/checkpoints', () => {
  it('lists them newest first, and says from which the job would go on and which holds the best weights', async () => {
    const api = request(service.url);
    const dataset = await service.dataset(dailyCsv(200));
    const created = await api.post('/v1/training-jobs').send(smallJob(dataset.id)).expect(202);
    const { id } = created.body as TrainingJobResource;
    const path = `/v1/training-jobs/${id}/checkpoints`;
    expect((await api.get(path).expect(200)).body).toEqual({ data: [] });

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
        bytes: 1000,
        sha256: 'd'.repeat(64),
        trainedSeconds: step,
      });
    const common = {
      validation_loss: 0.4,
      bytes: 1000,
      sha256: 'd'.repeat(64),
      created_at: expect.any(String) as string,
    };
    const response = await api.get(path).expect(200);
    expect(response.body).toEqual({
      data: [
        { id: 'ckpt_20', epoch: 2, step: 20, is_best: false, is_newest: true, ...common },
        { id: 'ckpt_10', epoch: 1, step: 10, is_best: true, is_newest: false, ...common },
      ],
    });
    await api.get('/v1/training-jobs/job_unknown/checkpoints').expect(404);
    const refused = await api.get(`${path}?limit=1`).expect(400);
    expect(refused.body).toMatchObject({ errors: [{ pointer: '/limit' }] });
  });
});

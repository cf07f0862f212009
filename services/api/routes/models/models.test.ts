import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import request from 'supertest';
import type { ModelVersion } from '../../../../domain/models/model.ts';
import { dailyCsv, smallSpecification } from '../../../../test/support/daily-series.ts';
import { startHttpService, type HttpService } from '../../../../test/support/http-service.ts';
import { trainedModel } from '../../../../test/support/trained-model.ts';
import type { Problem } from '../../../http/problem.ts';
import type { ModelResource } from './schemas.ts';

let service: HttpService;
let versions: ModelVersion[];
const api = () => request(service.url);
const bodyOf = (response: { body: unknown }) => response.body;

beforeAll(async () => {
  service = await startHttpService();
  const { id: datasetId } = await service.dataset(dailyCsv(200));
  const asked = { datasetId, specification: smallSpecification(), frequency: null };
  versions = [];
  for (const name of ['weather', 'weather', 'other'])
    versions.push(await trainedModel(service, { ...asked, name }));
});
afterAll(() => service.close());

describe('GET /v1/models', () => {
  it('lists models newest first', async () => {
    const body = bodyOf(await api().get('/v1/models').expect(200));
    const { data } = body as { data: ModelResource[] };
    expect(data.map(({ name, latest_version }) => [name, latest_version])).toEqual([
      ['other', 1],
      ['weather', 2],
    ]);
    const named = await api().get('/v1/models?name=weather').expect(200);
    expect((named.body as { data: unknown[] }).data).toHaveLength(1);
    await api().get('/v1/models?after=weather').expect(400);
  });

  it('finds a model by name or id, as its latest version or a certain one', async () => {
    const latest = await api().get('/v1/models/weather').expect(200);
    expect(latest.body).toMatchObject({
      id: versions[1]!.modelId,
      name: 'weather',
      version: 2,
      latest_version: 2,
      job_id: versions[1]!.jobId,
      sha256: versions[1]!.sha256,
      signature: {
        architecture: 'sequence_to_vector',
        cell: 'lstm',
        inputs: ['temp_max', 'wind'],
        targets: ['temp_max'],
        order_by: 'date',
        group_by: null,
        window_length: 14,
        horizon: 3,
      },
    });
    await api().get('/v1/models/weather').set('if-none-match', latest.headers.etag!).expect(304);
    const first = await api().get(`/v1/models/${versions[0]!.modelId}@1`).expect(200);
    expect(first.body).toMatchObject({ name: 'weather', version: 1, latest_version: 2 });
  });

  it.each([
    'nothing',
    'weather@3',
    'weather@production',
    'weather@0',
    '@1',
    'weather/versions/9',
    'weather/versions/x',
  ])('knows no %s', async (path) => {
    const response = await api().get(`/v1/models/${path}`).expect(404);
    expect((response.body as Problem).code).toBe('not_found');
  });

  it('lists versions, newest first, and shows each', async () => {
    const page = await api().get('/v1/models/weather/versions?limit=1').expect(200);
    expect(page.body).toMatchObject({ data: [{ version: 2 }], has_more: true, next: '2' });
    const rest = await api().get('/v1/models/weather/versions?after=2').expect(200);
    expect(rest.body).toMatchObject({ data: [{ version: 1 }], has_more: false, next: null });
    const one = await api().get('/v1/models/weather/versions/1').expect(200);
    expect(one.body).toMatchObject({ version: 1, job_id: versions[0]!.jobId });
  });

  it('shows the card', async () => {
    const body = bodyOf(await api().get('/v1/models/weather/card').expect(200));
    expect(body).toEqual(JSON.parse(JSON.stringify(versions[1]!.card)));
  });
});

describe('GET /v1/models/:ref/onnx', () => {
  it('gives the file, whole or in part', async () => {
    const stored = await service.parts.storage.localPath(versions[0]!.storageKey);
    const file = await readFile(stored.path);
    const whole = await api().get('/v1/models/weather@1/onnx').buffer(true).expect(200);
    expect((whole.body as Buffer).equals(file)).toBe(true);
    expect(whole.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': String(file.length),
      'content-disposition': `attachment; filename="weather-v1.onnx"; filename*=UTF-8''weather-v1.onnx`,
      etag: `"${versions[0]!.sha256}"`,
    });
    const part = await api().get('/v1/models/weather@1/onnx').set('range', 'bytes=10-19').expect(206);
    expect((part.body as Buffer).equals(file.subarray(10, 20))).toBe(true);
    await api().get('/v1/models/weather@1/onnx').set('if-none-match', whole.headers.etag!).expect(304);
    await api().get('/v1/models/weather@1/onnx').set('range', `bytes=${file.length}-`).expect(416);
  });
});

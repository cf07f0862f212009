import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import request from 'supertest';
import { dailyCsv, dateOf, smallSpecification } from '../../../../test/support/daily-series.ts';
import { startHttpService, type HttpService } from '../../../../test/support/http-service.ts';
import { trainedModel } from '../../../../test/support/trained-model.ts';
import { trainedLanguageModel } from '../../../../test/support/trained-language-model.ts';
import type { InferAnswer } from './schemas.ts';

let service: HttpService;
const api = () => request(service.url);
const values = Array.from({ length: 28 }, (_, index) => 10 + Math.sin(index));

beforeAll(async () => {
  service = await startHttpService();
  const { id: datasetId } = await service.dataset(dailyCsv(200));
  for (const name of ['weather', 'weather'])
    await trainedModel(service, { datasetId, name, specification: smallSpecification(), frequency: null });
});
afterAll(() => service.close());

const infer = (body: object, path = 'weather') => api().post(`/v2/models/${path}/infer`).send(body);
const x = { name: 'x', shape: [1, 14, 2], datatype: 'FP32', data: values };
const outputOf = (response: { body: unknown }) => (response.body as InferAnswer).outputs[0]!;

describe('/v2', () => {
  it('says what it is and that it can be asked', async () => {
    await api()
      .get('/v2')
      .expect(200)
      .expect(/"extensions":\["binary_tensor_data"\]/);
    await api().get('/v2/health/live').expect(200, { live: true });
    await api().get('/v2/health/ready').expect(200, { ready: true });
    await api().get('/v2/models/weather/ready').expect(200, { name: 'weather', ready: true });
    await api().get('/v2/models/weather/versions/1/ready').expect(200);
  });

  it('tells what the file takes and gives', async () => {
    const metadata = {
      name: 'weather',
      versions: ['1', '2'],
      platform: 'onnxruntime_onnx',
      inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, -1, 2] }],
      outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 3, 1] }],
    };
    await api().get('/v2/models/weather').expect(200, metadata);
    await api().get('/v2/models/weather/versions/2').expect(200, metadata);
  });

  it('answers tensors with what predictions answer to the same values', async () => {
    const response = await infer({ id: '7', inputs: [x] }).expect(200);
    expect(response.body).toMatchObject({ model_name: 'weather', model_version: '2', id: '7' });
    const rows = Array.from({ length: 14 }, (_, step) => ({
      date: dateOf(step),
      temp_max: values[2 * step],
      wind: values[2 * step + 1],
    }));
    const predicted = await api()
      .post('/v1/models/weather/predictions')
      .send({ inputs: [{ rows }] })
      .expect(200);
    const { forecast } = (predicted.body as { predictions: [{ forecast: { temp_max: number }[] }] })
      .predictions[0];
    expect(outputOf(response)).toMatchObject({ name: 'y', shape: [1, 3, 1], datatype: 'FP32' });
    expect(outputOf(response).data!.map(Math.fround)).toEqual(
      forecast.map((row) => Math.fround(row.temp_max)),
    );
    const nested = [Array.from({ length: 14 }, (_, step) => values.slice(2 * step, 2 * step + 2))];
    const first = await infer({ inputs: [{ ...x, data: nested }] }, 'weather/versions/1').expect(200);
    expect((first.body as InferAnswer).model_version).toBe('1');
  });

  it('takes and gives bytes', async () => {
    const bytes = Buffer.from(Float32Array.from(values).buffer);
    const told = { name: x.name, shape: x.shape, datatype: x.datatype };
    const json = Buffer.from(
      JSON.stringify({
        inputs: [{ ...told, parameters: { binary_data_size: bytes.length } }],
        outputs: [{ name: 'y', parameters: { binary_data: true } }],
      }),
    );
    const response = await fetch(`${service.url}/v2/models/weather/infer`, {
      method: 'POST',
      headers: { 'inference-header-content-length': String(json.length) },
      body: Buffer.concat([json, bytes]),
    });
    expect(response.status).toBe(200);
    const body = Buffer.from(await response.arrayBuffer());
    const length = Number(response.headers.get('inference-header-content-length'));
    expect(JSON.parse(body.subarray(0, length).toString())).toMatchObject({
      outputs: [{ name: 'y', shape: [1, 3, 1], parameters: { binary_data_size: 12 } }],
    });
    const y = new Float32Array(Uint8Array.from(body.subarray(length)).buffer);
    expect([...y]).toEqual(outputOf(await infer({ inputs: [x] })).data!.map(Math.fround));
  });

  it.each([
    [{ inputs: [] }, /list of at least 1/],
    [{ inputs: [{ ...x, name: 'z' }] }, /expected each of x once, got "z"/],
    [{ inputs: [x, x] }, /expected each of x once/],
    [{ inputs: [{ ...x, datatype: 'INT64' }] }, /expected FP32, got "INT64"/],
    [
      { inputs: [{ ...x, shape: [1, 7, 4] }] },
      /expected \[batch,time,2\], got \[1,7,4\]|expected \[1,7,2\], got \[1,7,4\]/,
    ],
    [{ inputs: [{ ...x, shape: [1, 13, 2] }] }, /expected 26 values for the shape \[1,13,2\], got 28/],
    [{ inputs: [{ ...x, data: ['a', ...values.slice(1)] }] }, /expected numbers, got "a" as number 0/],
    [{ inputs: [x], outputs: [{ name: 'z' }] }, /expected one of y, got "z"/],
    [
      { inputs: [{ ...x, parameters: { binary_data_size: 8 } }] },
      /expected a binary_data_size within the 0 bytes/,
    ],
  ])('refuses %j in the form of the protocol', async (body, message) => {
    const response = await infer(body).expect(400);
    expect(response.body).toEqual({ error: expect.stringMatching(message) as unknown });
  });

  it('refuses ids that the model has no vector for, and goes on answering others beside them', async () => {
    const { id: datasetId } = await service.dataset('text\nabc\n');
    await trainedLanguageModel(service, {
      datasetId,
      name: 'letters',
      model: { cell: 'gru', hidden_size: 4 },
    });
    const withTokens = (data: number[]) =>
      infer(
        {
          inputs: [
            { name: 'tokens', shape: [1, 2], datatype: 'INT64', data },
            { name: 'layers.0.h', shape: [1, 4], datatype: 'FP32', data: [0, 0, 0, 0] },
          ],
        },
        'letters',
      );
    const [fine, beyond, also] = await Promise.all(
      [
        [0, 2],
        [0, 999],
        [0, 3],
      ].map(withTokens),
    );
    expect([fine!.status, beyond!.status, also!.status]).toEqual([200, 400, 200]);
    expect((beyond!.body as { error: string }).error).toMatch(
      /^expected ids from 0 to \d+, which the model has a vector for, got 999$/,
    );
    const negative = await withTokens([0, -1]);
    expect([negative.status, negative.body]).toEqual([
      400,
      { error: '/inputs/0/data expected ids of at least 0, got -1 as number 1' },
    ]);
  });

  it('knows no other models', async () => {
    for (const path of ['nothing', 'weather/versions/9', 'weather/versions/production']) {
      const response = await infer({ inputs: [x] }, path).expect(404);
      expect(Object.keys(response.body as object)).toEqual(['error']);
    }
  });
});

it('tells what there is not in the form of the protocol', async () => {
  for (const [method, path, status] of [
    ['post', '/v2/repository/index', 404],
    ['post', '/v2/repository/models/weather/load', 404],
    ['get', '/v2/models/weather/nothing', 404],
    ['delete', '/v2/health/live', 405],
    ['get', '/v2/models/weather/infer', 405],
  ] as const) {
    const { body, status: found } = (await api()[method](path)) as { body: unknown; status: number };
    expect([path, found, Object.keys(body as object)]).toEqual([path, status, ['error']]);
  }
  expect((await api().get('/v1/nothing').expect(404)).body).toMatchObject({ code: 'not_found' });
});

describe('aliases', () => {
  const put = (alias: string, body: object) => api().put(`/v1/models/weather/aliases/${alias}`).send(body);
  const answering = async (ref: string): Promise<string> =>
    ((await infer({ inputs: [x] }, ref).expect(200)).body as InferAnswer).model_version;

  it('stand for a version wherever a model is named, and are switched at once', async () => {
    await put('production', { version: 1 }).expect(201);
    expect(await answering('weather@production')).toBe('1');
    expect(await answering('weather/versions/production')).toBe('1');
    expect((await api().get('/v1/models/weather@production').expect(200)).body).toMatchObject({ version: 1 });
    for (let turn = 0; turn < 10; turn++) {
      const version = 1 + (turn % 2);
      const under = Array.from({ length: 5 }, () => answering('weather@production'));
      await put('production', { version }).expect(200);
      expect(await answering('weather@production')).toBe(String(version));
      for (const answered of await Promise.all(under)) expect(['1', '2']).toContain(answered);
    }
  });

  it('share requests by weight, count them by version, and show a shadow the same', async () => {
    await put('canary', { weights: { 1: 3, 2: 1 } }).expect(201);
    const versions = await Promise.all(Array.from({ length: 80 }, () => answering('weather@canary')));
    const share = versions.filter((version) => version === '2').length / 80;
    expect(share).toBeGreaterThan(0.05);
    expect(share).toBeLessThan(0.5);
    await put('canary', { version: 1, shadow: 2 }).expect(200, /"weights":\{"1":1\},"shadow":2/);
    await answering('weather@canary');
    await expect
      .poll(async () => (await api().get('/metrics')).text)
      .toMatch(/unroll_predictions_total\{model="weather",version="2",outcome="shadow".*\} 1/);
    const { text } = await api().get('/metrics');
    expect(text).toMatch(/unroll_predictions_total\{model="weather",version="2",outcome="answered".*\} \d+/);
    expect(text).toMatch(/unroll_batch_rows_count\{.*model="weather",version="1".*\} \d+/);
    const loaded = [...text.matchAll(/unroll_sessions_loaded\{(.*)\} (\d+)\n/g)];
    for (const version of [1, 2])
      expect(
        loaded.filter(([, labels]) => labels!.includes(`model="weather",version="${version}"`)),
      ).toHaveLength(1);
    expect(loaded.some(([, labels]) => labels!.includes('model="letters"'))).toBe(true);
    const sessions = loaded.reduce((sum, [, , count]) => sum + Number(count), 0);
    expect(sessions).toBeGreaterThanOrEqual(3);
    expect(sessions).toBeLessThanOrEqual(6);
  });

  it('keep their versions from being deleted', async () => {
    const remove = (version: number) => api().delete(`/v1/models/weather/versions/${version}`);
    await put('production', { version: 1 });
    expect((await remove(1).expect(409)).body).toMatchObject({ code: 'conflict' });
    await remove(2).expect(409);
    const list = await api().get('/v1/models/weather/aliases').expect(200);
    expect((list.body as { data: { alias: string }[] }).data.map(({ alias }) => alias)).toEqual([
      'canary',
      'production',
    ]);
    for (const alias of ['production', 'canary'])
      await api().delete(`/v1/models/weather/aliases/${alias}`).expect(204);
    await api().get('/v1/models/weather/aliases/production').expect(404);
    await infer({ inputs: [x] }, 'weather@production').expect(404);
    await remove(1).expect(204);
    await infer({ inputs: [x] }, 'weather@1').expect(404);
    await remove(1).expect(404);
  });

  it.each([
    [{}, /expected version or weights, got neither/],
    [{ version: 1, weights: { 2: 1 } }, /got both/],
    [{ version: 9 }, /\/version expected a version that the model weather has, got 9/],
    [{ weights: { 2: 1, 7: 1 } }, /\/weights\/7 expected/],
    [{ version: 2, shadow: 2 }, /\/shadow expected a version that does not answer itself/],
    [{ weights: {} }, /expected 1 to 10 versions, got 0/],
    [{ weights: { 'x/y': 1 } }, /\/weights\/x~1y expected the number of a version, got "x\/y"/],
    [{ weights: { '1.5': 1 } }, /\/weights\/1.5 expected the number of a version/],
    [{ weights: { 9999999999: 1 } }, /expected the number of a version, got "9999999999"/],
  ])('are refused as %j', async (body, message) => {
    const response = await put('odd', body).expect(422);
    expect((response.body as { detail: string }).detail).toMatch(message);
  });
});

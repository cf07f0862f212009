/** DELETE of a whole model over real HTTP, PostgreSQL, Redis and ONNX Runtime: refused while it is needed, and then gone with its files, for every replica. */
import request from 'supertest';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ModelVersion } from '../../../../domain/models/model.ts';
import { weightsKeyOf } from '../../../../domain/models/version-files.ts';
import { daily, dailyCsv, dailyRows, smallSpecification } from '../../../../test/support/daily-series.ts';
import { startHttpService, type HttpService } from '../../../../test/support/http-service.ts';
import { trainedLanguageModel } from '../../../../test/support/trained-language-model.ts';
import { trainedModel } from '../../../../test/support/trained-model.ts';
import type { Problem } from '../../../http/problem.ts';

let service: HttpService;
let replica: HttpService;
let datasetId: string;
const specification = smallSpecification();
const inputs = [{ rows: dailyRows(specification.data.window.length) }];
const api = (at = service) => request(at.url);
const made = (name: string): Promise<ModelVersion> =>
  trainedModel(service, { datasetId, name, specification, frequency: daily });
const predict = (ref: string, at = service) => api(at).post(`/v1/models/${ref}/predictions`).send({ inputs });
const remove = (ref: string) => api().delete(`/v1/models/${ref}`);
const detailOf = ({ body }: { body: unknown }): string => (body as Problem).detail;

beforeAll(async () => {
  service = await startHttpService();
  replica = await startHttpService({ replicaOf: service, redisUrl: service.redisUrl });
  ({ id: datasetId } = await service.dataset(dailyCsv(100)));
});
afterAll(async () => {
  await replica.close();
  await service.close();
});

it('is refused while the model has an alias, or a batch prediction needs it', async () => {
  await made('needed');
  await api().put('/v1/models/needed/aliases/production').send({ version: 1 }).expect(201);
  expect(detailOf(await remove('needed').expect(409))).toContain('has the alias production');
  await predict('needed@production').expect(200);
  await api().delete('/v1/models/needed/aliases/production').expect(204);
  const batch: unknown = (
    await api().post('/v1/models/needed/batch-predictions').send({ dataset_id: datasetId }).expect(202)
  ).body;
  const { id } = batch as { id: string };
  expect(detailOf(await remove('needed').expect(409))).toContain(`needed by batch prediction ${id}`);
  await api().post(`/v1/batch-predictions/${id}/cancel`).send({}).expect(200);
  await remove('needed').expect(204);
  await remove('needed').expect(404);
});

it('takes versions, files and streams with it, in every replica; the name is free again', async () => {
  const versions = [await made('doomed'), await made('doomed')];
  await made('other');
  const opened: unknown = (await api().post('/v1/models/doomed@1/streams').send({}).expect(201)).body;
  const steps = `/v1/streams/${(opened as { id: string }).id}/steps`;
  await api()
    .post(steps)
    .send({ rows: inputs[0]!.rows.slice(0, 1) })
    .expect(200);
  for (const at of [service, replica]) await predict('doomed', at).expect(200);
  expect(detailOf(await remove('doomed@1').expect(400))).toContain('expected the name or the id of a model');

  const underWay = Promise.all(Array.from({ length: 30 }, () => predict('doomed')));
  await remove(versions[0]!.modelId).expect(204);
  // whoever was being answered is answered
  expect((await underWay).every(({ status }) => status === 200 || status === 404)).toBe(true);

  for (const ref of ['doomed', 'doomed@1', 'doomed@2', versions[0]!.modelId]) {
    await predict(ref).expect(404);
    await expect.poll(async () => (await predict(ref, replica)).status, { timeout: 5000 }).toBe(404);
    await api().get(`/v1/models/${ref}`).expect(404);
  }
  const lost = await api()
    .post(steps)
    .send({ rows: inputs[0]!.rows.slice(1, 2) })
    .expect(410);
  expect(lost.body).toMatchObject({ code: 'stream_lost' });
  for (const { storageKey } of versions)
    for (const key of [storageKey, weightsKeyOf(storageKey)])
      await expect(service.parts.storage.localPath(key)).rejects.toThrow();

  const again = await made('doomed');
  expect([again.version, again.modelId === versions[0]!.modelId]).toEqual([1, false]);
  expect((await predict('doomed').expect(200)).body).toMatchObject({
    model: { id: again.modelId, version: 1 },
  });
  await predict('other').expect(200);
});

/** Files that are open, by version, as the metrics of a replica tell. */
async function loaded(at: HttpService): Promise<Record<string, number>> {
  const { text } = await api(at).get('/metrics').expect(200);
  const lines = text.matchAll(/^unroll_sessions_loaded\{model="([^"]+)",version="(\d+)".*\} (\d+)$/gm);
  return Object.fromEntries(
    Array.from(lines, ([, name, version, count]) => [`${name}@${version}`, Number(count)]),
  );
}

it('leaves the memory of every replica at once; what is being answered is answered from what is open', async () => {
  await made('brief');
  await made('brief');
  const opened: unknown = (await api().post('/v1/models/brief@1/streams').send({}).expect(201)).body;
  const steps = `/v1/streams/${(opened as { id: string }).id}/steps`;
  await api()
    .post(steps)
    .send({ rows: inputs[0]!.rows.slice(0, 1) })
    .expect(200);
  for (const at of [service, replica])
    for (const ref of ['brief@1', 'brief@2', 'other']) await predict(ref, at).expect(200);
  for (const at of [service, replica]) {
    expect(Object.keys(await loaded(at))).toEqual(expect.arrayContaining(['brief@1', 'brief@2', 'other@1']));
  }
  // with the file that its stream is stepped by
  expect((await loaded(service))['brief@1']).toBeGreaterThan(1);

  await api().delete('/v1/models/brief/versions/1').expect(204);
  for (const at of [service, replica]) {
    await expect.poll(async () => (await loaded(at))['brief@1'], { timeout: 5000 }).toBeUndefined();
    expect((await loaded(at))['brief@2']).toBeGreaterThan(0);
  }
  await api().delete('/v1/models/brief').expect(204);
  for (const at of [service, replica]) {
    await expect.poll(async () => (await loaded(at))['brief@2'], { timeout: 5000 }).toBeUndefined();
    expect((await loaded(at))['other@1']).toBeGreaterThan(0);
    await predict('other', at).expect(200);
  }
});

it('a text that is being written is written to its end, and then the model leaves', async () => {
  await trainedLanguageModel(service, {
    datasetId,
    name: 'poet',
    model: { cell: 'lstm', hidden_size: 512, layers: 3 },
  });
  const response = await fetch(`${service.url}/v1/models/poet/predictions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ inputs: [{ text: 'a' }], max_length: 3000, seed: 1, top_k: 5 }),
  });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let told = (await reader.read()).value ?? '';
  await api().delete('/v1/models/poet').expect(204);
  await predict('poet').expect(404);
  expect((await loaded(service))['poet@1']).toBeGreaterThan(0);
  for (let part = await reader.read(); !part.done; part = await reader.read()) told += part.value;
  expect(told).toMatch(/event: prediction\ndata: .*"tokens":\d+/);
  expect(told).not.toContain('event: error');
  await expect.poll(async () => (await loaded(service))['poet@1'], { timeout: 5000 }).toBeUndefined();
});

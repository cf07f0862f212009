/** A look inside predictions over real HTTP and ONNX Runtime: what is told leads to the prediction that the route for predictions makes. */
import request from 'supertest';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { daily, dailyCsv, dailyRows, smallSpecification } from '../../../../test/support/daily-series.ts';
import { startHttpService, type HttpService } from '../../../../test/support/http-service.ts';
import { trainedLanguageModel } from '../../../../test/support/trained-language-model.ts';
import { trainedModel } from '../../../../test/support/trained-model.ts';
import type { Problem } from '../../../http/problem.ts';
import type { ForecastPrediction } from '../predictions/schemas.ts';
import type { StepsAnswer } from '../streams/schemas.ts';
import type { TraceAnswer } from './schemas.ts';

let service: HttpService;
const vector = smallSpecification();
const T = vector.data.window.length;
const rows = dailyRows(T);
const models: Record<string, object> = {
  rnn: { ...vector, model: { cell: 'rnn', hidden_size: 5, bidirectional: true } },
  lstm: { ...vector, model: { cell: 'lstm', hidden_size: 5, layers: 2 } },
  gru: {
    ...vector,
    architecture: 'sequence_to_sequence',
    model: { cell: 'gru', hidden_size: 5, layer_norm: true },
    output: { loss: 'quantile', quantiles: [0.1, 0.5, 0.9], calibration: 'conformal' },
  },
  writer: {
    ...vector,
    architecture: 'encoder_decoder',
    model: { cell: 'lstm', hidden_size: 5, bidirectional: true, attention: { score: 'additive' } },
  },
  wide: { ...vector, model: { cell: 'lstm', hidden_size: 300, layers: 9 } },
};
const gates: Record<string, string[]> = {
  rnn: [],
  lstm: ['cell_state', 'input_gate', 'forget_gate', 'output_gate', 'candidate'],
  gru: ['reset_gate', 'update_gate', 'candidate'],
};

beforeAll(async () => {
  service = await startHttpService();
  const { id: datasetId } = await service.dataset(dailyCsv(100));
  for (const [name, specification] of Object.entries(models))
    await trainedModel(service, { datasetId, name, specification, frequency: daily });
  await trainedModel(service, {
    datasetId,
    name: 'old',
    specification: models.gru!,
    frequency: daily,
    weights: 'old',
  });
  await trainedLanguageModel(service, { datasetId, name: 'text', model: { cell: 'gru', hidden_size: 6 } });
});
afterAll(() => service.close());

const post = (path: string, body: object) => request(service.url).post(`/v1/models/${path}`).send(body);
const traced = async (name: string, input: object = { rows }, query = ''): Promise<TraceAnswer> =>
  (await post(`${name}/trace${query}`, { inputs: [input] }).expect(200)).body as TraceAnswer;

it.each(['rnn', 'lstm', 'gru', 'writer'])('tells what leads to the prediction: %s', async (name) => {
  const told = await traced(name);
  const body: unknown = (await post(`${name}/predictions`, { inputs: [{ rows }] }).expect(200)).body;
  const [expected] = (body as { predictions: ForecastPrediction[] }).predictions;
  const prediction = told.prediction as ForecastPrediction;
  expect(prediction.forecast.map(({ date }) => date)).toEqual(expected!.forecast.map(({ date }) => date));
  prediction.forecast.forEach(({ temp_max }, step) =>
    expect(temp_max).toBeCloseTo(expected!.forecast[step]!.temp_max as number, 4),
  );
  expect('distribution' in prediction).toBe('distribution' in expected!);
  expect(told.model).toMatchObject({ name, version: 1 });
  const cell = name === 'writer' ? 'lstm' : name;
  for (const { steps, units, part, ...rest } of told.layers) {
    const matrices = Object.fromEntries(
      Object.entries(rest).filter((entry): entry is [string, number[][]] => Array.isArray(entry[1])),
    );
    expect([steps, units]).toEqual([part === 'decoder' ? 3 : T, 5]);
    expect(Object.keys(matrices).sort()).toEqual(['hidden_state', ...gates[cell]!].sort());
    for (const matrix of Object.values(matrices))
      expect([matrix.length, ...new Set(matrix.map((row) => row.length))]).toEqual([steps, units]);
  }
});

it('tells each layer and direction, and the attention of each step that is written', async () => {
  const order = async (name: string, query = '') =>
    (await traced(name, { rows }, query)).layers.map(
      ({ part, layer, direction }) => `${part} ${layer} ${direction}`,
    );
  expect(await order('rnn')).toEqual(['network 0 forward', 'network 0 backward']);
  expect(await order('lstm')).toEqual(['network 0 forward', 'network 1 forward']);
  expect(await order('lstm', '?layers=1')).toEqual(['network 1 forward']);
  expect(await order('writer')).toEqual(['encoder 0 forward', 'encoder 0 backward', 'decoder 0 forward']);
  const { attention } = await traced('writer');
  expect(attention!.map((row) => row.length)).toEqual([T, T, T]);
  for (const row of attention!) expect(row.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 4);
  expect((await traced('lstm')).attention).toBeNull();
});

it('tells gates that make the states, by the equations of the lstm and the gru', async () => {
  const lstm = (await traced('lstm')).layers[1]!;
  const gru = (await traced('gru')).layers[0]!;
  for (let t = 1; t < T; t++)
    for (let unit = 0; unit < 5; unit++) {
      const of = (matrix: number[][] | undefined, step = t) => matrix![step]![unit]!;
      const c = of(lstm.forget_gate) * of(lstm.cell_state, t - 1) + of(lstm.input_gate) * of(lstm.candidate);
      expect(of(lstm.cell_state)).toBeCloseTo(c, 4);
      expect(of(lstm.hidden_state)).toBeCloseTo(of(lstm.output_gate) * Math.tanh(of(lstm.cell_state)), 4);
      const z = of(gru.update_gate);
      const h = (1 - z) * of(gru.candidate) + z * of(gru.hidden_state, t - 1);
      expect(of(gru.hidden_state)).toBeCloseTo(h, 4);
    }
});

it('tells what a language model remembers of a text, and what may follow', async () => {
  const { prediction, next, layers } = await traced('text', { text: 'the sea' });
  expect(prediction).toBeNull();
  // what stands where texts begin, and seven characters
  expect(layers.map(({ steps, units }) => [steps, units])).toEqual([[8, 6]]);
  const opened = await post('text/streams', {}).expect(201);
  const body: unknown = (
    await request(service.url)
      .post(`/v1/streams/${(opened.body as { id: string }).id}/steps`)
      .send({ text: 'the sea' })
      .expect(200)
  ).body;
  const expected = (body as StepsAnswer).next!;
  expect(next!.map(({ token }) => token)).toEqual(expected.map(({ token }) => token));
  next!.forEach(({ probability }, index) => expect(probability).toBeCloseTo(expected[index]!.probability, 5));
});

it('refuses what can not be told, with where and what to do', async () => {
  const cases: [path: string, body: object, status: number, pointer: string, message: string][] = [
    [
      'wide/trace',
      { inputs: [{ rows }] },
      422,
      '/inputs/0',
      'at most 200000 numbers are told, got one of 14 steps',
    ],
    ['lstm/trace?layers=2', { inputs: [{ rows }] }, 422, '/layers', 'expected layers from 0 to 1, got 2'],
    ['lstm/trace?layers=x', { inputs: [{ rows }] }, 400, '/layers', ''],
    ['lstm/trace', { inputs: [{ rows: rows.slice(1) }] }, 422, '/inputs/0/rows', 'expected at least 14 rows'],
    ['lstm/trace', { inputs: [{ rows }, { rows }] }, 422, '/inputs', 'expected a list of 1'],
    ['lstm/trace', { inputs: [{ text: 'a' }] }, 422, '/inputs/0/text', 'expected rows'],
    ['text/trace', { inputs: [{}] }, 422, '/inputs/0', 'got neither'],
    ['text/trace', { inputs: [{ text: 'a'.repeat(9000) }] }, 422, '/inputs/0', 'at most 200000 numbers'],
  ];
  for (const [path, body, status, pointer, message] of cases) {
    const response = await post(path, body);
    const { errors } = response.body as Problem;
    expect([path, response.status]).toEqual([path, status]);
    expect(errors.some((error) => error.pointer === pointer && error.message.includes(message))).toBe(true);
  }
  expect((await traced('wide', { rows }, '?layers=0')).layers).toHaveLength(1);
  await post('nothing/trace', { inputs: [{ rows }] }).expect(404);
  const old = await post('old/trace', { inputs: [{ rows }] }).expect(422);
  expect((old.body as Problem).detail).toContain('Train it again');
});

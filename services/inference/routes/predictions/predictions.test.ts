import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import request from 'supertest';
import { openSession } from '../../../../engine/runtime/session.ts';
import { daily, dailyCsv, dailyRows, smallSpecification } from '../../../../test/support/daily-series.ts';
import { startHttpService, type HttpService } from '../../../../test/support/http-service.ts';
import { trainedModel } from '../../../../test/support/trained-model.ts';
import type { Problem } from '../../../http/problem.ts';
import type { ForecastPrediction, PredictionAnswer } from './schemas.ts';

type Row = Record<string, unknown>;

let service: HttpService;

/** Rows of consecutive days from 2020-01-01 on. */
const rows = (count: number, change: (row: Row, index: number) => Row = (row) => row): Row[] =>
  dailyRows(count).map(change);
const predict = (name: string, ...inputs: unknown[]) =>
  request(service.url).post(`/v1/models/${name}/predictions`).send({ inputs });
const answer = (response: { body: unknown }) =>
  response.body as {
    model: PredictionAnswer['model'];
    predictions: ForecastPrediction[];
  };

beforeAll(async () => {
  service = await startHttpService();
  const { id: datasetId } = await service.dataset(dailyCsv(200));
  const vector = smallSpecification();
  const asked = { datasetId, frequency: daily };
  await trainedModel(service, { ...asked, name: 'vector', specification: vector });
  const steps = {
    ...vector,
    architecture: 'sequence_to_sequence',
    data: { ...vector.data, targets: [{ column: 'temp_max' }, { column: 'wind' }] },
  };
  await trainedModel(service, { ...asked, name: 'steps', specification: steps });
  await trainedModel(service, {
    ...asked,
    name: 'student',
    specification: { ...steps, output: { loss: 'student_t', quantiles: [0.05, 0.25, 0.5, 0.75, 0.95] } },
  });
  const { inputs, targets, window } = vector.data;
  const filled = {
    ...vector,
    data: { inputs, targets, window, missing: 'forward_fill', group_by: 'station' },
  };
  await trainedModel(service, { ...asked, name: 'filled', specification: filled, frequency: null });
  await trainedModel(service, {
    ...asked,
    name: 'broken',
    specification: vector,
    file: new TextEncoder().encode('this is no ONNX file'),
  });
});
afterAll(() => service.close());

/** What ONNX Runtime answers when it is asked directly. */
async function direct(name: string, window: Row[], columns: string[], output = 'y'): Promise<Float32Array> {
  const version = await service.database.models.findVersion({ nameOrId: name });
  const file = await service.parts.storage.localPath(version!.storageKey);
  const session = await openSession(file.path, { threads: 1 });
  const data = Float32Array.from(window.flatMap((row) => columns.map((column) => row[column] as number)));
  const results = await session.run({ x: { data, dims: [1, window.length, columns.length] } });
  await session.release();
  return results[output]!.data;
}

describe('POST /v1/models/:ref/predictions', () => {
  it('forecasts in raw units, with the dates that follow', async () => {
    const given = rows(20);
    const response = await predict('vector', { rows: given }).expect(200);
    const { model, predictions } = answer(response);
    expect(model).toMatchObject({ name: 'vector', version: 1 });
    const y = await direct('vector', given.slice(-14), ['temp_max', 'wind']);
    expect(predictions).toHaveLength(1);
    expect(predictions[0]!.series).toBeNull();
    expect(predictions[0]!.forecast.map(({ date }) => date)).toEqual([
      '2020-01-21',
      '2020-01-22',
      '2020-01-23',
    ]);
    expect(predictions[0]!.forecast.map(({ temp_max }) => Math.fround(temp_max as number))).toEqual([...y]);
  });

  it('takes the last step of a network that answers at every step', async () => {
    const given = rows(14);
    const { predictions } = answer(await predict('steps@1', { rows: given }).expect(200));
    const y = await direct('steps', given, ['temp_max', 'wind']);
    const last = [...y.slice(-6)];
    expect(
      predictions[0]!.forecast.flatMap(({ temp_max, wind }) =>
        [temp_max, wind].map((v) => Math.fround(v as number)),
      ),
    ).toEqual(last);
  });

  it('says how sure each row is, of the last step and by target column', async () => {
    const given = rows(14);
    const { predictions } = answer(await predict('student', { rows: given }, { rows: rows(20) }).expect(200));
    expect(predictions).toHaveLength(2);
    const quantiles = [
      ...(await direct('student', given, ['temp_max', 'wind'], 'quantiles')).slice(-3 * 2 * 5),
    ];
    const freedom = [
      ...(await direct('student', given, ['temp_max', 'wind'], 'degrees_of_freedom')).slice(-6),
    ];
    const told = predictions[0]!.distribution!.flatMap((targets) => [targets.temp_max!, targets.wind!]);
    expect(told).toHaveLength(6);
    told.forEach((one, place) => {
      expect(Object.keys(one.quantiles)).toEqual(['0.05', '0.25', '0.5', '0.75', '0.95']);
      const values = Object.values(one.quantiles);
      expect(values.map(Math.fround)).toEqual(quantiles.slice(place * 5, place * 5 + 5));
      expect(one.intervals).toEqual([
        { level: 0.9, lower: values[0], upper: values[4] },
        { level: 0.5, lower: values[1], upper: values[3] },
      ]);
      expect(Math.fround(one.degrees_of_freedom!)).toBe(freedom[place]);
      expect(one.std).toBeGreaterThan(0);
    });
    const { predictions: plain } = answer(await predict('steps', { rows: given }).expect(200));
    expect(plain[0]).not.toHaveProperty('distribution');
  });

  it('answers a batch as it answers each alone', async () => {
    const [a, b] = [rows(14), rows(30).map((row) => ({ ...row, temp_max: 5 }))];
    const both = answer(await predict('vector', { rows: a }, { rows: b }).expect(200)).predictions;
    const alone = await Promise.all(
      [a, b].map(async (one) => answer(await predict('vector', { rows: one })).predictions[0]!),
    );
    const values = (list: ForecastPrediction[]) =>
      list.flatMap(({ forecast }) => forecast.map(({ temp_max }) => temp_max as number));
    values(both).forEach((value, index) => expect(value).toBeCloseTo(values(alone)[index]!, 4));
    expect(both.map(({ forecast }) => forecast[0]!.date)).toEqual(['2020-01-15', '2020-01-31']);
  });

  it('repeats the last known value where the specification says so, and passes the series back', async () => {
    const given = rows(14, (row, index) => ({
      ...row,
      station: 'north',
      ...(index === 13 && { wind: null }),
    }));
    const whole = rows(14, (row, index) => ({
      ...row,
      station: 'north',
      ...(index === 13 && { wind: 3.2 }),
    }));
    const [filled, known] = await Promise.all(
      [given, whole].map((r) => predict('filled', { rows: r }).expect(200)),
    );
    expect(answer(filled!)).toEqual(answer(known!));
    expect(answer(filled!).predictions[0]).toMatchObject({ series: 'north' });
    expect(Object.keys(answer(filled!).predictions[0]!.forecast[0]!)).toEqual(['temp_max']);
  });

  const bad: [string, string, unknown[], string, string][] = [
    [
      'a text where a number belongs',
      'vector',
      [{ rows: rows(14, (row, i) => (i === 3 ? { ...row, temp_max: '12.8' } : row)) }],
      '/inputs/0/rows/3/temp_max',
      'expected a number, got "12.8"',
    ],
    [
      'a missing column',
      'vector',
      [{ rows: rows(14, (row, i) => (i === 5 ? { date: row.date, temp_max: 1 } : row)) }],
      '/inputs/0/rows/5/wind',
      'expected a number, got nothing',
    ],
    [
      'null',
      'vector',
      [{ rows: rows(14, (row, i) => (i === 0 ? { ...row, wind: null } : row)) }],
      '/inputs/0/rows/0/wind',
      'expected a number, got null',
    ],
    [
      'a number that float32 cannot hold',
      'vector',
      [{ rows: rows(14, (row, i) => (i === 1 ? { ...row, wind: 1e39 } : row)) }],
      '/inputs/0/rows/1/wind',
      'expected a finite number that float32 can hold, got 1e+39',
    ],
    ['too few rows', 'vector', [{ rows: rows(13) }], '/inputs/0/rows', 'expected at least 14 rows, got 13'],
    [
      'no rows',
      'vector',
      [{ rows: [] }],
      '/inputs/0/rows',
      'expected a list of 1 to 100000, got a list of 0',
    ],
    ['no inputs', 'vector', [], '/inputs', 'expected a list of 1 to 1024, got a list of 0'],
    [
      'an unknown field',
      'vector',
      [{ rows: rows(14), series: 1 }],
      '/inputs/0/series',
      'unknown field "series"; expected rows, future, row, text',
    ],
    [
      'rows that are no rows',
      'vector',
      [{ rows: [...rows(13), 5] }],
      '/inputs/0/rows/13',
      'expected an object, got 5',
    ],
    [
      'a value that is a list',
      'vector',
      [{ rows: rows(14, (row, i) => (i === 2 ? { ...row, wind: [1] } : row)) }],
      '/inputs/0/rows/2/wind',
      'expected a number or text or true or false or null, got a list of 1',
    ],
    [
      'newest first',
      'vector',
      [{ rows: rows(14, (row, i) => (i === 4 ? { ...row, date: '2019-12-31' } : row)) }],
      '/inputs/0/rows/4/date',
      'expected a date after that of the row before (oldest first), got "2019-12-31"',
    ],
    [
      'no date',
      'vector',
      [{ rows: rows(14, (row, i) => (i === 4 ? { ...row, date: '31.12.2019' } : row)) }],
      '/inputs/0/rows/4/date',
      'expected a date, got "31.12.2019"',
    ],
    [
      'two series in one',
      'filled',
      [{ rows: rows(14, (row, i) => ({ ...row, station: i < 9 ? 'a' : 'b' })) }],
      '/inputs/0/rows/9/station',
      'expected "a" as in the first row (an input is of one series), got "b"',
    ],
    [
      'nothing to repeat',
      'filled',
      [{ rows: rows(14, (row, i) => (i === 0 ? { ...row, wind: null } : row)) }],
      '/inputs/0/rows/0/wind',
      'expected a number here or in a row before, got nothing to repeat',
    ],
  ];
  it.each(bad)('refuses %s, pointing at it', async (_what, name, inputs, pointer, message) => {
    const response = await predict(name, ...inputs).expect(422);
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
    const { code, errors } = response.body as Problem;
    expect({ code, errors }).toEqual({ code: 'validation_failed', errors: [{ pointer, message }] });
  });

  it('answers an input that is at fault with its own error, and its neighbours as if it were not there', async () => {
    const good = rows(14);
    const alone = answer(await predict('vector', { rows: good }).expect(200)).predictions[0]!;
    const response = await predict(
      'vector',
      { rows: good },
      { rows: rows(13) },
      { rows: rows(14, (row, i) => (i === 3 ? { ...row, temp_max: '12.8', wind: null } : row)) },
      { rows: [...rows(13), 5] },
      { rows: rows(14), series: 1 },
      null,
      { text: 'sunny' },
      { rows: good },
    ).expect(200);
    const { predictions } = response.body as PredictionAnswer;
    expect(predictions[7]).toEqual(predictions[0]);
    const values = ({ forecast }: ForecastPrediction) => forecast.map(({ temp_max }) => temp_max as number);
    values(predictions[0] as ForecastPrediction).forEach((value, step) =>
      expect(value).toBeCloseTo(values(alone)[step]!, 4),
    );
    const errors = predictions.map((one) =>
      'error' in one ? one.error.errors.map(({ pointer, message }) => `${pointer} ${message}`) : 'answered',
    );
    expect(errors).toEqual([
      'answered',
      ['/inputs/1/rows expected at least 14 rows, got 13'],
      [
        '/inputs/2/rows/3/temp_max expected a number, got "12.8"',
        '/inputs/2/rows/3/wind expected a number, got null',
      ],
      ['/inputs/3/rows/13 expected an object, got 5'],
      ['/inputs/4/series unknown field "series"; expected rows, future, row, text'],
      ['/inputs/5 expected an object, got null'],
      [
        '/inputs/6/text expected rows for this model, got text',
        '/inputs/6/rows expected at least 14 rows, got 0',
      ],
      'answered',
    ]);
    expect(predictions[2]).toEqual({
      error: {
        code: 'validation_failed',
        detail: '/inputs/2/rows/3/temp_max expected a number, got "12.8" (and 1 more)',
        errors: expect.any(Array) as unknown,
      },
    });
  });

  it('refuses a request none of whose inputs can be answered, with every fault', async () => {
    const response = await predict('vector', { rows: rows(13) }, 5, { rows: rows(2) }).expect(422);
    const { detail, errors } = response.body as Problem;
    expect(errors).toEqual([
      { pointer: '/inputs/0/rows', message: 'expected at least 14 rows, got 13' },
      { pointer: '/inputs/1', message: 'expected an object, got 5' },
      { pointer: '/inputs/2/rows', message: 'expected at least 14 rows, got 2' },
    ]);
    expect(detail).toBe('/inputs/0/rows expected at least 14 rows, got 13 (and 2 more)');
    // what is wrong around the inputs is wrong for all of them
    const around = await request(service.url)
      .post('/v1/models/vector/predictions')
      .send({ inputs: [{ rows: rows(14) }, 5], wrong: 1 })
      .expect(422);
    expect((around.body as Problem).errors.map(({ pointer }) => pointer)).toContain('/wrong');
  });

  it('knows no model that is not there', async () => {
    await predict('nothing', { rows: rows(14) }).expect(404);
    await predict('vector@2', { rows: rows(14) }).expect(404);
  });

  it('tells a file that will not load from a request that is wrong, and leaks nothing', async () => {
    const response = await predict('broken', { rows: rows(14) }).expect(500);
    expect(response.body).toMatchObject({
      code: 'internal',
      detail: 'An unexpected error; the log has its cause under this request_id',
    });
    expect(JSON.stringify(response.body)).not.toMatch(/onnx|stack|\.ts/i);
    const { request_id: id } = response.body as Problem;
    expect(service.log.some((line) => line.includes(id))).toBe(true);
    await predict('vector', { rows: rows(14) }).expect(200);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import request from 'supertest';
import type { EpochMetrics } from '../../../../domain/training-jobs/training-job.ts';
import type { Dataset } from '../../../../domain/datasets/dataset.ts';
import { dailyCsv, smallJob, smallSpecification } from '../../../../test/support/daily-series.ts';
import { startHttpService, type HttpService } from '../../../../test/support/http-service.ts';
import type { Problem } from '../../../http/problem.ts';
import type { TrainingJobEventResource, TrainingJobResource } from './schemas.ts';

let service: HttpService;
let dataset: Dataset;
const api = () => request(service.url);
const bodyOf = (response: { body: unknown }) => response.body;
const problem = (response: { body: unknown }) => response.body as Problem;

/** A queued job. */
async function queued(): Promise<TrainingJobResource> {
  const body = bodyOf(await api().post('/v1/training-jobs').send(smallJob(dataset.id)).expect(202));
  return body as TrainingJobResource;
}

const point = (epoch: number): EpochMetrics => ({
  epoch,
  step: epoch * 10,
  loss: 1 / epoch,
  validation_loss: 1.1 / epoch,
  learning_rate: 0.001,
  gradient_norm: 0.5,
  steps_per_second: 100,
  elapsed_seconds: epoch,
});

beforeAll(async () => {
  service = await startHttpService({ eventStreams: { heartbeatMs: 40, pollMs: 20 } });
  dataset = await service.dataset(dailyCsv(200), 'daily weather.csv');
});
afterAll(() => service.close());

describe('POST /v1/training-jobs', () => {
  it('accepts a job and shows every default', async () => {
    const response = await api().post('/v1/training-jobs').send(smallJob(dataset.id)).expect(202);
    const job = response.body as TrainingJobResource;
    expect(response.headers.location).toBe(`/v1/training-jobs/${job.id}`);
    expect(job).toMatchObject({
      name: 'small',
      dataset_id: dataset.id,
      status: 'queued',
      progress: 0,
      attempt: 0,
      model: null,
      error: null,
      specification: {
        data: { window: { length: 14, horizon: 3, stride: 1 }, scaling: 'standard', missing: 'error' },
        model: { cell: 'lstm', hidden_size: 4, layers: 1 },
        output: { type: 'regression', loss: 'mse' },
        training: {
          epochs: 3,
          batch_size: 32,
          optimizer: { type: 'adam', learning_rate: 0.001 },
          early_stopping: { patience: 10, min_delta: 0 },
          loss_steps: 'last',
        },
      },
    });
    expect(job.queue_position).toBeGreaterThan(0);
  });

  it('fills in defaults inside early_stopping too, and takes null for none', async () => {
    const with_ = async (early_stopping: object | null) => {
      const training = { ...smallJob(dataset.id).training, early_stopping };
      const body = bodyOf(
        await api()
          .post('/v1/training-jobs?dry_run=true')
          .send({ ...smallJob(dataset.id), training })
          .expect(200),
      );
      return (body as TrainingJobResource).specification.training.early_stopping;
    };
    expect(await with_({ patience: 2 })).toEqual({ patience: 2, min_delta: 0 });
    expect(await with_(null)).toBeNull();
  });

  it('says what it would do on a dry run, and starts nothing', async () => {
    const before = (await service.database.trainingJobs.list({ limit: 100 })).data.length;
    const unnamed = { dataset_id: dataset.id, ...smallSpecification() };
    const body = bodyOf(await api().post('/v1/training-jobs?dry_run=true').send(unnamed).expect(200));
    expect(body).toMatchObject({
      dry_run: true,
      name: 'daily-weather',
      dataset_id: dataset.id,
      // 4 gates of 4·2 + 4·4 weights and 4 biases, and a head of 3·4 + 3.
      parameter_count: 127,
      series: 1,
      shapes: { input: [32, 14, 2], output: [32, 3, 1] },
    });
    const { windows } = body as { windows: Record<string, number> };
    expect(Object.keys(windows)).toEqual(['training', 'validation', 'test']);
    expect(Math.min(...Object.values(windows))).toBeGreaterThan(0);
    expect((await service.database.trainingJobs.list({ limit: 100 })).data).toHaveLength(before);
  });

  const broken: [string, (job: ReturnType<typeof smallJob>) => object, string, string | RegExp][] = [
    [
      'an unknown column',
      (job) => ({ ...job, data: { ...job.data, inputs: [{ column: 'temp_maxx' }] } }),
      '/data/inputs/0/column',
      /expected .*got "?temp_maxx"?/,
    ],
    [
      'a column of text',
      (job) => ({ ...job, data: { ...job.data, targets: [{ column: 'weather' }] } }),
      '/data/targets/0/column',
      /expected .*/,
    ],
    [
      'a negative hidden size',
      (job) => ({ ...job, model: { cell: 'gru', hidden_size: -1 } }),
      '/model/hidden_size',
      'expected an integer from 1 to 4096, got -1',
    ],
    [
      'a text where a number belongs',
      (job) => ({ ...job, model: { cell: 'gru', hidden_size: '64' } }),
      '/model/hidden_size',
      'expected an integer from 1 to 4096, got "64"',
    ],
    [
      'an unknown cell',
      (job) => ({ ...job, model: { cell: 'transformer' } }),
      '/model/cell',
      'expected one of "rnn", "lstm", "gru", got "transformer"',
    ],
    [
      'an unknown field',
      (job) => ({ ...job, model: { ...job.model, hiden_size: 3 } }),
      '/model/hiden_size',
      /^unknown field "hiden_size"; expected cell, hidden_size, layers/,
    ],
    ['a missing field', (job) => ({ ...job, model: undefined }), '/model', 'expected an object, got nothing'],
    [
      'a wrong field in a union',
      (job) => ({ ...job, training: { early_stopping: { patience: 0 } } }),
      '/training/early_stopping/patience',
      'expected an integer from 1 to 100000, got 0',
    ],
    [
      'another type in a union',
      (job) => ({ ...job, training: { early_stopping: 5 } }),
      '/training/early_stopping',
      'expected an object or null, got 5',
    ],
    [
      'a name that cannot stand in an address',
      (job) => ({ ...job, name: 'a/b' }),
      '/name',
      /expected text .* got "a\/b"/,
    ],
    [
      'an empty list',
      (job) => ({ ...job, data: { ...job.data, targets: [] } }),
      '/data/targets',
      'expected a list of 1 to 64, got a list of 0',
    ],
    [
      'a window that is longer than the dataset',
      (job) => ({ ...job, data: { ...job.data, window: { length: 500 } } }),
      '/data/window/length',
      /expected .*/,
    ],
    [
      'no such dataset',
      (job) => ({ ...job, dataset_id: 'ds_0' }),
      '/dataset_id',
      /expected the id of a dataset/,
    ],
  ];
  it.each(broken)('refuses %s, pointing at it', async (_what, change, pointer, message) => {
    const response = await api()
      .post('/v1/training-jobs')
      .send(change(smallJob(dataset.id)))
      .expect(422);
    expect(problem(response)).toMatchObject({ code: 'validation_failed', status: 422 });
    expect(problem(response).errors).toEqual([
      {
        pointer,
        message: typeof message === 'string' ? message : (expect.stringMatching(message) as unknown),
      },
    ]);
  });

  it('tells all that is wrong at once', async () => {
    const { data } = smallJob(dataset.id);
    const response = await api()
      .post('/v1/training-jobs')
      .send({
        dataset_id: 1,
        architecture: 'x',
        data: { ...data, window: {} },
        model: { cell: 'rnn', layers: 0.5 },
      })
      .expect(422);
    expect(
      problem(response)
        .errors.map(({ pointer }) => pointer)
        .sort(),
    ).toEqual(['/architecture', '/data/window/length', '/dataset_id', '/model/layers']);
  });

  it.each([
    ['malformed JSON', '{"dataset_id":', 'application/json', 400, 'invalid_request'],
    ['an empty body', '', 'application/json', 400, 'invalid_request'],
    ['a list', '[]', 'application/json', 422, 'validation_failed'],
    ['another type', 'a=1', 'application/x-www-form-urlencoded', 415, 'unsupported_media_type'],
    ['a poisoned prototype', '{"__proto__":{"a":1}}', 'application/json', 400, 'invalid_request'],
  ])('refuses %s', async (_what, body, type, status, code) => {
    const response = await api().post('/v1/training-jobs').set('content-type', type).send(body);
    expect(problem(response)).toMatchObject({ status, code });
    expect(response.status).toBe(status);
  });

  it('refuses a dataset that is not ready', async () => {
    const body = bodyOf(await api().post('/v1/datasets').set('content-type', 'text/csv').send('a\n1\n'));
    const response = await api()
      .post('/v1/training-jobs')
      .send(smallJob((body as { id: string }).id))
      .expect(409);
    expect(problem(response).errors[0]?.message).toContain('validating');
  });
});

describe('GET /v1/training-jobs', () => {
  it('follows a job from the queue to its end', async () => {
    const { id } = await queued();
    const get = async () =>
      (await api().get(`/v1/training-jobs/${id}`).expect(200)).body as TrainingJobResource;
    const { lease } = await service.start(id);
    expect(await get()).toMatchObject({ status: 'running', queue_position: null, attempt: 1 });
    await service.database.trainingJobs.recordEpochs(lease, [{ metrics: point(1), progress: 0.25 }]);
    const running = await get();
    expect(running).toMatchObject({ progress: 0.25, epoch: 1, metrics: point(1) });
    expect(Date.parse(running.estimated_finish_at!)).toBeGreaterThan(Date.parse(running.started_at!));

    const { headers } = await api().get(`/v1/training-jobs/${id}`);
    await api().get(`/v1/training-jobs/${id}`).set('if-none-match', headers.etag!).expect(304);
    await service.database.trainingJobs.fail(lease, { code: 'diverged', message: 'NaN', hint: 'Less.' });
    await api().get(`/v1/training-jobs/${id}`).set('if-none-match', headers.etag!).expect(200);
    const failed = await get();
    expect(failed).toMatchObject({
      status: 'failed',
      error: { code: 'diverged', message: 'NaN', hint: 'Less.' },
      estimated_finish_at: null,
    });
    expect(failed.finished_at).not.toBeNull();
  });

  it('lists by status, dataset and name', async () => {
    const other = await service.dataset(dailyCsv(200), 'other');
    const send = async (name: string) =>
      (
        await api()
          .post('/v1/training-jobs')
          .send({ ...smallJob(other.id), name })
      ).body as TrainingJobResource;
    const [first, second] = [await send('listed-a'), await send('listed-b')];
    const ids = async (query: string) =>
      (
        (await api().get(`/v1/training-jobs?${query}`).expect(200)).body as { data: TrainingJobResource[] }
      ).data.map(({ id }) => id);
    expect(await ids(`dataset_id=${other.id}`)).toEqual([second.id, first.id]);
    expect(await ids('name=listed-a')).toEqual([first.id]);
    expect(await ids(`dataset_id=${other.id}&status=running`)).toEqual([]);
    expect(await ids(`dataset_id=${other.id}&limit=1&after=${second.id}`)).toEqual([first.id]);
    await api().get('/v1/training-jobs?after=ds_0').expect(400);
  });

  it('thins out long curves and keeps their ends', async () => {
    const { id } = await queued();
    const { lease } = await service.start(id);
    for (let epoch = 1; epoch <= 9; epoch++)
      await service.database.trainingJobs.recordEpochs(lease, [
        { metrics: point(epoch), progress: epoch / 9 },
      ]);
    const body = bodyOf(await api().get(`/v1/training-jobs/${id}/metrics`).expect(200));
    expect(body).toEqual({ data: Array.from({ length: 9 }, (_, index) => point(index + 1)), epochs: 9 });
    const thin = await api().get(`/v1/training-jobs/${id}/metrics?points=3`).expect(200);
    expect((thin.body as { data: EpochMetrics[] }).data.map(({ epoch }) => epoch)).toEqual([1, 5, 9]);
    await api().get(`/v1/training-jobs/${id}/metrics?points=1`).expect(400);
  });
});

describe('cancel and DELETE', () => {
  it('cancels at once what waits, and asks the worker for what runs', async () => {
    const waiting = await queued();
    const body = bodyOf(await api().post(`/v1/training-jobs/${waiting.id}/cancel`).expect(200));
    expect(body).toMatchObject({ status: 'cancelled' });

    const running = await queued();
    const { lease } = await service.start(running.id);
    await api().delete(`/v1/training-jobs/${running.id}`).expect(409);
    const cancelling = await api().post(`/v1/training-jobs/${running.id}/cancel`).expect(200);
    expect(cancelling.body).toMatchObject({ status: 'cancelling' });
    await service.database.trainingJobs.cancel(lease);
    await api().delete(`/v1/training-jobs/${running.id}`).expect(204);
    await api().get(`/v1/training-jobs/${running.id}`).expect(404);
    await api().delete(`/v1/training-jobs/${running.id}`).expect(404);
  });

  it('says in what state an ended job is', async () => {
    const { id } = await queued();
    const { lease } = await service.start(id);
    await service.database.trainingJobs.fail(lease, { code: 'internal', message: 'x', hint: 'y' });
    const response = await api().post(`/v1/training-jobs/${id}/cancel`).expect(409);
    expect(problem(response).detail).toContain('failed');
    await api().post('/v1/training-jobs/job_0/cancel').expect(404);
  });
});

describe('pause, resume and priority', () => {
  const post = (id: string, what: 'pause' | 'resume' | 'cancel') =>
    api().post(`/v1/training-jobs/${id}/${what}`);

  it('pauses at once what waits, asks the worker for what runs, and lets both go on', async () => {
    const { id } = await queued();
    expect(bodyOf(await post(id, 'pause').expect(200))).toMatchObject({
      status: 'paused',
      queue_position: null,
    });
    await post(id, 'pause').expect(200);
    const listed = bodyOf(await api().get('/v1/training-jobs?status=paused').expect(200));
    expect(listed).toMatchObject({ data: [{ id }] });
    expect(bodyOf(await post(id, 'resume').expect(200))).toMatchObject({ status: 'queued' });
    await post(id, 'resume').expect(200);

    const { lease } = await service.start(id);
    expect(bodyOf(await post(id, 'pause').expect(200))).toMatchObject({ status: 'pausing' });
    expect(problem(await post(id, 'resume').expect(409)).detail).toContain('pausing');
    await service.database.trainingJobs.pause(lease);
    expect(bodyOf(await post(id, 'pause').expect(200))).toMatchObject({ status: 'paused' });
    expect(bodyOf(await post(id, 'cancel').expect(200))).toMatchObject({ status: 'cancelled' });
    expect(problem(await post(id, 'pause').expect(409)).detail).toContain('cancelled');
    expect(problem(await post(id, 'resume').expect(409)).detail).toContain('cancelled');
  });

  it('cancels what is being paused, and refuses what makes no sense', async () => {
    const { id } = await queued();
    expect(problem(await post(id, 'resume').expect(409)).detail).toContain('queued');
    await service.start(id);
    expect(problem(await post(id, 'resume').expect(409)).detail).toContain('running');
    await post(id, 'pause').expect(200);
    expect(bodyOf(await post(id, 'cancel').expect(200))).toMatchObject({ status: 'cancelling' });
    expect(problem(await post(id, 'pause').expect(409)).detail).toContain('cancelling');
    for (const what of ['pause', 'resume'] as const) await post('job_0', what).expect(404);
  });

  it('puts the greater priority first, also when it is changed', async () => {
    const send = async (priority?: number) =>
      bodyOf(
        await api()
          .post('/v1/training-jobs')
          .send({ ...smallJob(dataset.id), priority })
          .expect(202),
      ) as TrainingJobResource;
    const positionOf = async (id: string) =>
      (bodyOf(await api().get(`/v1/training-jobs/${id}`)) as TrainingJobResource).queue_position ?? 0;
    const [ordinary, urgent] = [await send(), await send(5)];
    expect([ordinary.priority, urgent.priority]).toEqual([0, 5]);
    expect(await positionOf(urgent.id)).toBe(1);
    expect(await positionOf(ordinary.id)).toBeGreaterThan(1);
    const change = (id: string, priority: unknown) =>
      api().patch(`/v1/training-jobs/${id}`).send({ priority });
    expect(bodyOf(await change(ordinary.id, 6).expect(200))).toMatchObject({
      priority: 6,
      queue_position: 1,
    });
    expect(await positionOf(urgent.id)).toBe(2);
    await change(ordinary.id, 101).expect(422);
    await change(ordinary.id, 0.5).expect(422);
    await change('job_0', 1).expect(404);
    await post(urgent.id, 'cancel').expect(200);
    expect(problem(await change(urgent.id, 1).expect(409)).detail).toContain('cancelled');
  });
});

describe('GET /v1/training-jobs/:id/events', () => {
  /** Reads a stream until it ends, or `enough` says so. */
  async function follow(
    id: string,
    o: { headers?: Record<string, string>; query?: string; enough?: (seen: Stream) => boolean } = {},
  ): Promise<Stream> {
    const response = await fetch(`${service.url}/v1/training-jobs/${id}/events${o.query ?? ''}`, {
      headers: { accept: 'text/event-stream', ...o.headers },
    });
    const seen: Stream = { response, events: [], comments: 0, ended: false };
    const parser = createParser({
      onEvent: (event) => seen.events.push(event),
      onComment: () => seen.comments++,
    });
    if (response.body === null) return seen;
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return { ...seen, ended: true };
      parser.feed(value);
      if (o.enough?.(seen) === true) {
        await reader.cancel();
        return seen;
      }
    }
  }
  interface Stream {
    response: Response;
    events: EventSourceMessage[];
    comments: number;
    ended: boolean;
  }
  const durable = (stream: Stream) => stream.events.filter(({ id }) => id !== undefined);

  it('is a list for those who ask for JSON', async () => {
    const { id } = await queued();
    await service.start(id);
    const body = bodyOf(await api().get(`/v1/training-jobs/${id}/events?limit=2`).expect(200));
    const page = body as { data: TrainingJobEventResource[]; has_more: boolean; next: number };
    expect(page.data.map(({ sequence, type }) => [sequence, type])).toEqual([
      [1, 'training_job.queued'],
      [2, 'training_job.preparing'],
    ]);
    expect(page).toMatchObject({ has_more: true, next: 2 });
    const rest = await api().get(`/v1/training-jobs/${id}/events?after=2`).expect(200);
    expect(rest.body).toMatchObject({ data: [{ sequence: 3 }], has_more: false, next: null });
    await api().get(`/v1/training-jobs/${id}/events?after=-1`).expect(400);
    await api().get('/v1/training-jobs/job_0/events').expect(404);
  });

  it('replays, goes on live, and ends after the last event', async () => {
    const { id } = await queued();
    const { lease } = await service.start(id);
    const following = follow(id);
    await service.database.trainingJobs.recordEpochs(lease, [{ metrics: point(1), progress: 0.5 }]);
    await service.parts.notifications.notify(`job-events:${id}`);
    await service.database.trainingJobs.fail(lease, { code: 'diverged', message: 'NaN', hint: 'Less.' });
    const stream = await following;
    expect(stream.ended).toBe(true);
    expect(stream.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(durable(stream).map((event) => [event.id, event.event])).toEqual([
      ['1', 'training_job.queued'],
      ['2', 'training_job.preparing'],
      ['3', 'training_job.running'],
      ['4', 'training_job.epoch'],
      ['5', 'training_job.failed'],
    ]);
    const epoch = JSON.parse(durable(stream)[3]!.data) as TrainingJobEventResource;
    expect(epoch).toMatchObject({ sequence: 4, type: 'training_job.epoch', data: { epoch: 1, loss: 1 } });
  });

  it('goes on after Last-Event-ID, and answers 204 when nothing is left to come', async () => {
    const { id } = await queued();
    await api().post(`/v1/training-jobs/${id}/cancel`).expect(200);
    const stream = await follow(id, { headers: { 'last-event-id': '1' } });
    expect(durable(stream).map((event) => [event.id, event.event])).toEqual([
      ['2', 'training_job.cancelled'],
    ]);
    expect(durable(await follow(id, { query: '?after=1' }))).toHaveLength(1);
    expect((await follow(id, { headers: { 'last-event-id': '2' } })).response.status).toBe(204);
    const refused = await api().get(`/v1/training-jobs/${id}/events`).set('last-event-id', 'x').expect(400);
    expect(refused.body).toMatchObject({
      detail: expect.stringMatching(/^The header .*\/last-event-id/) as string,
    });
  });

  it('shows progress between events, without an id', async () => {
    const { id } = await queued();
    const { lease } = await service.start(id);
    await service.database.trainingJobs.heartbeat(lease, { progress: 0.125, epoch: 0, step: 3 });
    const stream = await follow(id, {
      enough: ({ events }) => events.some(({ event }) => event === 'training_job.progress'),
    });
    const progress = stream.events.find(({ event }) => event === 'training_job.progress')!;
    expect(progress.id).toBeUndefined();
    expect(JSON.parse(progress.data)).toMatchObject({ status: 'running', progress: 0.125, step: 3 });
  });

  it('keeps a quiet connection open with comments', async () => {
    const { id } = await queued();
    const stream = await follow(id, { enough: ({ comments }) => comments >= 2 });
    expect(stream.comments).toBeGreaterThanOrEqual(2);
    expect(durable(stream)).toHaveLength(1);
  });

  it('lets go of clients that have gone, and ends streams when the server closes', async () => {
    const own = await startHttpService();
    try {
      const { id } = await own.dataset(dailyCsv(200));
      const body = bodyOf(await request(own.url).post('/v1/training-jobs').send(smallJob(id)).expect(202));
      const address = `${own.url}/v1/training-jobs/${(body as TrainingJobResource).id}/events`;
      const open = (signal?: AbortSignal) =>
        fetch(address, { headers: { accept: 'text/event-stream' }, ...(signal && { signal }) });
      const gone = new AbortController();
      await (await open(gone.signal)).body!.getReader().read();
      gone.abort();
      const staying = await open();
      const text = staying.text();
      await own.server.close();
      expect(await text).toContain('retry: 1000');
      expect(own.log).toEqual([]);
    } finally {
      await own.close();
    }
  });
});

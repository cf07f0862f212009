import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import request from 'supertest';
import { dailyCsv, smallJob } from '../../../../test/support/daily-series.ts';
import { startHttpService, type HttpService } from '../../../../test/support/http-service.ts';
import type { Problem } from '../../../http/problem.ts';
import type { DatasetResource } from './schemas.ts';

let service: HttpService;
const api = () => request(service.url);
const bodyOf = (response: { body: unknown }) => response.body;
const upload = (csv: string | Buffer, query: Record<string, string> = {}) =>
  api().post('/v1/datasets').query(query).set('content-type', 'text/csv').send(csv);
const problem = (response: { body: unknown }) => response.body as Problem;

beforeAll(async () => {
  service = await startHttpService({ maxUploadBytes: 100_000 });
});
afterAll(() => service.close());

/** Everything that storage holds, and every row. */
async function kept(): Promise<{ files: string[]; rows: number }> {
  const files = await readdir(service.objects, { recursive: true, withFileTypes: true }).catch(() => []);
  const { data } = await service.database.datasets.list({ limit: 100 });
  return { files: files.filter((file) => file.isFile()).map(({ name }) => name), rows: data.length };
}

describe('POST /v1/datasets', () => {
  it('stores the bytes of a CSV body and answers 202 with the address', async () => {
    const response = await upload('a,b\n1,2\n', { name: 'two', description: 'Two columns.' }).expect(202);
    const dataset = response.body as DatasetResource;
    expect(dataset).toMatchObject({
      name: 'two',
      description: 'Two columns.',
      status: 'validating',
      bytes: 8,
      on_bad_rows: 'reject',
      row_count: null,
      columns: [],
    });
    expect(response.headers.location).toBe(`/v1/datasets/${dataset.id}`);
    expect(response.headers['x-request-id']).toMatch(/^req_[0-9a-f]{32}$/);
  });

  it('takes a form with a file, and its name', async () => {
    const response = await api()
      .post('/v1/datasets')
      .attach('file', Buffer.from('a\n1\n'), { filename: 'one.csv', contentType: 'text/csv' })
      .expect(202);
    expect(response.body).toMatchObject({ name: 'one.csv', bytes: 4 });
  });

  it('refuses what it cannot take, and keeps nothing of it', async () => {
    const before = await kept();
    const refused: [() => request.Test, number, Omit<Partial<Problem>, 'detail'> & { detail: unknown }][] = [
      [
        () => api().post('/v1/datasets').set('content-type', 'application/x-nothing').send('PAR1'),
        415,
        {
          code: 'unsupported_media_type',
          detail:
            'expected a Content-Type of text/csv, text/tab-separated-values, application/x-ndjson, application/json, application/vnd.apache.parquet, text/plain, application/zip, application/x-tar or multipart/form-data, got application/x-nothing',
        },
      ],
      [
        () => api().post('/v1/datasets'),
        415,
        {
          code: 'unsupported_media_type',
          detail:
            'expected a Content-Type of text/csv, text/tab-separated-values, application/x-ndjson, application/json, application/vnd.apache.parquet, text/plain, application/zip, application/x-tar or multipart/form-data, got none',
        },
      ],
      [
        () => upload('a\n1\n').set('content-encoding', 'br'),
        415,
        {
          code: 'unsupported_media_type',
          detail: 'expected a Content-Encoding of gzip or zstd, or none, got "br"',
        },
      ],
      [
        () => upload('a\n1\n').set('content-type', 'text/csv; charset=koi8-r'),
        415,
        {
          code: 'unsupported_media_type',
          detail:
            'expected a charset of utf-8, utf-16, iso-8859-1, windows-1252, got "text/csv; charset=koi8-r"',
        },
      ],
      [() => upload(''), 422, { code: 'validation_failed', detail: 'expected a file, got an empty body' }],
      [
        () => upload('x'.repeat(100_001)),
        413,
        { code: 'payload_too_large', detail: 'expected at most 100000 bytes, got more' },
      ],
      [
        () => upload('a\n1\n', { nmae: 'typo' }),
        400,
        {
          code: 'invalid_request',
          detail: expect.stringContaining('unknown field "nmae"') as unknown,
          errors: [
            {
              pointer: '/nmae',
              message: 'unknown field "nmae"; expected name, description, on_bad_rows, rows',
            },
          ],
        },
      ],
      [
        () => upload('a\n1\n', { on_bad_rows: 'maybe' }),
        400,
        {
          code: 'invalid_request',
          detail: expect.anything() as unknown,
          errors: [{ pointer: '/on_bad_rows', message: 'expected one of "reject", "skip", got "maybe"' }],
        },
      ],
      [
        () => api().post('/v1/datasets').attach('upload', Buffer.from('a\n1\n'), 'a.csv'),
        400,
        { code: 'invalid_request', detail: 'expected a part `file`, got "upload"' },
      ],
      [
        () => api().post('/v1/datasets').field('name', 'x'),
        400,
        { code: 'invalid_request', detail: expect.stringContaining('expected a form with') as unknown },
      ],
      [
        () =>
          api().post('/v1/datasets').attach('file', Buffer.from('PK'), {
            filename: 'a.exe',
            contentType: 'application/x-msdownload',
          }),
        415,
        {
          code: 'unsupported_media_type',
          detail: expect.stringMatching(
            'expected the part `file` to be text/csv, .* got "application/x-msdownload" and "a.exe"',
          ) as unknown,
        },
      ],
      [
        () => upload('a\n1\n', { name: 'a\0b' }),
        400,
        {
          code: 'invalid_request',
          detail: expect.stringMatching('/name expected .* none of them a control character') as unknown,
        },
      ],
      [
        () => upload('a\n1\n', { description: '\0' }),
        400,
        { code: 'invalid_request', detail: expect.stringContaining('/description expected') as unknown },
      ],
      [
        () =>
          api()
            .post('/v1/datasets')
            .attach('file', Buffer.from('a\n1\n'), { filename: 'x'.repeat(201), contentType: 'text/csv' }),
        400,
        { code: 'invalid_request', detail: expect.stringContaining('expected a file name of') as unknown },
      ],
      [
        () =>
          api()
            .post('/v1/datasets')
            .attach('file', Buffer.from('a\n1\n'), 'a.csv')
            .attach('file', Buffer.from('a\n2\n'), 'b.csv'),
        400,
        { code: 'invalid_request', detail: expect.stringContaining('one part, the file') as unknown },
      ],
      [
        () => api().post('/v1/datasets').attach('file', Buffer.from('a\n1\n'), 'a.csv').field('name', 'x'),
        400,
        { code: 'invalid_request', detail: expect.stringContaining('one part, the file') as unknown },
      ],
      [
        () => api().post('/v1/datasets').attach('file', Buffer.alloc(100_001, 'x'), 'big.csv'),
        413,
        { code: 'payload_too_large', detail: 'expected at most 100000 bytes, got more' },
      ],
    ];
    for (const [send, status, expected] of refused) {
      const response = await send();
      expect(response.status, JSON.stringify(response.body)).toBe(status);
      expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(problem(response)).toMatchObject({ ...expected, status });
      expect(problem(response).request_id).toBe(response.headers['x-request-id']);
    }
    expect(await kept()).toEqual(before);
  });

  it('answers 413 to a stream of unknown length that grows too long', async () => {
    const before = await kept();
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(20_000).fill(0x61)),
    });
    const response = await fetch(`${service.url}/v1/datasets`, {
      method: 'POST',
      headers: { 'content-type': 'text/csv' },
      body,
      duplex: 'half',
    });
    expect(response.status).toBe(413);
    expect(await kept()).toEqual(before);
  });

  it.each([
    ['the client goes away', 'text/csv', 'a,b\n1,2', false],
    ['the client stops sending', 'text/csv', 'a,b\n1,2', true],
    [
      'a form breaks off',
      'multipart/form-data; boundary=B',
      '--B\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\na,b\n1',
      false,
    ],
  ])('keeps nothing when %s in the middle of a body', async (_what, type, body, half) => {
    const before = await kept();
    const warnings = service.log.length;
    const socket = connect(service.port, '127.0.0.1');
    socket.write(
      `POST /v1/datasets HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: 5000\r\n\r\n${body}`,
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    let answer = '';
    socket.on('data', (data) => (answer += data.toString()));
    socket.on('error', () => undefined);
    if (half) {
      socket.end();
      await once(socket, 'close');
      expect(answer).toMatch(/^(HTTP\/1\.1 400 Bad Request\r\n|$)/);
    } else socket.destroy();
    await expect.poll(kept).toEqual(before);
    expect(service.log.slice(warnings)).toEqual([]);
  });

  it('refuses a whole request whose form is cut short', async () => {
    const before = await kept();
    const response = await api()
      .post('/v1/datasets')
      .set('content-type', 'multipart/form-data; boundary=B')
      .send('--B\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\na,b\n1');
    expect(response.status).toBe(400);
    expect(await kept()).toEqual(before);
  });
});

describe('GET /v1/datasets/:id', () => {
  it('shows the profile when ready, with an ETag that makes polling cheap', async () => {
    const { id } = await service.dataset(dailyCsv(30));
    const first = await api().get(`/v1/datasets/${id}`).expect(200);
    expect(first.body).toMatchObject({ id, status: 'ready', row_count: 30, problem_count: 0 });
    expect((first.body as DatasetResource).columns.map(({ name, type }) => [name, type])).toEqual([
      ['date', 'date'],
      ['temp_max', 'number'],
      ['wind', 'number'],
      ['weather', 'text'],
    ]);
    const etag = first.headers.etag!;
    const second = await api().get(`/v1/datasets/${id}`).set('if-none-match', `"other", ${etag}`).expect(304);
    expect(second.text).toBe('');
    await api().get(`/v1/datasets/${id}`).set('if-none-match', '"other"').expect(200);
  });

  it('says what is wrong with a rejected file', async () => {
    const response = await upload('a,b\n1,2\n1,2,3\n').expect(202);
    await service.ingest(response.body as DatasetResource);
    const body = bodyOf(
      await api()
        .get(`/v1/datasets/${(response.body as DatasetResource).id}`)
        .expect(200),
    );
    expect(body).toMatchObject({
      status: 'rejected',
      problem_count: 1,
      problems: [{ row: 2, hint: expect.stringContaining(' ') as string }],
    });
  });

  it('knows no dataset that is not there', async () => {
    const response = await api().get('/v1/datasets/ds_nothing').expect(404);
    expect(problem(response)).toMatchObject({ code: 'not_found', detail: 'There is no dataset ds_nothing' });
    await api()
      .get(`/v1/datasets/${'x'.repeat(150)}`)
      .expect(404);
    await api().get('/v1/datasets/%00').expect(404);
    await api().get('/v1/datasets/%zz').expect(400);
  });
});

describe('GET /v1/datasets/:id/rows and /content', () => {
  it('shows rows as they were understood', async () => {
    const { id } = await service.dataset(
      'when,n,note\n2020-01-01,1.5,"a ""b"""\n2020-01-02,,\n2020-01-03,2,c\n',
    );
    const body = bodyOf(await api().get(`/v1/datasets/${id}/rows?limit=2&offset=1`).expect(200));
    expect(body).toEqual({
      data: [
        { when: '2020-01-02', n: null, note: null },
        { when: '2020-01-03', n: 2, note: 'c' },
      ],
      offset: 1,
      row_count: 3,
    });
  });

  it('refuses rows of a dataset that is not ready, and limits that are none', async () => {
    const body = bodyOf(await upload('a\n1\n').expect(202));
    const { id } = body as DatasetResource;
    expect(problem(await api().get(`/v1/datasets/${id}/rows`).expect(409)).code).toBe('conflict');
    const bad = await api().get(`/v1/datasets/${id}/rows?limit=1000000000&offset=-1`).expect(400);
    expect(problem(bad).errors).toEqual([
      { pointer: '/limit', message: 'expected an integer from 1 to 100, got 1000000000' },
      { pointer: '/offset', message: 'expected an integer from 0 to 1000000000, got -1' },
    ]);
  });

  it('gives the file back as it came, whole or in part', async () => {
    const csv = dailyCsv(20);
    const { id } = await service.dataset(csv, 'änderung');
    const whole = await api().get(`/v1/datasets/${id}/content`).expect(200);
    expect(whole.text).toBe(csv);
    expect(whole.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-length': String(csv.length),
      'accept-ranges': 'bytes',
      'content-disposition': `attachment; filename="_nderung.csv"; filename*=UTF-8''%C3%A4nderung.csv`,
    });
    const part = await api().get(`/v1/datasets/${id}/content`).set('range', 'bytes=5-9').expect(206);
    expect(part.text).toBe(csv.slice(5, 10));
    expect(part.headers['content-range']).toBe(`bytes 5-9/${csv.length}`);
    await api().get(`/v1/datasets/${id}/content`).set('range', 'bytes=-4').expect(206, csv.slice(-4));
    await api().get(`/v1/datasets/${id}/content`).set('range', 'lines=1-2').expect(200);
    const beyond = await api().get(`/v1/datasets/${id}/content`).set('range', 'bytes=99999-').expect(416);
    expect(beyond.headers['content-range']).toBe(`bytes */${csv.length}`);
    await api()
      .get(`/v1/datasets/${id}/content`)
      .set({ range: 'bytes=0-3', 'if-range': '"old"' })
      .expect(200, csv);
    await api().get(`/v1/datasets/${id}/content`).set('if-none-match', whole.headers.etag!).expect(304);
    const head = await api().head(`/v1/datasets/${id}/content`).expect(200);
    expect(head.headers['content-length']).toBe(String(csv.length));
  });
});

describe('GET /v1/datasets/:id/series', () => {
  it('tells what the series are like, and refuses columns that tell no time', async () => {
    const { id } = await service.dataset(dailyCsv(30));
    const response = await api().get(`/v1/datasets/${id}/series`).expect(200);
    expect(response.body).toMatchObject({
      series: 1,
      rows: { min: 30, max: 30 },
      frequency: { unit: 'day', step: 1 },
      gaps: 0,
      duplicates: 0,
      unsorted: 0,
    });
    const refused = await api().get(`/v1/datasets/${id}/series?order_by=nothing`).expect(400);
    expect(problem(refused)).toMatchObject({
      errors: [{ pointer: '/order_by', message: 'expected a column of times or numbers, got "nothing"' }],
    });
  });
});

describe('GET /v1/datasets', () => {
  it('lists newest first, page by page', async () => {
    const names = ['page', 'page', 'page'];
    const ids: string[] = [];
    for (const name of names) ids.unshift(((await upload('a\n1\n', { name })).body as DatasetResource).id);
    const first = await api().get('/v1/datasets?name=page&limit=2').expect(200);
    const page = first.body as { data: DatasetResource[]; has_more: boolean; next: string };
    expect(page.data.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    expect(page.data[0]).not.toHaveProperty('columns');
    expect(page).toMatchObject({ has_more: true, next: ids[1] });
    const second = await api().get(`/v1/datasets?name=page&limit=2&after=${page.next}`).expect(200);
    expect(second.body).toMatchObject({ data: [{ id: ids[2] }], has_more: false, next: null });
    await api()
      .get('/v1/datasets?name=page&status=ready')
      .expect(200, { data: [], has_more: false, next: null });
    await api()
      .get(`/v1/datasets?created_after=${encodeURIComponent(new Date(Date.now() + 60_000).toISOString())}`)
      .expect(200, { data: [], has_more: false, next: null });
  });

  it.each([
    ['limit=1000', '/limit', 'expected an integer from 1 to 100, got 1000'],
    ['limit=0', '/limit', 'expected an integer from 1 to 100, got 0'],
    ['limit=ten', '/limit', 'expected an integer from 1 to 100, got "ten"'],
    ['limit=1.5', '/limit', 'expected an integer from 1 to 100, got "1.5"'],
    [
      'after=nonsense',
      '/after',
      'expected text (the id in `next` of the page before) that matches ^ds_[0-9a-f]{32}$, got "nonsense"',
    ],
    ['status=done', '/status', 'expected one of "validating", "ready", "rejected", got "done"'],
    [
      'created_after=yesterday',
      '/created_after',
      'expected an RFC 3339 time such as 2026-01-31T12:00:00Z, got "yesterday"',
    ],
    ['sort=name', '/sort', 'unknown field "sort"; expected limit, after, created_after, status, name'],
  ])('refuses ?%s', async (query, pointer, message) => {
    const response = await api().get(`/v1/datasets?${query}`).expect(400);
    expect(problem(response)).toMatchObject({ code: 'invalid_request', errors: [{ pointer, message }] });
  });
});

describe('DELETE /v1/datasets/:id', () => {
  it('removes row and files, unless a job needs them', async () => {
    const dataset = await service.dataset(dailyCsv(200));
    const job = await api().post('/v1/training-jobs').send(smallJob(dataset.id)).expect(202);
    const { id: jobId } = job.body as { id: string };
    const refused = await api().delete(`/v1/datasets/${dataset.id}`).expect(409);
    expect(problem(refused).detail).toContain(jobId);
    await api().post(`/v1/training-jobs/${jobId}/cancel`).expect(200);
    await api().delete(`/v1/datasets/${dataset.id}`).expect(204, '');
    await api().delete(`/v1/datasets/${dataset.id}`).expect(404);
    expect(await service.parts.storage.stat(dataset.sourceKey)).toBeNull();
  });
});

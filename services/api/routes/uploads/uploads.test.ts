/** Files in pieces, by the protocol itself and by its own client, through HTTP. */
import { createHash, randomBytes } from 'node:crypto';
import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Upload, type UploadOptions } from 'tus-js-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openResumableUploads } from '../../../../platform/storage/resumable-uploads.ts';
import { startHttpService, type HttpService } from '../../../../test/support/http-service.ts';

let service: HttpService;
let folder: string;
beforeAll(async () => {
  service = await startHttpService({ maxUploadBytes: 300_000 });
  folder = join(service.objects, '..', 'uploads');
});
afterAll(() => service.close());

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const described = (pairs: Record<string, string>): string =>
  Object.entries(pairs)
    .map(([key, value]) => `${key} ${base64(value)}`)
    .join(',');

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

async function ask(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string | Buffer,
): Promise<Answer> {
  const response = await fetch(`${service.url}${path}`, {
    method,
    headers: { 'tus-resumable': '1.0.0', ...headers },
    ...(body !== undefined && { body: new Uint8Array(Buffer.from(body)) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
  };
}

const begin = (length: number, pairs: Record<string, string>, headers: Record<string, string> = {}) =>
  ask('POST', '/v1/uploads', {
    'upload-length': String(length),
    'upload-metadata': described(pairs),
    ...headers,
  });
const piece = (path: string, offset: number, body: string | Buffer, headers: Record<string, string> = {}) =>
  ask(
    'PATCH',
    path,
    { 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream', ...headers },
    body,
  );

const csv = 'date,temp_max\n2012-01-01,12.8\n2012-01-02,10.6\n';

describe('an upload in pieces', () => {
  it('becomes a dataset like any other with its last byte', async () => {
    const begun = await begin(csv.length, {
      ...{ filename: 'weather.csv', name: 'weather', description: 'of Seattle', on_bad_rows: 'skip' },
      relativePath: 'of the client',
    });
    expect(begun).toMatchObject({ status: 201, body: { status: 'unfinished', offset: 0, dataset_id: null } });
    expect(new Date(begun.headers.get('upload-expires')!).getTime()).toBeGreaterThan(Date.now());
    const path = begun.headers.get('location')!;
    expect(path).toBe(`/v1/uploads/${String(begun.body.id)}`);

    const first = await piece(path, 0, csv.slice(0, 20));
    expect([first.status, first.headers.get('upload-offset')]).toEqual([204, '20']);
    const head = await ask('HEAD', path);
    expect([head.headers.get('upload-offset'), head.headers.get('upload-length')]).toEqual([
      '20',
      String(csv.length),
    ]);
    expect((await ask('GET', path)).body).toMatchObject({ offset: 20, size: csv.length });
    expect((await piece(path, 10, 'twice')).body).toMatchObject({ status: 409, code: 'conflict' });

    const last = await piece(path, 20, csv.slice(20));
    const address = last.headers.get('content-location')!;
    expect(address).toMatch(/^\/v1\/datasets\/ds_[0-9a-f]{32}$/);
    const dataset = await ask('GET', address);
    expect(dataset.body).toMatchObject({
      ...{ name: 'weather', description: 'of Seattle', format: 'csv', on_bad_rows: 'skip' },
      ...{ bytes: csv.length, sha256: createHash('sha256').update(csv).digest('hex'), status: 'validating' },
    });
    const id = String(dataset.body.id);
    expect(await service.ingest({ id })).toMatchObject({ status: 'ready', rowCount: 2 });
    // Whoever missed the last answer finds out, and nothing is left beside the dataset.
    expect((await ask('GET', path)).body).toMatchObject({ status: 'finished', dataset_id: id });
    expect((await ask('HEAD', path)).headers.get('upload-offset')).toBe(String(csv.length));
    expect((await readdir(folder)).filter((name) => name.startsWith(path.split('/').at(-1)!))).toEqual([]);
  });

  it('may say its length later, and its format by a type', async () => {
    const begun = await ask('POST', '/v1/uploads', {
      'upload-defer-length': '1',
      'upload-metadata': described({ filetype: 'text/plain; charset=iso-8859-1', rows: 'line' }),
    });
    const path = begun.headers.get('location')!;
    await piece(path, 0, 'one\n');
    const { headers } = await piece(path, 4, 'two', { 'upload-length': '7' });
    expect((await ask('GET', headers.get('content-location')!)).body).toMatchObject({
      format: 'text',
      bytes: 7,
    });
  });

  it('is made once, however often its end is asked for', async () => {
    const { headers } = await begin(csv.length, { filename: 'once.csv' });
    const path = headers.get('location')!;
    const id = path.split('/').at(-1)!;
    await piece(path, 0, csv.slice(0, 5));
    // The last bytes are there, and the process died before the dataset was.
    const uploads = openResumableUploads(folder, { expireAfterMs: 3_600_000 });
    await uploads.store.write(Readable.from([Buffer.from(csv.slice(5))]), id, 5);
    const seen = await Promise.all(Array.from({ length: 6 }, () => ask('GET', path)));
    expect(new Set(seen.map(({ body }) => body.dataset_id))).toEqual(new Set([id.replace('upl', 'ds')]));
    const { body } = await ask('GET', '/v1/datasets?name=once.csv');
    expect(body.data).toHaveLength(1);
  });

  it('is begun once with an Idempotency-Key', async () => {
    const key = { 'idempotency-key': 'an-upload' };
    const [first, second] = [
      await begin(5, { filename: 'a.csv' }, key),
      await begin(5, { filename: 'a.csv' }, key),
    ];
    expect(first.status).toBe(201);
    expect(second.headers.get('location')).toBe(first.headers.get('location'));
    expect(await begin(6, { filename: 'a.csv' }, key)).toMatchObject({ status: 422 });
  });

  it.each<[string, () => Promise<Answer>, number, string]>([
    ['too long', () => begin(300_001, { filename: 'a.csv' }), 413, 'payload_too_large'],
    ['empty', () => begin(0, { filename: 'a.csv' }), 422, 'validation_failed'],
    ['of no format', () => begin(5, { filename: 'a.exe' }), 415, 'unsupported_media_type'],
    ['of no name', () => begin(5, { relativePath: 'x' }), 415, 'unsupported_media_type'],
    [
      'with a name of control characters',
      () => begin(5, { filename: 'a.csv', name: 'a\nb' }),
      400,
      'invalid_request',
    ],
    ['with rows of a table', () => begin(5, { filename: 'a.csv', rows: 'line' }), 400, 'invalid_request'],
    [
      'with another way with bad rows',
      () => begin(5, { filename: 'a.csv', on_bad_rows: 'eat' }),
      400,
      'invalid_request',
    ],
    [
      'of no protocol',
      () => begin(5, { filename: 'a.csv' }, { 'tus-resumable': '0.2.2' }),
      400,
      'invalid_request',
    ],
    ['that is not there', () => piece(`/v1/uploads/upl_${'0'.repeat(32)}`, 0, 'x'), 404, 'not_found'],
    ['by a path', () => ask('GET', '/v1/uploads/..%2f..%2fetc'), 404, 'not_found'],
  ])('%s is refused', async (_, request, status, code) => {
    expect((await request()).body).toMatchObject({ status, code });
  });

  it('says what a key of its metadata may be, and how long it may be', async () => {
    const { body } = await begin(5, { filename: 'a.csv', on_bad_rows: 'eat' });
    expect(body.detail).toBe('In Upload-Metadata, on_bad_rows: expected one of "reject", "skip", got "eat"');
    expect((await begin(300_001, { filename: 'a.csv' })).body.detail).toBe(
      'expected a file of at most 300000 bytes, got more',
    );
  });

  it('is not begun without a version of the protocol', async () => {
    const response = await fetch(`${service.url}/v1/uploads`, { method: 'POST' });
    expect(await response.json()).toMatchObject({ status: 412, code: 'precondition_failed' });
  });

  it('that grows past the limit, without saying so before, is cut off', async () => {
    const begun = await ask('POST', '/v1/uploads', {
      'upload-defer-length': '1',
      'upload-metadata': described({ filename: 'a.csv' }),
    });
    expect((await piece(begun.headers.get('location')!, 0, randomBytes(300_001))).body).toMatchObject({
      status: 413,
    });
  });

  it('says what it can do', async () => {
    const { headers } = await ask('OPTIONS', '/v1/uploads');
    expect(headers.get('tus-extension')).toContain('expiration');
    expect([headers.get('tus-version'), headers.get('tus-max-size')]).toEqual(['1.0.0', '300000']);
  });

  it('can be given up', async () => {
    const path = (await begin(5, { filename: 'a.csv' })).headers.get('location')!;
    expect((await ask('DELETE', path)).status).toBe(204);
    expect((await ask('GET', path)).status).toBe(404);
  });

  it('is removed when its time is up, with all that came of it', async () => {
    const path = (await begin(5, { filename: 'a.csv' })).headers.get('location')!;
    const id = path.split('/').at(-1)!;
    await piece(path, 0, 'ab');
    const uploads = openResumableUploads(folder, { expireAfterMs: 3_600_000 });
    const earlier = new Date(Date.now() - 7_200_000);
    await uploads.sweep();
    expect((await ask('GET', path)).status).toBe(200);
    await utimes(join(folder, `${id}.json`), earlier, earlier);
    expect(await uploads.sweep()).toBe(1);
    expect((await ask('GET', path)).status).toBe(404);
    expect((await readdir(folder)).filter((name) => name.startsWith(id))).toEqual([]);
  });
});

it('the client of the protocol uploads, and finds the dataset', async () => {
  const bytes = Buffer.from(`a,b\n${'1,2\n'.repeat(50_000)}`);
  const address = await new Promise<string>((resolve, reject) => {
    const options: UploadOptions = {
      endpoint: `${service.url}/v1/uploads`,
      chunkSize: 64 * 1024,
      metadata: { filename: 'pairs.csv' },
      onError: reject,
      onSuccess: ({ lastResponse }) => resolve(lastResponse.getHeader('content-location') ?? ''),
    };
    new Upload(bytes, options).start();
  });
  expect((await ask('GET', address)).body).toMatchObject({
    name: 'pairs.csv',
    sha256: createHash('sha256').update(bytes).digest('hex'),
  });
});

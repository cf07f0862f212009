/** Datasets by reference: a real server gives the files, and what it must not lead to is refused. */
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDownloads, type DownloadRules } from '../../../../platform/network/guarded-download.ts';
import { isSigned } from '../../../../test/support/s3-signature.ts';
import { startHttpService, type HttpService } from '../../../../test/support/http-service.ts';

const csv = 'date,temp_max\n2012-01-01,12.8\n2012-01-02,10.6\n';
let asked: string[] = [];
/** What requests beyond the bucket were asked with. */
let authorizations: (string | undefined)[] = [];
const s3Credentials = {
  accessKeyId: 'AKIAEXAMPLE',
  secretAccessKey: 'not/to+be/seen',
  sessionToken: 'a-token',
  region: 'eu-central-1',
};
let files: Server;
let host: string;
let service: HttpService;

beforeAll(async () => {
  files = createServer((request, response) => {
    const path = request.url!;
    asked.push(path);
    if (!path.startsWith('/bucket/')) authorizations.push(request.headers.authorization);
    const give = (type: string, body: string | Buffer): void =>
      void response.writeHead(200, { 'content-type': type }).end(body);
    const go = (to: string): void => void response.writeHead(302, { location: to }).end();
    if (path.startsWith('/data/weather.csv')) give('text/plain', csv);
    else if (path === '/data/weather.csv.gz') give('application/octet-stream', gzipSync(csv));
    else if (path === '/typed') give('text/csv; charset=utf-8', csv);
    else if (path.startsWith('/bucket/') && !isSigned(request, s3Credentials)) response.writeHead(403).end();
    else if (path === '/bucket/a%20key/weather.csv') give('binary/octet-stream', csv);
    else if (path === '/bucket/moved.csv') go('/data/weather.csv');
    else if (path === '/bucket/away.csv') go('http://other.example/data/weather.csv');
    else if (path === '/bucket/secret.csv') response.writeHead(403).end();
    else if (path === '/unknown') give('application/octet-stream', csv);
    else if (path === '/large.csv') give('text/csv', 'x'.repeat(20_000));
    else if (path === '/endless.csv') {
      response.writeHead(200, { 'content-type': 'text/csv' });
      for (let i = 0; i < 20; i++) response.write('y'.repeat(1000));
      response.end();
    } else if (path === '/broken.csv') {
      response.writeHead(200, { 'content-type': 'text/csv', 'content-length': '1000' });
      response.write(csv, () => response.destroy());
    } else if (path === '/silent.csv') {
      response.writeHead(200, { 'content-type': 'text/csv' });
      response.write(csv);
    } else if (path === '/moved') go('/data/weather.csv');
    else if (path === '/round') go('/round');
    else if (path === '/away') go('http://other.example/data/weather.csv');
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => files.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(files.address() as AddressInfo).port}`;
  service = await startHttpService({
    maxUploadBytes: 10_000,
    fetchFile: openDownloads({
      ...{ hosts: [host], s3Endpoint: `http://${host}`, s3Credentials, allowPrivate: true },
      silenceMs: 500,
    }),
  });
});
afterAll(async () => {
  await service.close();
  files.closeAllConnections();
  files.close();
});

async function refer(
  body: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${service.url}/v1/datasets`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const count = async (): Promise<number> => (await service.database.datasets.list({ limit: 100 })).data.length;

describe('a file that is referred to', () => {
  it.each<[string, () => object, object]>([
    [
      'by its name',
      () => ({ url: `http://${host}/data/weather.csv?version=2` }),
      { format: 'csv', bytes: csv.length },
    ],
    [
      'compressed',
      () => ({ url: `http://${host}/data/weather.csv.gz` }),
      { format: 'csv', name: 'weather.csv.gz' },
    ],
    ['by the type that its server says', () => ({ url: `http://${host}/typed` }), { format: 'csv' }],
    [
      'by the type that is said',
      () => ({ url: `http://${host}/data/weather.csv`, content_type: 'text/plain' }),
      { format: 'text' },
    ],
    [
      'after a redirect',
      () => ({ url: `http://${host}/moved`, content_type: 'text/csv' }),
      { bytes: csv.length },
    ],
    [
      'in a private bucket',
      () => ({ url: 's3://bucket/a key/weather.csv' }),
      { name: 'weather.csv', bytes: csv.length },
    ],
  ])('%s becomes a dataset', async (_, body, dataset) => {
    expect(await refer(body())).toMatchObject({ status: 202, body: { status: 'validating', ...dataset } });
  });

  it('is what its server gave, and can be read', async () => {
    const { body } = await refer({ url: `http://${host}/data/weather.csv` });
    expect(body.sha256).toBe(createHash('sha256').update(csv).digest('hex'));
    expect(await service.ingest({ id: String(body.id) })).toMatchObject({ status: 'ready', rowCount: 2 });
  });

  it('is fetched once for a key', async () => {
    const headers = { 'idempotency-key': 'by-reference' };
    asked = [];
    const first = await refer({ url: `http://${host}/data/weather.csv` }, headers);
    const second = await refer({ url: `http://${host}/data/weather.csv` }, headers);
    expect(second.body.id).toBe(first.body.id);
    expect(asked).toHaveLength(1);
    expect(await refer({ url: `http://${host}/typed` }, headers)).toMatchObject({ status: 422 });
  });

  it.each<[string, () => object, number, string]>([
    ['of a host that is not listed', () => ({ url: 'https://example.com/a.csv' }), 422, 'UPLOAD_HOSTS'],
    ['that leads to such a host', () => ({ url: `http://${host}/away` }), 422, 'other.example'],
    ['that leads round and round', () => ({ url: `http://${host}/round` }), 502, 'redirects'],
    ['that is not there', () => ({ url: `http://${host}/nothing.csv` }), 502, 'got 404'],
    ['where nobody listens', () => ({ url: 'http://127.0.0.1:1/a.csv' }), 422, '127.0.0.1:1'],
    ['that breaks off', () => ({ url: `http://${host}/broken.csv` }), 502, 'broke off'],
    ['that stops coming', () => ({ url: `http://${host}/silent.csv` }), 502, 'broke off'],
    ['that says it is too long', () => ({ url: `http://${host}/large.csv` }), 413, '10000'],
    ['that is too long', () => ({ url: `http://${host}/endless.csv` }), 413, '10000'],
    ['of no known format', () => ({ url: `http://${host}/unknown` }), 415, 'content_type'],
    ['by another protocol', () => ({ url: 'file:///etc/passwd' }), 422, 'https://'],
    ['with a password', () => ({ url: `http://a:b@${host}/typed` }), 422, 'without user name'],
    ['by what is no URL', () => ({ url: 'weather.csv' }), 422, 'expected a URL'],
    ['by an S3 address without a key', () => ({ url: 's3://bucket' }), 422, 's3://bucket/key'],
    [
      'by an S3 address that leads out of its bucket',
      () => ({ url: 's3://bucket/../other/a.csv' }),
      422,
      '..',
    ],
    [
      'in S3, where the key may not read it',
      () => ({ url: 's3://bucket/secret.csv' }),
      502,
      'UPLOAD_S3_ACCESS_KEY_ID',
    ],
    ['by the S3 address of a bucket that cannot be', () => ({ url: 's3://b/a.csv' }), 422, '3 to 63 letters'],
    ['in S3, elsewhere', () => ({ url: 's3://bucket/away.csv' }), 422, 'other.example'],
    [
      'with a field too many',
      () => ({ url: `http://${host}/typed`, method: 'PUT' }),
      422,
      'unknown field \\"method\\"; expected url, content_type',
    ],
    ['by a number', () => ({ url: 5 }), 422, 'expected text of 1 to 8192 characters, got 5'],
  ])('%s is refused, and nothing is kept', async (_, body, status, words) => {
    const before = await count();
    const answer = await refer(body());
    expect(answer).toMatchObject({ status, body: { status } });
    expect(JSON.stringify(answer.body)).toContain(words);
    expect(await count()).toBe(before);
  });

  it('is not taken for one where it has rows', async () => {
    expect(await refer({ url: 'x', rows: [{ a: 1 }] })).toMatchObject({
      status: 202,
      body: { format: 'json' },
    });
    expect(await refer([{ url: 'x' }])).toMatchObject({ status: 202, body: { format: 'json' } });
  });
});

describe('the access key', () => {
  it('signs what is asked of the bucket, and nothing that a redirect or a URL leads to', async () => {
    authorizations = [];
    expect(await refer({ url: 's3://bucket/moved.csv' })).toMatchObject({ status: 202 });
    expect(await refer({ url: `http://${host}/data/weather.csv` })).toMatchObject({ status: 202 });
    expect(authorizations).toEqual([undefined, undefined]);
    expect(await refer({ url: `http://${host}/bucket/a%20key/weather.csv` })).toMatchObject({ status: 502 });
  });

  it('is told to nobody', async () => {
    const refused = await refer({ url: 's3://bucket/secret.csv' });
    expect(JSON.stringify([refused, service.log])).not.toMatch(/AKIAEXAMPLE|not\/to\+be|a-token/);
  });

  it('is not needed for what is public', async () => {
    const unsigned = openDownloads({
      ...{ hosts: [host], s3Endpoint: `http://${host}`, s3Credentials: null, allowPrivate: true },
      silenceMs: 500,
    });
    const { body, filename } = await unsigned('s3://data/weather.csv', new AbortController().signal);
    body.destroy();
    expect(filename).toBe('weather.csv');
    await expect(
      unsigned('s3://bucket/a key/weather.csv', new AbortController().signal),
    ).rejects.toMatchObject({ message: expect.stringContaining('it is not public') as string });
  });
});

describe('private addresses', () => {
  const fetchOf = (rules: Partial<DownloadRules>, url: string) =>
    openDownloads({
      ...{ hosts: [], s3Endpoint: null, s3Credentials: null, allowPrivate: false, silenceMs: 500 },
      ...rules,
    })(url, new AbortController().signal);

  it.each([
    'https://127.0.0.1/a.csv',
    'https://169.254.169.254/latest',
    'https://[::1]/a.csv',
    'https://localhost/a.csv',
    'https://2130706433/a.csv',
    'http://data.example.com/a.csv',
  ])('%s is never asked, listed or not', async (url) => {
    const { host: listed } = new URL(url);
    await expect(fetchOf({ hosts: [listed] }, url)).rejects.toMatchObject({ code: 'validation_failed' });
  });

  it('a listed name that leads to one is not asked', async () => {
    asked = [];
    const lookup: DownloadRules['lookup'] = (_name, _options, callback) =>
      callback(null, [{ address: '127.0.0.1', family: 4 }]);
    await expect(
      fetchOf({ hosts: ['*.example.com'], lookup }, 'https://data.example.com/a.csv'),
    ).rejects.toMatchObject({
      code: 'download_failed',
      message: expect.stringContaining('public') as string,
    });
    expect(asked).toEqual([]);
  });

  it('only names below a starred one are listed', async () => {
    for (const url of [
      'https://example.com/a.csv',
      'https://badexample.com/a.csv',
      'https://a.example.com:8443/a.csv',
    ])
      await expect(fetchOf({ hosts: ['*.example.com'] }, url)).rejects.toMatchObject({
        code: 'validation_failed',
      });
  });
});

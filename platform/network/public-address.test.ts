import type { LookupAddress } from 'node:dns';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guardedPost } from './guarded-request.ts';
import { isPublicAddress, refuseUrl } from './public-address.ts';

const guarded = { allowPrivate: false };

describe('addresses', () => {
  it.each(['8.8.8.8', '1.1.1.1', '93.184.215.14', '2606:4700:4700::1111', '2001:4860:4860::8888'])(
    '%s is public',
    (address) => expect(isPublicAddress(address)).toBe(true),
  );

  it.each([
    ...['127.0.0.1', '127.8.9.1', '0.0.0.0', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
    ...['169.254.169.254', '100.64.0.1', '192.0.0.1', '192.0.2.1', '198.18.0.1', '198.51.100.1'],
    ...['203.0.113.1', '224.0.0.1', '240.0.0.1', '255.255.255.255'],
    ...['::1', '::', 'fe80::1', 'fc00::1', 'fd00:ec2::254', 'fec0::1', 'ff02::1', '2001:db8::1', '100::1'],
    ...[
      '::ffff:127.0.0.1',
      '::ffff:8.8.8.8',
      '::127.0.0.1',
      '64:ff9b::7f00:1',
      '64:ff9b:1::1',
      '2002:7f00:1::',
    ],
    ...['2001:0:7f00:1::', '5f00::1', 'localhost', ''],
  ])('%s is not', (address) => expect(isPublicAddress(address)).toBe(false));
});

describe('URLs', () => {
  it.each(['https://example.com/hooks', 'https://8.8.8.8/', 'https://[2606:4700:4700::1111]:8443/a?b=c'])(
    '%s may be asked',
    (url) => expect(refuseUrl(url, guarded)).toBeNull(),
  );

  it.each([
    ...['http://example.com/', 'ftp://example.com/', 'https://user:word@example.com/', 'nonsense'],
    ...[
      'https://127.0.0.1/',
      'https://2130706433/',
      'https://0x7f000001/',
      'https://0177.0.0.1/',
      'https://127.1/',
    ],
    ...['https://0/', 'https://169.254.169.254/latest', 'https://[::1]/', 'https://[::ffff:7f00:1]/'],
    ...['https://[::ffff:10.0.0.1]/', 'https://[fe80::1]/', 'https://localhost/', 'https://LOCALHOST./'],
    ...['https://a.localhost/', 'https://metadata.google.internal/', 'https://１２７.0.0.1/'],
  ])('%s may not', (url) => expect(refuseUrl(url, guarded)).toMatch(/^expected/));

  it('may be private, and plain, where that is allowed', () => {
    expect(refuseUrl('http://127.0.0.1:3000/', { allowPrivate: true })).toBeNull();
    expect(refuseUrl('ftp://127.0.0.1/', { allowPrivate: true })).toMatch(/^expected/);
  });
});

describe('connecting', () => {
  const server = createServer((_, response) => response.end());
  let asked = 0;
  server.on('connection', () => asked++);
  let port: number;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
  });
  afterAll(() => void server.close());

  const post = (addresses: LookupAddress[], allowPrivate: boolean) =>
    guardedPost({
      url: `${allowPrivate ? 'http' : 'https'}://receiver.example:${port}/`,
      headers: {},
      body: '{}',
      timeoutMs: 10_000,
      allowPrivate,
      lookup: (_hostname, _options, callback) => callback(null, addresses),
    });

  it.each([
    [[{ address: '127.0.0.1', family: 4 }]],
    [[{ address: '::ffff:127.0.0.1', family: 6 }]],
    [
      [
        { address: '8.8.8.8', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ],
    ],
  ])('refuses a name that leads to a private address: %j', async (addresses) => {
    await expect(post(addresses, false)).rejects.toThrow(/public address/);
    expect(asked).toBe(0);
  });

  it('goes to the address that was looked up', async () => {
    expect((await post([{ address: '127.0.0.1', family: 4 }], true)).status).toBe(200);
  });

  it('refuses names without an address', async () => {
    await expect(post([], true)).rejects.toThrow(/no address/);
  });
});

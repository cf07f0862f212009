import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { reservePort } from './port.ts';

let server: Server | undefined;
afterEach(() => void server?.close());

it('answers a port that can be listened on', async () => {
  const port = await reservePort('127.0.0.1', 0);
  expect(port).toBeGreaterThan(0);
  expect(await reservePort('127.0.0.1', port)).toBe(port);
});

it('says that a port is taken, and what to do', async () => {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await expect(reservePort('127.0.0.1', port)).rejects.toThrow(
    `Port ${port} is taken by another program. Choose another one: PORT=${port + 1} npm start`,
  );
});

it('says that an address is not one of this machine', async () => {
  await expect(reservePort('192.0.2.1', 3000)).rejects.toThrow(
    'HOST=192.0.2.1 is not an address of this machine',
  );
});

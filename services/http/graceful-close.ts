/**
 * Closing lets answers that have begun come to their end, and then ends their connections. Connections without a request
 * end at once, also those that never had one: Node closes idle ones by itself, but waits a minute for what browsers
 * open in advance.
 */
import { Socket } from 'node:net';
import type { HttpServer } from './server.ts';

export function registerGracefulClose(server: HttpServer): void {
  /** Open connections, and how many requests of each are being answered. */
  const connections = new Map<Socket, number>();
  let closing = false;

  const endIdle = (socket: Socket): void => {
    if (closing && connections.get(socket) === 0) socket.destroySoon();
  };
  server.server.on('connection', (socket: Socket) => {
    connections.set(socket, 0);
    socket.once('close', () => connections.delete(socket));
    endIdle(socket);
  });
  // What becomes a WebSocket is closed with its handshake (websockets.ts).
  server.server.on('upgrade', (_request, socket) => {
    if (socket instanceof Socket) connections.delete(socket);
  });
  server.server.on('request', ({ socket }, response) => {
    const count = (change: number): void => {
      const before = connections.get(socket);
      if (before !== undefined) connections.set(socket, before + change);
    };
    count(1);
    response.once('close', () => {
      count(-1);
      endIdle(socket);
    });
  });

  server.addHook('preClose', (done) => {
    closing = true;
    for (const socket of connections.keys()) endIdle(socket);
    done();
  });
  server.addHook('onSend', (_request, reply, payload, done) => {
    if (closing) void reply.header('connection', 'close');
    done(null, payload);
  });
}

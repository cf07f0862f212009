/**
 * WebSockets (RFC 6455). A request to upgrade passes through the same hooks as any other, so that what is wrong is answered as a problem before there is a socket.
 * Upgrades to anything else (clients that would rather speak HTTP/2 ask for `h2c` in their first request) are not followed: the request is answered as
 * it is. When the service stops, sockets finish what they are at and are closed with 1001 (going away).
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import websocket, { type WebSocket } from '@fastify/websocket';
import type { HttpServer } from './server.ts';

export type { WebSocket };

/** Longer messages end the connection with 1009. */
const maxMessageBytes = 1024 * 1024;
/** Clients that don't answer the closing handshake are cut off. */
const closeWithinMs = 2000;
const heartbeatMs = 30_000;
const goingAway = 1001;

/** What an open socket has to bring to its end before it is closed. */
const finishing = new WeakMap<WebSocket, () => Promise<void>>();

/** `finish` is called when the service stops, and waited for; nothing is to be sent after it. */
export const whenStopping = (socket: WebSocket, finish: () => Promise<void>): void => {
  finishing.set(socket, finish);
};

type PassOn = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
const passedOn = new WeakMap<HttpServer, PassOn>();

/** Of a process without sockets of its own: who takes requests for them. */
export const passUpgradesTo = (server: HttpServer, passOn: PassOn): void => {
  passedOn.set(server, passOn);
};

export function registerWebSockets(server: HttpServer): void {
  /** Hears of upgrades to WebSockets alone. */
  const upgrades = createServer();
  server.server.on('upgrade', (request, socket, head) => {
    if (request.headers.upgrade?.toLowerCase() !== 'websocket')
      answerWithoutUpgrade(server.server, request, socket, head);
    else {
      const passOn = passedOn.get(server);
      if (passOn) passOn(request, socket, head);
      else upgrades.emit('upgrade', request, socket, head);
    }
  });
  server.register(websocket, {
    options: { server: upgrades, maxPayload: maxMessageBytes },
    errorHandler: (error, socket, request) => {
      request.log.info({ err: error }, 'a socket has failed');
      socket.terminate();
    },
    preClose(done) {
      const { websocketServer } = this;
      void Promise.all([...websocketServer.clients].map(close)).then(() => {
        websocketServer.close();
        done();
      });
    },
  });
  server.after(() => {
    server.websocketServer.on('connection', keepAlive);
  });
}

async function close(socket: WebSocket): Promise<void> {
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const timer = setTimeout(() => socket.terminate(), closeWithinMs);
  await finishing.get(socket)?.();
  socket.close(goingAway, 'the service stops');
  await closed;
  clearTimeout(timer);
}

/** A client that is gone without a word is noticed after a heartbeat or two. */
function keepAlive(socket: WebSocket): void {
  let isAlive = true;
  const timer = setInterval(() => {
    if (!isAlive) {
      socket.terminate();
      return;
    }
    isAlive = false;
    socket.ping();
  }, heartbeatMs);
  timer.unref();
  socket.on('pong', () => (isAlive = true)).once('close', () => clearInterval(timer));
}

const ofUpgrades = new Set(['upgrade', 'connection', 'http2-settings']);

/** Node has taken the connection away from its HTTP parser: it gets it back, with the same request but for the wish to upgrade. */
function answerWithoutUpgrade(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { method, url, httpVersion, rawHeaders } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2)
    if (!ofUpgrades.has(rawHeaders[index]!.toLowerCase()))
      lines.push(`${rawHeaders[index]}: ${rawHeaders[index + 1]}`);
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit('connection', socket);
}

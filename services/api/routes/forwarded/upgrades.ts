/** WebSockets of the data plane, passed on as bytes: both sides speak to each other from the switch of protocols on. */
import { request as overHttp, type IncomingMessage } from 'node:http';
import { request as overHttps } from 'node:https';
import type { Duplex } from 'node:stream';
import { UnrollError } from '../../../../domain/errors/unroll-error.ts';
import { presentProblem, problemMediaType } from '../../../http/problem.ts';
import type { HttpServer } from '../../../http/server.ts';
import { passUpgradesTo } from '../../../http/websockets.ts';

export function forwardUpgrades(server: HttpServer, inferenceUrl: string, newRequestId: () => string): void {
  const base = new URL(inferenceUrl);
  const send = base.protocol === 'https:' ? overHttps : overHttp;
  const open = new Set<Duplex>();
  server.addHook('preClose', (done) => {
    for (const socket of open) socket.destroy();
    done();
  });

  passUpgradesTo(server, (request, socket, head) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket)).on('error', () => socket.destroy());
    const outgoing = send(new URL(request.url ?? '/', base), { method: 'GET', headers: request.headers });
    outgoing.once('upgrade', (answer, other, otherHead) => {
      socket.write(headOf(answer));
      socket.write(otherHead);
      other.write(head);
      other.once('close', () => socket.destroy()).on('error', () => socket.destroy());
      socket.once('close', () => other.destroy());
      socket.pipe(other).pipe(socket);
    });
    outgoing.once('response', (answer) => {
      socket.write(headOf(answer));
      answer.pipe(socket);
    });
    outgoing.once('error', (cause) => {
      const refusal = new UnrollError('unavailable', 'The inference service does not answer', { cause });
      const body = JSON.stringify(presentProblem(refusal, newRequestId()));
      socket.end(
        `HTTP/1.1 503 Service Unavailable\r\nContent-Type: ${problemMediaType}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
      );
    });
    outgoing.end();
  });
}

/** Status line and headers as they came; one answer is all that the connection is for unless its protocol was switched. */
function headOf({ statusCode, statusMessage, rawHeaders }: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${statusCode} ${statusMessage}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!;
    if (statusCode !== 101 && /^(connection|keep-alive|transfer-encoding)$/i.test(name)) continue;
    lines.push(`${name}: ${rawHeaders[index + 1]}`);
  }
  if (statusCode !== 101) lines.push('Connection: close');
  return `${lines.join('\r\n')}\r\n\r\n`;
}

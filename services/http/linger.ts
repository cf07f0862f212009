/**
 * Lets a client that is still sending its body read why it was refused. To close at once would make its system throw the
 * answer away (RFC 9112, 9.6), so what is left of the body is read and forgotten, for a while.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

const lingerMs = 5000;

/** To be called before the answer's headers are sent. */
export function lingerAfterRefusal(request: IncomingMessage, response: ServerResponse): void {
  if (request.complete) return;
  const { socket } = request;
  // Node would close a connection that the client wants closed together with the answer.
  const closes = !response.shouldKeepAlive;
  response.shouldKeepAlive = true;
  response.once('finish', () => {
    const timer = setTimeout(() => socket.destroy(), lingerMs);
    const end = (): void => {
      clearTimeout(timer);
      if (closes) socket.destroySoon();
    };
    request.unpipe();
    if (request.readableEnded || request.destroyed) {
      end();
      return;
    }
    request.once('end', end).once('close', end).resume();
  });
}

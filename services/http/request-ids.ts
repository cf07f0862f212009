/** X-Request-Id: taken when it is sane, made otherwise; in every answer and every log line. */
import type { IncomingMessage } from 'node:http';
import type { HttpServer } from './server.ts';

/** What a caller may choose: short, and harmless in logs and headers. */
const sane = /^[A-Za-z0-9._:-]{1,128}$/;

export const takeOrMakeRequestId =
  (newRequestId: () => string) =>
  (request: IncomingMessage): string => {
    const given = request.headers['x-request-id'];
    return typeof given === 'string' && sane.test(given) ? given : newRequestId();
  };

export function registerRequestIds(server: HttpServer): void {
  server.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    done();
  });
}

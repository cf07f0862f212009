/** JSON bodies: what does not parse is told with its place, an empty body is none, and nothing is taken for JSON unsaid. */
import { UnrollError } from '../../domain/errors/unroll-error.ts';
import { preview } from './preview.ts';
import type { HttpServer } from './server.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The body has objects whose fields are columns of a dataset, whatever these are called: nothing copies them field by field. */
    readonly columnNames?: true;
  }
}

export function registerJsonBodies(server: HttpServer): void {
  server.removeContentTypeParser('text/plain');
  const strict = server.getDefaultJsonParser('error', 'error');
  const anyNames = server.getDefaultJsonParser('ignore', 'ignore');
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = body as string;
    const encoding = request.headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') {
      const message = `expected no Content-Encoding, got ${preview(encoding)}`;
      done(new UnrollError('unsupported_media_type', message));
      return;
    }
    // Clients that say application/json of every request send it with DELETE too.
    if (text === '' && request.routeOptions.schema?.body === undefined) {
      done(null, undefined);
      return;
    }
    const parse = request.routeOptions.config.columnNames === true ? anyNames : strict;
    void parse(request, text, (error, value) => done(error && text !== '' ? notJson(text) : error, value));
  });
}

function notJson(text: string): UnrollError {
  let why = 'the names __proto__ and constructor.prototype are not allowed';
  try {
    JSON.parse(text);
  } catch (error) {
    why = (error as SyntaxError).message;
  }
  return new UnrollError('invalid_request', `expected JSON, got text that does not parse: ${why}`);
}

/** Answers without an end of their own: each ends when its client goes away, and all of them when the server closes. */
import type { ServerResponse } from 'node:http';
import type { HttpServer } from './server.ts';

export function trackOpenStreams(server: HttpServer): { open(response: ServerResponse): AbortSignal } {
  const streams = new Set<AbortController>();
  server.addHook('preClose', (done) => {
    for (const stream of streams) stream.abort();
    done();
  });
  return {
    open: (response) => {
      const stream = new AbortController();
      streams.add(stream);
      response.once('close', () => {
        streams.delete(stream);
        stream.abort();
      });
      return stream.signal;
    },
  };
}

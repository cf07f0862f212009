/**
 * ETags on single resources (routes with `config.etag`), so that polling is cheap: a hash of the answer's JSON, and 304
 * with no body when If-None-Match names it. Files bring their own ETag (download.ts).
 */
import { createHash } from 'node:crypto';
import type { onSendHookHandler } from 'fastify';
import type { HttpServer } from './server.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    etag?: boolean;
  }
}

/** Whether an If-None-Match header names this ETag: weak comparison of a list, or `*` (RFC 9110, 13.1.2). */
export function matchesEtag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const opaque = (tag: string): string => tag.trim().replace(/^W\//, '');
  return ifNoneMatch.trim() === '*' || ifNoneMatch.split(',').some((tag) => opaque(tag) === opaque(etag));
}

export function registerEtags(server: HttpServer): void {
  server.addHook('onRoute', (route) => {
    if (route.config?.etag === true) route.onSend = [route.onSend ?? [], tagOrSpare].flat();
  });
}

/** A 200 gets its ETag; who has it already gets 304. */
const tagOrSpare: onSendHookHandler = (request, reply, payload, done) => {
  if (reply.statusCode !== 200 || typeof payload !== 'string') {
    done(null, payload);
    return;
  }
  const etag = `W/"${createHash('sha256').update(payload).digest('base64url').slice(0, 27)}"`;
  void reply.header('etag', etag).header('cache-control', 'no-cache');
  if (!matchesEtag(request.headers['if-none-match'], etag)) {
    done(null, payload);
    return;
  }
  void reply.code(304).removeHeader('content-length').removeHeader('content-type');
  done(null, '');
};

/** Files from storage: Range, ETag, If-None-Match, If-Range, Content-Disposition (RFC 9110, 13 and 14). */
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import parseRange from 'range-parser';
import { UnrollError } from '../../domain/errors/unroll-error.ts';
import type { ObjectStorage } from '../../domain/ports/object-storage.ts';
import { matchesEtag } from './etag.ts';

interface Download {
  readonly key: string;
  readonly bytes: number;
  readonly sha256: string;
  /** As it is to be saved. */
  readonly filename: string;
  readonly mediaType: string;
}

export async function sendDownload(
  request: FastifyRequest,
  reply: FastifyReply,
  storage: Pick<ObjectStorage, 'read'>,
  file: Download,
): Promise<FastifyReply> {
  const etag = `"${file.sha256}"`;
  void reply
    .header('etag', etag)
    .header('accept-ranges', 'bytes')
    .header('cache-control', 'no-cache')
    .header('content-disposition', attachment(file.filename));
  if (matchesEtag(request.headers['if-none-match'], etag)) return reply.code(304).send();

  const range = requestedRange(request, etag, file.bytes);
  if (range === 'unsatisfiable') {
    void reply.header('content-range', `bytes */${file.bytes}`).removeHeader('content-disposition');
    throw new UnrollError(
      'range_not_satisfiable',
      `expected a range within ${file.bytes} bytes, got ${request.headers.range ?? 'none'}`,
    );
  }
  // Fastify reads what it leaves out of an answer to HEAD.
  const body =
    request.method === 'HEAD' ? Readable.from([]) : await storage.read(file.key, range ?? undefined);
  void reply.type(file.mediaType);
  if (range === null) {
    return reply.header('content-length', file.bytes).send(body);
  }
  return reply
    .code(206)
    .header('content-range', `bytes ${range.start}-${range.end}/${file.bytes}`)
    .header('content-length', range.end - range.start + 1)
    .send(body);
}

/** The one range asked for; null for the whole file: no Range, one that isn't understood, several, or an If-Range that is out of date. */
function requestedRange(
  request: FastifyRequest,
  etag: string,
  bytes: number,
): { start: number; end: number } | null | 'unsatisfiable' {
  const { range, 'if-range': ifRange } = request.headers;
  if (range === undefined || (ifRange !== undefined && ifRange !== etag)) return null;
  const ranges = parseRange(bytes, range, { combine: true });
  if (ranges === -1) return 'unsatisfiable';
  const only = ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1 ? undefined : ranges[0];
  return only === undefined ? null : { start: only.start, end: only.end };
}

/** RFC 6266: a plain name for old clients, the exact one for the others. */
function attachment(filename: string): string {
  const plain = filename.replaceAll(/[^\x20-\x7e]|["\\%]/g, '_');
  return `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(filename).replaceAll(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)}`;
}

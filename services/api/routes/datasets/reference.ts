/** A dataset by reference: a small JSON body with the URL of a file, in place of the file. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { Type, type Static } from 'typebox';
import { UnrollError } from '../../../../domain/errors/unroll-error.ts';
import type { FetchedFile } from '../../../../platform/network/guarded-download.ts';
import { preview } from '../../../http/preview.ts';
import { RequestValidationError, fieldErrorsOf } from '../../../http/validation.ts';
import { charsetOf, formatOfName, formatOfType, uploadMediaTypes } from './media-types.ts';
import { abortedWithConnection, uploadHash, type Upload } from './upload.ts';

/** No reference is longer; what is, is a file. */
const maxReferenceBytes = 16 * 1024;

export const DatasetReference = Type.Object(
  {
    url: Type.String({
      minLength: 1,
      maxLength: 8192,
      description: 'https://… or s3://bucket/key, on one of the hosts that UPLOAD_HOSTS lists.',
    }),
    content_type: Type.Optional(
      Type.String({
        maxLength: 200,
        description: 'What the file is, where neither the end of its name nor its server says it.',
      }),
    ),
  },
  { title: 'DatasetReference', additionalProperties: false, description: 'A file to be fetched.' },
);

export interface Reference extends Static<typeof DatasetReference> {
  /** Of the body, as it is compared with one that is sent again. */
  readonly bodyHash: string;
}

/** Chunks of a body as long as they are few bytes; what was read of a longer one is put back before the rest. */
async function readShort(body: Readable): Promise<Buffer | Readable> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const iterator = (body as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
    chunks.push(next.value);
    bytes += next.value.length;
    if (bytes <= maxReferenceBytes) continue;
    return Readable.from(
      (async function* () {
        yield* chunks;
        yield* { [Symbol.asyncIterator]: () => iterator };
      })(),
      { objectMode: false },
    );
  }
  return Buffer.concat(chunks);
}

const faultsOf = fieldErrorsOf(DatasetReference);

/** The reference that a request holds; null when it holds a file, which is left to be read. Throws RequestValidationError. */
export async function takeReference(request: FastifyRequest): Promise<Reference | null> {
  const { headers } = request;
  const isJson = formatOfType(headers['content-type'] ?? '') === 'json';
  const isPlain = (headers['content-encoding'] ?? 'identity') === 'identity';
  if (!isJson || !isPlain || Number(headers['content-length'] ?? 0) > maxReferenceBytes) return null;
  if (!(request.body instanceof Readable)) return null;
  const read = await readShort(request.body);
  request.body = Buffer.isBuffer(read) ? Readable.from([read], { objectMode: false }) : read;
  if (!Buffer.isBuffer(read)) return null;
  let value: unknown;
  try {
    value = JSON.parse(read.toString('utf8'));
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || !('url' in value) || 'rows' in value) return null;
  const errors = faultsOf(value);
  if (errors.length > 0) throw new RequestValidationError(errors);
  const sha256 = createHash('sha256').update(read).digest('hex');
  return { ...(value as Static<typeof DatasetReference>), bodyHash: uploadHash(sha256, null) };
}

/** Throws what `fetchFile` throws, `payload_too_large` or `unsupported_media_type`. */
export async function fetchReference(
  request: FastifyRequest,
  { url, content_type: said }: Reference,
  o: {
    maxBytes: number;
    fetchFile: (url: string, signal: AbortSignal) => Promise<FetchedFile>;
  },
): Promise<Upload> {
  const signal = abortedWithConnection(request);
  const { body, contentType, bytes, filename } = await o.fetchFile(url, signal);
  const give = (error: UnrollError): never => {
    body.destroy();
    throw error;
  };
  if (bytes !== null && bytes > o.maxBytes)
    give(
      new UnrollError(
        'payload_too_large',
        `expected a file of at most ${o.maxBytes} bytes, got one of ${bytes}`,
      ),
    );
  const type = said ?? contentType ?? '';
  const format = said === undefined ? (formatOfName(filename) ?? formatOfType(type)) : formatOfType(said);
  const charset = charsetOf(type);
  if (format === null || charset === null) {
    const message = `expected a file whose name ends in .csv, .parquet, .zip, … or whose Content-Type is one of ${uploadMediaTypes.slice(0, -1).join(', ')}, got ${preview(filename)} and ${preview(type)}; say what it is in \`content_type\``;
    return give(
      new UnrollError('unsupported_media_type', message, { errors: [{ pointer: '/content_type', message }] }),
    );
  }
  // Found out by whoever reads the body: its length need not have been said.
  const failure: { error?: Error } = {};
  body.once('error', (error) => (failure.error = error));
  return { body, filename, format, charset, signal, failure };
}

/** What is to be said where a file that was being fetched could not be kept. */
export function asDownloadFailure(error: unknown, { failure, signal }: Upload): unknown {
  if (failure?.error === undefined || signal.aborted) return error;
  return new UnrollError(
    'download_failed',
    `The file broke off before its end (${failure.error.message}); nothing was kept`,
    { cause: failure.error },
  );
}

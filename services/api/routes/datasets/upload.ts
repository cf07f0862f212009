/**
 * Takes the body of an upload as a stream: the bytes themselves as text/csv, or one `file` in a form. Whatever is wrong
 * with the request is said before a byte is stored; a body that breaks off is an error of the stream.
 */
import { createHash } from 'node:crypto';
import { PassThrough, Readable } from 'node:stream';
import multipart, { type Multipart } from '@fastify/multipart';
import type { FastifyError, FastifyRequest } from 'fastify';
import { UnrollError } from '../../../../domain/errors/unroll-error.ts';
import { unsupportedMediaType } from '../../../http/errors.ts';
import { preview } from '../../../http/preview.ts';
import type { HttpServer } from '../../../http/server.ts';

export const uploadMediaTypes = ['text/csv', 'multipart/form-data'] as const;

/** What programs call a CSV file inside a form. */
const partMediaTypes = ['text/csv', 'text/plain', 'application/octet-stream', 'application/vnd.ms-excel'];

interface Upload {
  readonly body: Readable;
  readonly filename: string | null;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
}

/** What is compared of an upload that is sent again: borders of forms are new each time. */
export const uploadHash = (sha256: string, filename: string | null): string =>
  createHash('sha256')
    .update(`${sha256}\n${filename ?? ''}`)
    .digest('hex');

/** Reads it to its end and keeps nothing: the SHA-256 of the file. Throws `payload_too_large` or `upload_incomplete`. */
export async function hashUpload({ body }: Upload, maxBytes: number): Promise<string> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    hash.update(chunk);
  }
  return hash.digest('hex');
}

/** The scope's own content types: anything else is 415. */
export function registerUploadMediaTypes(server: HttpServer, maxBytes: number): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('text/csv', (_request, payload, done) => done(null, payload));
  // One byte more than allowed, so that storage is who says that it is too much.
  server.register(multipart, { limits: { files: 1, fields: 0, parts: 1, fileSize: maxBytes + 1 } });
}

/** Throws `unsupported_media_type`, `payload_too_large`, `invalid_request` or `upload_incomplete`. */
export async function takeUpload(request: FastifyRequest, maxBytes: number): Promise<Upload> {
  const { headers } = request;
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new UnrollError('unsupported_media_type', `expected no Content-Encoding, got ${preview(encoding)}`);
  }
  const isForm = request.isMultipart();
  if (!isForm && Number(headers['content-length']) > maxBytes) throw tooLarge(maxBytes);
  const signal = abortedWithConnection(request);
  const { stream, filename, end } = isForm
    ? await fileOfForm(request, maxBytes)
    : { stream: bodyOf(request), filename: null, end: async () => undefined };
  return { body: await refuseEmpty(apart(stream, maxBytes, end), signal), filename, signal };
}

const incomplete = (cause?: Error): UnrollError =>
  new UnrollError('upload_incomplete', 'The body broke off before its end; nothing was kept', { cause });

const tooLarge = (maxBytes: number): UnrollError =>
  new UnrollError('payload_too_large', `expected at most ${maxBytes} bytes, got more`);

function bodyOf(request: FastifyRequest): Readable {
  if (!(request.body instanceof Readable)) throw unsupportedMediaType(request);
  const charset = /charset\s*=\s*"?([^\s;"]+)/i.exec(request.headers['content-type'] ?? '')?.[1];
  if (charset !== undefined && !/^(utf-?8|us-ascii)$/i.test(charset)) {
    throw new UnrollError('unsupported_media_type', `expected the charset utf-8, got ${preview(charset)}`);
  }
  return request.body;
}

/**
 * The same bytes in a stream of its own: storage destroys what it refuses, and to destroy the request would take the
 * connection with it, and the answer that says why. It ends when `end` has resolved, and breaks when that rejects.
 */
function apart(source: Readable, maxBytes: number, end: () => Promise<void>): Readable {
  const copy = new PassThrough();
  source.once('error', (error: Error & { code?: string }) => {
    copy.destroy(error.code === 'FST_REQ_FILE_TOO_LARGE' ? tooLarge(maxBytes) : incomplete(error));
  });
  source.once('end', () => {
    end().then(
      () => copy.end(),
      (error: unknown) => copy.destroy(error as Error),
    );
  });
  return source.pipe(copy, { end: false });
}

interface FormFile {
  readonly stream: Readable;
  readonly filename: string | null;
  /** Reads the form to its end; throws when there is more than the file in it. */
  readonly end: () => Promise<void>;
}

const notAlone = (cause: unknown): UnrollError =>
  new UnrollError('invalid_request', 'expected a form with one part, the file, got something else', {
    errors: [{ pointer: '/file', message: 'expected a file as the one part of the form' }],
    cause,
  });

/** What the reader of forms throws, in our words. */
function formError(error: FastifyError, maxBytes: number): UnrollError {
  switch (error.code) {
    case 'FST_MP_PREMATURE_CLOSE':
      return incomplete(error);
    case 'FST_REQ_FILE_TOO_LARGE':
      return tooLarge(maxBytes);
    default:
      return notAlone(error);
  }
}

async function fileOfForm(request: FastifyRequest, maxBytes: number): Promise<FormFile> {
  const parts = request.parts();
  const next = async (): Promise<Multipart | undefined> => {
    try {
      const result: IteratorResult<Multipart, unknown> = await parts.next();
      return result.done === true ? undefined : result.value;
    } catch (error) {
      throw formError(error as FastifyError, maxBytes);
    }
  };
  const part = await next();
  if (part === undefined) {
    throw new UnrollError('invalid_request', 'expected a form with a part `file`, got none', {
      errors: [{ pointer: '/file', message: 'expected a file, got nothing' }],
    });
  }
  if (part.type !== 'file') throw notAlone(undefined);
  if (part.fieldname !== 'file') {
    throw new UnrollError('invalid_request', `expected a part \`file\`, got ${preview(part.fieldname)}`, {
      errors: [{ pointer: `/${part.fieldname}`, message: 'unknown part; expected file' }],
    });
  }
  if (!partMediaTypes.includes(part.mimetype)) {
    throw new UnrollError(
      'unsupported_media_type',
      `expected the part \`file\` to be text/csv, got ${preview(part.mimetype)}`,
    );
  }
  return {
    stream: part.file,
    // Typed as always there, though it need not be.
    filename: part.filename || null,
    end: async () => {
      if ((await next()) !== undefined) throw notAlone(undefined);
    },
  };
}

function abortedWithConnection(request: FastifyRequest): AbortSignal {
  const broken = new AbortController();
  const onClose = (): void => {
    if (!request.raw.complete) broken.abort(incomplete());
  };
  // It may have gone while its key was looked up.
  if (request.raw.destroyed) onClose();
  else request.raw.once('close', onClose);
  return broken.signal;
}

/** Waits for the first byte: an upload of none is refused before anything is written. */
async function refuseEmpty(body: Readable, signal: AbortSignal): Promise<Readable> {
  const first = await new Promise<boolean>((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const settle = (result: () => void) => () => {
      for (const [name, listener] of listeners) body.off(name, listener);
      signal.removeEventListener('abort', onAbort);
      result();
    };
    const onAbort = settle(() => reject(signal.reason as Error));
    const listeners: [string, () => void][] = [
      ['readable', settle(() => resolve(body.readableLength > 0))],
      ['end', settle(() => resolve(false))],
    ];
    for (const [name, listener] of listeners) body.once(name, listener);
    body.once('error', (error) => settle(() => reject(error))());
    signal.addEventListener('abort', onAbort);
  });
  if (!first) {
    throw new UnrollError('validation_failed', 'expected a CSV file, got an empty body', {
      errors: [{ pointer: '', message: 'expected a header line and rows, got 0 bytes' }],
    });
  }
  return body;
}

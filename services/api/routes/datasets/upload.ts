/**
 * Takes the body of an upload as a stream: the bytes themselves, in a format that Content-Type names, or one `file` in a form. Whatever is wrong
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
import type { DatasetFormat, DatasetReading } from '../../../../domain/datasets/dataset-format.ts';
import {
  acceptedMediaTypes,
  charsetNames,
  charsetOf,
  formatOfName,
  formatOfType,
  uploadMediaTypes,
} from './media-types.ts';

const contentEncodings = ['identity', 'gzip', 'x-gzip', 'zstd'];

export interface Upload {
  readonly body: Readable;
  readonly filename: string | null;
  readonly format: DatasetFormat;
  readonly charset: DatasetReading['charset'];
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
  /** Of a file that is fetched: set where its server breaks off. */
  readonly failure?: { readonly error?: Error };
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
  for (const type of acceptedMediaTypes)
    server.addContentTypeParser(type, (_request, payload, done) => done(null, payload));
  // One byte more than allowed, so that storage is who says that it is too much.
  server.register(multipart, { limits: { files: 1, fields: 0, parts: 1, fileSize: maxBytes + 1 } });
}

/** Throws `unsupported_media_type`, `payload_too_large`, `invalid_request` or `upload_incomplete`. */
export async function takeUpload(request: FastifyRequest, maxBytes: number): Promise<Upload> {
  const { headers } = request;
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && !contentEncodings.includes(encoding.toLowerCase())) {
    throw new UnrollError(
      'unsupported_media_type',
      `expected a Content-Encoding of gzip or zstd, or none, got ${preview(encoding)}`,
    );
  }
  const isForm = request.isMultipart();
  if (!isForm && Number(headers['content-length']) > maxBytes) throw tooLarge(maxBytes);
  const signal = abortedWithConnection(request);
  const { stream, filename, type, end } = isForm
    ? await fileOfForm(request, maxBytes)
    : { stream: bodyOf(request), filename: null, type: headers['content-type']!, end: async () => undefined };
  // Inside forms, programs call files what they like: there the name counts first.
  const format = (isForm ? formatOfName(filename) : null) ?? formatOfType(type);
  if (format === null) throw unknownPart(type, filename);
  const charset = knownCharset(type);
  const body = await refuseEmpty(apart(stream, maxBytes, end), signal);
  return { body, filename, format, charset, signal };
}

const incomplete = (cause?: Error): UnrollError =>
  new UnrollError('upload_incomplete', 'The body broke off before its end; nothing was kept', { cause });

const tooLarge = (maxBytes: number): UnrollError =>
  new UnrollError('payload_too_large', `expected at most ${maxBytes} bytes, got more`);

const unknownPart = (type: string, filename: string | null): UnrollError =>
  new UnrollError(
    'unsupported_media_type',
    `expected the part \`file\` to be ${uploadMediaTypes.slice(0, -1).join(', ')}, or to have a name that ends in .csv, .parquet, .zip, …, got ${preview(type)}${filename === null ? '' : ` and ${preview(filename)}`}`,
  );

function bodyOf(request: FastifyRequest): Readable {
  if (!(request.body instanceof Readable)) throw unsupportedMediaType(request);
  return request.body;
}

function knownCharset(type: string): DatasetReading['charset'] {
  const charset = charsetOf(type);
  if (charset === null)
    throw new UnrollError(
      'unsupported_media_type',
      `expected a charset of ${charsetNames.join(', ')}, got ${preview(type)}`,
    );
  return charset;
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
  /** Content-Type of the part. */
  readonly type: string;
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
  return {
    stream: part.file,
    type: part.mimetype,
    // Typed as always there, though it need not be.
    filename: part.filename || null,
    end: async () => {
      if ((await next()) !== undefined) throw notAlone(undefined);
    },
  };
}

export function abortedWithConnection(request: FastifyRequest): AbortSignal {
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
    throw new UnrollError('validation_failed', 'expected a file, got an empty body', {
      errors: [{ pointer: '', message: 'expected a file with rows in it, got 0 bytes' }],
    });
  }
  return body;
}

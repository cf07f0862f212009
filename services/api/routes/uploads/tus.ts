/**
 * The tus protocol 1.0.0 (https://tus.io/protocols/resumable-upload) with creation, deferred length, termination and expiration. The
 * protocol is @tus/server's; here its answers become those of every other route, and a whole file becomes a dataset.
 *
 *   POST (created, nothing there) → PATCH … PATCH (all there) → dataset ds_<digits of the upload's id>
 *
 * Where the process dies between the last byte and the dataset, the next request that names the upload makes it.
 */
import { PassThrough, Readable } from 'node:stream';
import { Server } from '@tus/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createDatasetOfFile } from '../../../../domain/datasets/create-dataset.ts';
import type { Dataset } from '../../../../domain/datasets/dataset.ts';
import type { ErrorCode } from '../../../../domain/errors/error-codes.ts';
import { UnrollError } from '../../../../domain/errors/unroll-error.ts';
import type { ApiParts } from '../../parts.ts';
import { describedFile } from './described-file.ts';

export const uploadsPath = '/v1/uploads';

/** Of the dataset that an upload becomes. */
export const datasetIdOf = (uploadId: string): string => uploadId.replace(/^upl_/, 'ds_');

const codes: Record<number, ErrorCode> = {
  400: 'invalid_request',
  403: 'invalid_request',
  404: 'not_found',
  409: 'conflict',
  410: 'not_found',
  412: 'precondition_failed',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
  423: 'conflict',
};
/** Set by Fastify for what it sends. */
const notPassedOn = ['content-length', 'content-type', 'connection', 'access-control-expose-headers'];

/** The body apart from its request, which must live on to be answered where the body is refused. */
function bodyOf(raw: FastifyRequest['raw']): ReadableStream {
  const body = new PassThrough();
  // A client that goes away ends what it was sending.
  raw.once('close', () => {
    if (!raw.complete) body.destroy(new Error('The body broke off before its end'));
  });
  body.on('error', () => raw.unpipe(body));
  return Readable.toWeb(raw.pipe(body)) as ReadableStream;
}

export interface Tus {
  /** Answers the headers of what the protocol says; throws an UnrollError where it refuses. */
  handle(request: FastifyRequest, reply: FastifyReply): Promise<number>;
  /** The dataset of an upload whose last byte is there, made now if it was not; null while bytes are missing. */
  finish(id: string): Promise<Dataset | null>;
}

export function createTus(parts: ApiParts): Tus {
  const { uploads } = parts;

  const makeDataset = async (id: string): Promise<Dataset | null> => {
    const datasetId = datasetIdOf(id);
    const known = await parts.datasets.find(datasetId);
    if (known !== null) return known;
    const upload = await uploads.find(id);
    // Another process may have made it meanwhile.
    if (upload === null) return parts.datasets.find(datasetId);
    if (upload.offset !== upload.size) return null;
    const path = (): Promise<string> => uploads.handOut(id);
    return createDatasetOfFile(parts, { id: datasetId, ...describedFile(upload.metadata), path });
  };
  const finishing = new Map<string, Promise<Dataset | null>>();
  const finish = async (id: string): Promise<Dataset | null> => {
    const begun =
      finishing.get(id) ??
      makeDataset(id)
        .then(async (dataset) => {
          if (dataset !== null) await uploads.remove(id);
          return dataset;
        })
        .finally(() => finishing.delete(id));
    finishing.set(id, begun);
    return begun;
  };

  /** Why a request was refused, where that was not the protocol's doing. */
  const refusals = new WeakMap<object, UnrollError>();
  const open = (): Server =>
    new Server({
      path: uploadsPath,
      datastore: uploads.store,
      maxSize: parts.maxUploadBytes,
      relativeLocation: true,
      allowedOrigins: () => false,
      namingFunction: () => parts.newId('ds').replace(/^ds_/, 'upl_'),
      onUploadCreate: async (_request, { metadata = {}, size }) => {
        describedFile(metadata);
        if (size === 0)
          throw new UnrollError('validation_failed', 'expected a file, got an Upload-Length of 0');
        return {};
      },
      onUploadFinish: async (_request, { id }) => {
        const dataset = await finish(id);
        return dataset === null ? {} : { headers: { 'Content-Location': `/v1/datasets/${dataset.id}` } };
      },
      onResponseError: (request, error) => {
        if (error instanceof Error) {
          const isOurs = error instanceof UnrollError;
          refusals.set(
            request,
            isOurs ? error : new UnrollError('internal', error.message, { cause: error }),
          );
        }
        return undefined;
      },
    });

  /** Opened by the first request: the folder is made then. */
  let server: Server | undefined;

  return {
    finish,
    handle: async (request, reply) => {
      const { raw } = request;
      const headers = Object.entries(raw.headers).flatMap(([name, value]) =>
        typeof value === 'string' ? [[name, value] as const] : [],
      );
      const hasBody = raw.method === 'PATCH' || raw.method === 'POST';
      const asked = new Request(`http://localhost${raw.url}`, {
        method: raw.method!,
        headers: Object.fromEntries(headers),
        ...(hasBody && { body: bodyOf(raw), duplex: 'half' as const }),
      });
      const answered = await (server ??= open()).handleWeb(asked);
      for (const [name, value] of answered.headers)
        if (!notPassedOn.includes(name)) void reply.header(name, value);
      if (answered.status < 400) return answered.status;
      const refusal = refusals.get(asked);
      if (refusal !== undefined) throw refusal;
      const said = (await answered.text()).trim();
      throw new UnrollError(
        codes[answered.status] ?? 'unavailable',
        answered.status === 413
          ? `expected a file of at most ${parts.maxUploadBytes} bytes, got more`
          : said === ''
            ? 'expected another request'
            : said,
      );
    },
  };
}

/** /v1/uploads: files in pieces, by the tus protocol, which become datasets when they are whole. */
import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { UnrollError } from '../../../../domain/errors/unroll-error.ts';
import { answer, noContent } from '../../../http/answers.ts';
import { problemResponses } from '../../../http/problem.ts';
import type { HttpServer } from '../../../http/server.ts';
import type { ApiParts } from '../../parts.ts';
import { UploadParams, UploadResource, unfinishedExample } from './schemas.ts';
import { createTus, uploadsPath } from './tus.ts';

const tags = ['datasets'];
const pieceType = 'application/offset+octet-stream';

const version = Type.Optional(Type.String({ description: '1.0.0' }));
const creationHeaders = Type.Object({
  'tus-resumable': version,
  'upload-length': Type.Optional(Type.String({ description: 'Bytes of the whole file.' })),
  'upload-defer-length': Type.Optional(
    Type.String({ description: '1 where the length is not known yet; it is said with a later PATCH.' }),
  ),
  'upload-metadata': Type.Optional(
    Type.String({
      description:
        'Keys and values in Base64, by commas: `filename` or `filetype` (as a Content-Type), which say the format, and `name`, `description`, `on_bad_rows`, `rows` as in POST /v1/datasets.',
    }),
  ),
});

const headHash = ({ headers }: FastifyRequest): string =>
  createHash('sha256')
    .update(`${String(headers['upload-metadata'])}\n${String(headers['upload-length'])}`)
    .digest('hex');

export async function uploadRoutes(scope: HttpServer, parts: ApiParts): Promise<void> {
  const tus = createTus(parts);
  // Bodies are the protocol's to read.
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));

  const present = async (id: string): Promise<UploadResource> => {
    const dataset = await tus.finish(id);
    if (dataset !== null) {
      const { bytes } = dataset;
      return {
        ...{ id, status: 'finished', offset: bytes, size: bytes },
        ...{ dataset_id: dataset.id, expires_at: null },
      };
    }
    const found = await parts.uploads.find(id);
    if (found === null)
      throw new UnrollError('not_found', `There is no upload ${id}; it may have expired: begin another`);
    const { size, offset, expiresAt } = found;
    return {
      ...{ id, status: 'unfinished', offset, size },
      ...{ dataset_id: null, expires_at: expiresAt.toISOString() },
    };
  };

  scope.route({
    method: 'POST',
    url: uploadsPath,
    config: { idempotency: async (request) => headHash(request) },
    schema: {
      operationId: 'createUpload',
      tags,
      summary: 'Begin an upload in pieces (tus)',
      description:
        'For large files and bad connections: any client of the tus protocol 1.0.0 uploads a file in pieces and goes on where it was broken off, also after a restart of this service. Extensions: creation, creation-with-upload, creation-defer-length, termination, expiration. The last piece makes a dataset just like POST /v1/datasets; its address is the `Content-Location` of that answer, and `dataset_id` of the upload.',
      headers: creationHeaders,
      response: {
        201: answer(
          UploadResource,
          'Begun.',
          { ...unfinishedExample, offset: 0 },
          {
            Location: 'Address of the upload.',
            'Upload-Expires': 'When it is removed if it is not finished.',
          },
        ),
        ...problemResponses(
          ...(['invalid_request', 'precondition_failed', 'payload_too_large'] as const),
          ...(['unsupported_media_type', 'validation_failed', 'unavailable'] as const),
        ),
      },
    },
    handler: async (request, reply) => {
      await tus.handle(request, reply);
      const { keyed } = request;
      if (keyed !== null) keyed.bodyHash = headHash(request);
      const id = String(reply.getHeader('location')).split('/').at(-1)!;
      return reply.code(201).send(await present(id));
    },
  });

  scope.route({
    method: 'PATCH',
    url: `${uploadsPath}/:id`,
    schema: {
      operationId: 'continueUpload',
      tags,
      summary: 'Send a piece of an upload (tus)',
      params: UploadParams,
      headers: Type.Object({
        'tus-resumable': version,
        'upload-offset': Type.Optional(
          Type.String({ description: 'Where the piece begins: as many bytes as have been taken in.' }),
        ),
        'upload-length': Type.Optional(Type.String({ description: 'Where it was not said before.' })),
      }),
      body: { content: { [pieceType]: { schema: Type.Unsafe<unknown>({ type: 'string' }) } } },
      response: {
        204: noContent(
          'Taken in: `Upload-Offset` says how far. With the last one, `Content-Location` names the dataset.',
        ),
        ...problemResponses(
          ...(['invalid_request', 'not_found', 'conflict', 'precondition_failed'] as const),
          ...(['payload_too_large', 'unsupported_media_type', 'storage_full', 'unavailable'] as const),
        ),
      },
    },
    validatorCompiler: () => () => true,
    handler: async (request, reply) => {
      // What was said once more, after an answer that was lost, is no fault.
      const code = await tus.handle(request, reply);
      return reply.code(code as 204).send(null);
    },
  });

  const head = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { offset, size, dataset_id: datasetId } = await present((request.params as { id: string }).id);
    if (datasetId === null) {
      await tus.handle(request, reply);
      return reply.code(200).send();
    }
    return reply
      .code(200)
      .headers({
        'tus-resumable': '1.0.0',
        'cache-control': 'no-store',
        'upload-offset': String(offset),
        'upload-length': String(size),
        'content-location': `/v1/datasets/${datasetId}`,
      })
      .send();
  };
  scope.route({
    method: 'HEAD',
    url: `${uploadsPath}/:id`,
    schema: { hide: true, params: UploadParams },
    handler: head,
  });
  scope.route({
    method: 'OPTIONS',
    url: uploadsPath,
    schema: { hide: true },
    handler: async (request, reply) => reply.code((await tus.handle(request, reply)) as 204).send(),
  });

  scope.route({
    method: 'GET',
    url: `${uploadsPath}/:id`,
    exposeHeadRoute: false,
    schema: {
      operationId: 'getUpload',
      tags,
      summary: 'How far an upload in pieces has come',
      description: 'HEAD tells the same in the headers of tus: `Upload-Offset`, `Upload-Length`.',
      params: UploadParams,
      response: {
        200: answer(UploadResource, 'The upload.', unfinishedExample),
        ...problemResponses('not_found', 'unavailable'),
      },
    },
    handler: async ({ params }) => present(params.id),
  });

  scope.route({
    method: 'DELETE',
    url: `${uploadsPath}/:id`,
    schema: {
      operationId: 'deleteUpload',
      tags,
      summary: 'Give an unfinished upload up (tus)',
      params: UploadParams,
      headers: Type.Object({ 'tus-resumable': version }),
      response: {
        204: noContent('Removed.'),
        ...problemResponses('invalid_request', 'not_found', 'conflict', 'precondition_failed', 'unavailable'),
      },
    },
    handler: async (request, reply) => {
      await tus.handle(request, reply);
      return reply.code(204).send(null);
    },
  });
}

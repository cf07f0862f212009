/** /v1/models: what came out of training, its versions, files and cards. */
import type { Readable } from 'node:stream';
import { Type } from 'typebox';
import { UnrollError } from '../../../../domain/errors/unroll-error.ts';
import type { Model, ModelVersion } from '../../../../domain/models/model.ts';
import { decodingKeyOf, type DecodingFile } from '../../../../domain/models/version-files.ts';
import { parseModelReference } from '../../../../domain/models/parse-model-reference.ts';
import type { ModelReference } from '../../../../domain/ports/model-repository.ts';
import { answer, etagHeader, noContent, unchanged } from '../../../http/answers.ts';
import { sendDownload } from '../../../http/download.ts';
import { pageRequest, presentPage } from '../../../http/pagination.ts';
import { problemResponses } from '../../../http/problem.ts';
import type { HttpServer } from '../../../http/server.ts';
import type { ApiParts } from '../../parts.ts';
import { deleteFiles } from './delete-files.ts';
import { cardExample, modelExample, modelSummaryExample, modelVersionExample } from './examples.ts';
import { presentModel, presentModelSummary, presentModelVersion } from './present.ts';
import {
  ModelCardResource,
  ModelList,
  ModelListQuery,
  ModelParams,
  ModelResource,
  ModelVersionList,
  DownloadQuery,
  ModelVersionResource,
  VersionListQuery,
  VersionParams,
} from './schemas.ts';

const tags = ['models'];

export async function modelRoutes(server: HttpServer, parts: ApiParts): Promise<void> {
  const find = async (nameOrId: string): Promise<Model> => {
    const model = await parts.models.find(nameOrId);
    if (model === null) throw new UnrollError('not_found', `There is no model ${nameOrId}`);
    return model;
  };
  const findVersion = async (reference: ModelReference): Promise<ModelVersion> => {
    const version = await parts.models.findVersion(reference);
    if (version !== null) return version;
    const { nameOrId, version: number } = reference;
    const suffix = number === undefined ? '' : ` with a version ${number}`;
    throw new UnrollError('not_found', `There is no model ${nameOrId}${suffix}`);
  };

  server.route({
    method: 'GET',
    url: '/v1/models',
    schema: {
      operationId: 'listModels',
      tags,
      summary: 'List models',
      description: 'Newest first.',
      querystring: ModelListQuery,
      response: {
        200: answer(ModelList, 'A page of models.', {
          data: [modelSummaryExample],
          has_more: false,
          next: null,
        }),
        ...problemResponses('invalid_request', 'unavailable'),
      },
    },
    handler: async ({ query }) => {
      const { name } = query;
      const page = await parts.models.list({ ...pageRequest(query), ...(name !== undefined && { name }) });
      return presentPage(page, presentModelSummary, ({ id }) => id);
    },
  });

  server.route({
    method: 'GET',
    url: '/v1/models/:ref',
    config: { etag: true },
    schema: {
      operationId: 'getModel',
      tags,
      summary: 'Get a model',
      description: 'As its latest version, or the one after `@`.',
      params: ModelParams,
      response: {
        200: answer(ModelResource, 'The model.', modelExample, etagHeader),
        304: unchanged,
        ...problemResponses('not_found', 'unavailable'),
      },
    },
    handler: async ({ params }) => {
      const reference = parseModelReference(params.ref);
      return presentModel(await find(reference.nameOrId), await findVersion(reference));
    },
  });

  server.route({
    method: 'DELETE',
    url: '/v1/models/:ref',
    schema: {
      operationId: 'deleteModel',
      tags,
      summary: 'Delete a model with all of its versions',
      description:
        '409 while it has an alias, or a batch prediction needs it. Requests that it is answering are answered; streams of it end with their next step (410). What was trained from it stays, and its name is free for another.',
      params: ModelParams,
      response: {
        204: noContent('It is deleted.'),
        ...problemResponses('invalid_request', 'not_found', 'conflict', 'unavailable'),
      },
    },
    handler: async ({ params: { ref } }, reply) => {
      if (ref.includes('@'))
        throw new UnrollError(
          'invalid_request',
          `expected the name or the id of a model, got ${ref}; versions are deleted at /v1/models/{name}/versions/{version}`,
        );
      const { id } = await find(ref);
      const outcome = await parts.models.delete(id);
      if (outcome === 'not_found') throw new UnrollError('not_found', `There is no model ${ref}`);
      if ('aliasedBy' in outcome)
        throw new UnrollError(
          'conflict',
          `The model ${ref} has the alias ${outcome.aliasedBy}: delete its aliases first`,
        );
      if ('inUseBy' in outcome)
        throw new UnrollError(
          'conflict',
          `The model ${ref} is needed by batch prediction ${outcome.inUseBy}, which has not ended`,
        );
      parts.modelsChanged();
      await deleteFiles(parts, outcome.storageKeys);
      return reply.code(204).send(null);
    },
  });

  server.route({
    method: 'GET',
    url: '/v1/models/:ref/versions',
    schema: {
      operationId: 'listModelVersions',
      tags,
      summary: 'List the versions of a model',
      description: 'Newest first.',
      params: ModelParams,
      querystring: VersionListQuery,
      response: {
        200: answer(ModelVersionList, 'A page of versions.', {
          data: [modelVersionExample],
          has_more: false,
          next: null,
        }),
        ...problemResponses('invalid_request', 'not_found', 'unavailable'),
      },
    },
    handler: async ({ params, query: { limit, after } }) => {
      const { id } = await find(parseModelReference(params.ref).nameOrId);
      const page = await parts.models.listVersions(id, { limit, ...(after !== undefined && { after }) });
      return presentPage(page, presentModelVersion, ({ version }) => String(version));
    },
  });

  server.route({
    method: 'GET',
    url: '/v1/models/:ref/versions/:version',
    config: { etag: true },
    schema: {
      operationId: 'getModelVersion',
      tags,
      summary: 'Get a version of a model',
      params: VersionParams,
      response: {
        200: answer(ModelVersionResource, 'The version.', modelVersionExample, etagHeader),
        304: unchanged,
        ...problemResponses('not_found', 'unavailable'),
      },
    },
    handler: async ({ params: { ref, version } }) =>
      presentModelVersion(await findVersion({ nameOrId: parseModelReference(ref).nameOrId, version })),
  });

  server.route({
    method: 'GET',
    url: '/v1/models/:ref/onnx',
    schema: {
      operationId: 'downloadModel',
      tags,
      summary: 'Download the ONNX file',
      description:
        'Raw values in, raw values out, in any ONNX runtime: scaling is in the graph, the schema in the metadata. Models that write texts have two more files, with which any host can search. Supports Range, If-Range and If-None-Match.',
      params: ModelParams,
      querystring: DownloadQuery,
      response: {
        200: {
          description: 'The whole file.',
          content: {
            'application/octet-stream': { schema: Type.Unsafe<Readable>({ type: 'string' }) },
          },
        },
        206: {
          description: 'The range that was asked for.',
          content: {
            'application/octet-stream': { schema: Type.Unsafe<Readable>({ type: 'string' }) },
          },
        },
        304: noContent('If-None-Match names the file.'),
        ...problemResponses('not_found', 'range_not_satisfiable', 'unavailable'),
      },
    },
    handler: async (request, reply) => {
      const version = await findVersion(parseModelReference(request.params.ref));
      const { suffix, ...file } = fileOf(version, request.query.part);
      return sendDownload(request, reply, parts.storage, {
        ...file,
        filename: `${version.name}-v${version.version}${suffix}.onnx`,
        mediaType: 'application/octet-stream',
      });
    },
  });

  server.route({
    method: 'GET',
    url: '/v1/models/:ref/card',
    config: { etag: true },
    schema: {
      operationId: 'getModelCard',
      tags,
      summary: 'Get the card of a model',
      description:
        'What it was trained on, its specification, the held-out scores beside a baseline, timings, size and lineage.',
      params: ModelParams,
      response: {
        200: answer(ModelCardResource, 'The card.', cardExample, etagHeader),
        304: unchanged,
        ...problemResponses('not_found', 'unavailable'),
      },
    },
    handler: async ({ params }) => (await findVersion(parseModelReference(params.ref))).card,
  });
}

/** Throws `not_found` for a part that the model has not. */
function fileOf(
  version: ModelVersion,
  part: DecodingFile | 'whole',
): { key: string; bytes: number; sha256: string; suffix: string } {
  const { card, storageKey, bytes, sha256 } = version;
  if (part === 'whole') return { key: storageKey, bytes, sha256, suffix: '' };
  if (card.task !== 'transduction')
    throw new UnrollError(
      'not_found',
      `Model ${version.name} has one file alone: expected no part, got ${part}, which models have that write texts`,
    );
  return { key: decodingKeyOf(storageKey, part), ...card.decoding[part], suffix: `-${part}` };
}

/** /v1/models/:ref/aliases: names for versions, switched as a whole; and the deletion of versions that none names. */
import { UnrollError, type FieldError } from '../../../../domain/errors/unroll-error.ts';
import type { ModelAlias } from '../../../../domain/models/model-alias.ts';
import { answer, noContent } from '../../../http/answers.ts';
import { problemResponses } from '../../../http/problem.ts';
import type { HttpServer } from '../../../http/server.ts';
import { escapePointer } from '../../../http/pointer.ts';
import { preview } from '../../../http/preview.ts';
import type { ApiParts } from '../../parts.ts';
import { AliasList, AliasParams, AliasRequest, AliasResource } from './alias-schemas.ts';
import { deleteFiles } from './delete-files.ts';
import { ModelParams, VersionParams } from './schemas.ts';

const tags = ['models'];
const example: AliasResource = {
  alias: 'production',
  weights: { 3: 0.9, 4: 0.1 },
  shadow: null,
  created_at: '2026-01-31T12:01:08.000Z',
  updated_at: '2026-01-31T12:05:00.000Z',
};

const present = ({ alias, weights, shadow, createdAt, updatedAt }: ModelAlias): AliasResource => ({
  alias,
  weights: Object.fromEntries(weights.map(({ version, weight }) => [version, weight])),
  shadow,
  created_at: createdAt.toISOString(),
  updated_at: updatedAt.toISOString(),
});

/** Throws `validation_failed`. */
function readTargets({ version, weights, shadow }: AliasRequest): Pick<ModelAlias, 'weights' | 'shadow'> {
  const refuse = (pointer: string, message: string): never => {
    throw new UnrollError('validation_failed', `${pointer} ${message}`.trim(), {
      errors: [{ pointer, message }],
    });
  };
  const given = weights === undefined ? null : Object.entries(weights);
  if ((version === undefined) === (given === null))
    refuse('', `expected version or weights, got ${version === undefined ? 'neither' : 'both'}`);
  const shares = given ?? [[String(version), 1] as const];
  if (shares.length === 0 || shares.length > 10)
    refuse('/weights', `expected 1 to 10 versions, got ${shares.length}`);
  const other = shares.find(([key]) => !/^[1-9]\d{0,9}$/.test(key) || Number(key) > 2_147_483_647);
  if (other)
    refuse(
      `/weights/${escapePointer(other[0])}`,
      `expected the number of a version, got ${preview(other[0])}`,
    );
  const sum = shares.reduce((total, [, weight]) => total + weight, 0);
  if (!Number.isFinite(sum)) refuse('/weights', 'expected weights whose sum is finite, got greater ones');
  if (shadow !== undefined && shares.some(([key]) => Number(key) === shadow))
    refuse('/shadow', `expected a version that does not answer itself, got ${shadow}`);
  return {
    weights: shares.map(([key, weight]) => ({ version: Number(key), weight: weight / sum })),
    shadow: shadow ?? null,
  };
}

export async function aliasRoutes(server: HttpServer, parts: ApiParts): Promise<void> {
  const modelId = async (nameOrId: string): Promise<string> => {
    const model = await parts.models.find(nameOrId);
    if (model === null) throw new UnrollError('not_found', `There is no model ${nameOrId}`);
    return model.id;
  };
  const noAlias = ({ ref, alias }: { ref: string; alias: string }): UnrollError =>
    new UnrollError('not_found', `The model ${ref} has no alias ${alias}`);

  server.route({
    method: 'GET',
    url: '/v1/models/:ref/aliases',
    schema: {
      operationId: 'listModelAliases',
      tags,
      summary: 'List the aliases of a model',
      params: ModelParams,
      response: {
        200: answer(AliasList, 'All of them, by name.', { data: [example] }),
        ...problemResponses('not_found', 'unavailable'),
      },
    },
    handler: async ({ params: { ref } }) => ({
      data: (await parts.modelAliases.list(await modelId(ref))).map(present),
    }),
  });

  server.route({
    method: 'GET',
    url: '/v1/models/:ref/aliases/:alias',
    schema: {
      operationId: 'getModelAlias',
      tags,
      summary: 'Get an alias of a model',
      params: AliasParams,
      response: {
        200: answer(AliasResource, 'The alias.', example),
        ...problemResponses('not_found', 'unavailable'),
      },
    },
    handler: async ({ params }) => {
      const alias = await parts.modelAliases.find(await modelId(params.ref), params.alias);
      if (alias === null) throw noAlias(params);
      return present(alias);
    },
  });

  server.route({
    method: 'PUT',
    url: '/v1/models/:ref/aliases/:alias',
    schema: {
      operationId: 'putModelAlias',
      tags,
      summary: 'Name a version, or let several share the requests',
      description:
        'Made, or changed as a whole: a request is answered by the versions of before or of after. Where a model is named, `name@alias` does.',
      params: AliasParams,
      body: AliasRequest,
      response: {
        200: answer(AliasResource, 'It was changed.', example),
        201: answer(AliasResource, 'It was made.', example),
        ...problemResponses('invalid_request', 'not_found', 'validation_failed', 'unavailable'),
      },
    },
    handler: async ({ params, body }, reply) => {
      const targets = readTargets(body);
      const put = await parts.modelAliases.put({
        modelId: await modelId(params.ref),
        alias: params.alias,
        ...targets,
      });
      if ('missing' in put) {
        const pointerOf = (version: number): string =>
          version === targets.shadow
            ? '/shadow'
            : body.version === undefined
              ? `/weights/${version}`
              : '/version';
        const errors = put.missing.map((version): FieldError => ({
          pointer: pointerOf(version),
          message: `expected a version that the model ${params.ref} has, got ${version}`,
        }));
        throw new UnrollError('validation_failed', `${errors[0]!.pointer} ${errors[0]!.message}`, { errors });
      }
      parts.modelsChanged();
      return reply.code(put.isNew ? 201 : 200).send(present(put.alias));
    },
  });

  server.route({
    method: 'DELETE',
    url: '/v1/models/:ref/aliases/:alias',
    schema: {
      operationId: 'deleteModelAlias',
      tags,
      summary: 'Delete an alias of a model',
      description: 'The versions stay.',
      params: AliasParams,
      response: { 204: noContent('It is deleted.'), ...problemResponses('not_found', 'unavailable') },
    },
    handler: async ({ params }, reply) => {
      if (!(await parts.modelAliases.delete(await modelId(params.ref), params.alias))) throw noAlias(params);
      parts.modelsChanged();
      return reply.code(204).send(null);
    },
  });

  server.route({
    method: 'DELETE',
    url: '/v1/models/:ref/versions/:version',
    schema: {
      operationId: 'deleteModelVersion',
      tags,
      summary: 'Delete a version of a model',
      description:
        '409 while an alias names it or a batch prediction needs it, and for the latest one, which the name alone stands for.',
      params: VersionParams,
      response: {
        204: noContent('It is deleted.'),
        ...problemResponses('not_found', 'conflict', 'unavailable'),
      },
    },
    handler: async ({ params: { ref, version } }, reply) => {
      const id = await modelId(ref);
      const found = await parts.models.findVersion({ nameOrId: id, version });
      const outcome = found === null ? 'not_found' : await parts.models.deleteVersion(id, version);
      if (outcome === 'not_found' || found === null)
        throw new UnrollError('not_found', `There is no model ${ref} with a version ${version}`);
      if (outcome === 'aliased')
        throw new UnrollError(
          'conflict',
          `An alias names version ${version} of ${ref}: change or delete the alias first`,
        );
      if (outcome === 'latest')
        throw new UnrollError(
          'conflict',
          `Version ${version} is the latest of ${ref}, which its name alone stands for`,
        );
      if (typeof outcome === 'object')
        throw new UnrollError(
          'conflict',
          `Version ${version} of ${ref} is needed by batch prediction ${outcome.inUseBy}, which has not ended`,
        );
      parts.modelsChanged();
      await deleteFiles(parts, [found.storageKey]);
      return reply.code(204).send(null);
    },
  });
}

/** /v2: Open Inference Protocol v2, so that clients of KServe and Triton work unchanged. */
import { Type } from 'typebox';
import { UnrollError } from '../../../../domain/errors/unroll-error.ts';
import type { ModelRoute } from '../../../../domain/models/model-alias.ts';
import { readVersion } from '../../../../platform/version.ts';
import { answer } from '../../../http/answers.ts';
import type { HttpServer } from '../../../http/server.ts';
import { onTarget } from '../../answer-prediction.ts';
import type { InferenceParts } from '../../parts.ts';
import { registerInferenceBodies } from './bodies.ts';
import { registerInferenceErrors } from './errors.ts';
import {
  InferAnswer,
  InferenceError,
  InferRequest,
  Live,
  ModelMetadata,
  ModelParams,
  ModelReady,
  ModelVersionParams,
  Ready,
  ServerMetadata,
} from './schemas.ts';
import { blameTensors } from './blame-tensors.ts';
import { presentResults, presentSignature, readFeeds } from './tensors.ts';

const serviceVersion = readVersion();
const tags = ['open inference protocol'];
const problem = (meaning: string) => answer(InferenceError, meaning, { error: meaning });
const problems = {
  400: problem('The request is not as the protocol or the model wants it.'),
  404: problem('There is no such model or version.'),
  500: problem('Something went wrong inside Unroll.'),
  503: problem('More is asked than can be answered now.'),
};

export async function openInferenceRoutes(server: HttpServer, parts: InferenceParts): Promise<void> {
  registerInferenceBodies(server);
  registerInferenceErrors(server);
  // What the protocol does not know (the model repository extension, say) is told in its form, too.
  server.register(
    async (unknown: HttpServer) => {
      unknown.setNotFoundHandler((request, reply) => {
        throw unknown.missingRoute(request, reply);
      });
    },
    { prefix: '/v2' },
  );

  server.route({
    method: 'GET',
    url: '/v2',
    schema: {
      operationId: 'getServerMetadata',
      tags,
      summary: 'What this server is',
      response: {
        200: answer(ServerMetadata, 'Its name, version and extensions of the protocol.', {
          name: 'unroll',
          version: serviceVersion,
          extensions: ['binary_tensor_data'],
        }),
        500: problems[500],
      },
    },
    handler: async () => ({ name: 'unroll', version: serviceVersion, extensions: ['binary_tensor_data'] }),
  });
  server.route({
    method: 'GET',
    url: '/v2/health/live',
    logLevel: 'warn',
    schema: {
      operationId: 'getServerLive',
      tags,
      summary: 'Whether the server lives',
      response: { 200: answer(Live, 'It lives.', { live: true }), 500: problems[500] },
    },
    handler: async () => ({ live: true }),
  });
  server.route({
    method: 'GET',
    url: '/v2/health/ready',
    logLevel: 'warn',
    schema: {
      operationId: 'getServerReady',
      tags,
      summary: 'Whether models can be asked',
      description: '503 while the database does not answer.',
      response: { 200: answer(Ready, 'They can.', { ready: true }), 500: problems[500], 503: problems[503] },
    },
    handler: async () => {
      await parts.directory.check();
      return { ready: true };
    },
  });

  for (const versioned of [false, true]) {
    const base = versioned ? '/v2/models/:name/versions/:version' : '/v2/models/:name';
    const params = (versioned ? ModelVersionParams : ModelParams) as typeof ModelVersionParams;
    const suffix = versioned ? 'Version' : '';
    const which = versioned ? 'a version of a model' : 'a model';
    const find = async ({ name, version }: { name: string; version?: string }): Promise<ModelRoute> => {
      const reference = version === undefined ? name : `${name}@${version}`;
      return parts.directory.recall(reference) ?? parts.directory.find(reference);
    };

    server.route({
      method: 'GET',
      url: base,
      schema: {
        operationId: `getModel${suffix}Metadata`,
        tags,
        summary: `What ${which} takes and gives`,
        description: 'Read from its ONNX file.',
        params,
        response: {
          200: answer(ModelMetadata, 'The metadata.', {
            name: 'seattle-temperature',
            versions: ['1'],
            platform: 'onnxruntime_onnx',
            inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, -1, 1] }],
            outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 14, 1] }],
          }),
          404: problems[404],
          500: problems[500],
          503: problems[503],
        },
      },
      handler: async ({ params: { name, version } }) => {
        const { version: own } = (await find({ name, version })).targets[0]!;
        const signature = await parts.execution.signature(own);
        return {
          name: own.name,
          versions: (await parts.directory.versionNumbers(own.modelId)).map(String),
          platform: 'onnxruntime_onnx',
          inputs: presentSignature(signature.inputs),
          outputs: presentSignature(signature.outputs),
        };
      },
    });

    server.route({
      method: 'GET',
      url: `${base}/ready`,
      logLevel: 'warn',
      schema: {
        operationId: `getModel${suffix}Ready`,
        tags,
        summary: `Whether ${which} can be asked`,
        description: 'It is opened for that, if it is not open.',
        params,
        response: {
          200: answer(ModelReady, 'It can.', { name: 'seattle-temperature', ready: true }),
          404: problems[404],
          500: problems[500],
          503: problems[503],
        },
      },
      handler: async ({ params: { name, version } }) => {
        const { version: own } = (await find({ name, version })).targets[0]!;
        await parts.execution.signature(own);
        return { name: own.name, ready: true };
      },
    });

    server.route({
      method: 'POST',
      url: `${base}/infer`,
      logLevel: 'warn',
      schema: {
        operationId: `infer${suffix}`,
        tags,
        summary: `Run ${which} on tensors`,
        description:
          'What its ONNX file takes: raw values for forecasts, ids of tokens for texts. Tensors stand in the JSON, or follow it as bytes (binary tensor data extension). `parameters.timeout`: microseconds after which the answer is of no use.',
        params,
        body: InferRequest,
        response: {
          200: {
            description: 'The outputs.',
            content: {
              'application/json': {
                schema: InferAnswer,
                example: {
                  model_name: 'seattle-temperature',
                  model_version: '1',
                  outputs: [{ name: 'y', shape: [1, 1, 1], datatype: 'FP32', data: [6.13] }],
                },
              },
              'application/octet-stream': { schema: Type.Unsafe<Buffer>({ type: 'string' }) },
            },
          },
          ...problems,
          504: problem('The answer was not ready in time.'),
        },
      },
      handler: async (request, reply) => {
        const { body, raw, params: named } = request;
        const timeout = body.parameters?.timeout;
        if (timeout !== undefined && (typeof timeout !== 'number' || !(timeout >= 1)))
          throw new UnrollError(
            'invalid_request',
            `expected a parameters.timeout of microseconds, got ${String(timeout)}`,
          );
        const options = {
          isWanted: () => !raw.socket.destroyed,
          ...(timeout !== undefined && { timeoutMs: timeout / 1000 }),
        };
        const { own, results } = await onTarget(parts, await find(named), async (version) => {
          const { card } = version;
          const categories = card.task === 'forecast' ? (card.features?.categories?.length ?? 0) : 0;
          const signature = await parts.execution.signature(version, options);
          const feeds = readFeeds(body.inputs, signature, categories);
          return {
            own: version,
            results: await parts.execution.run(version, feeds, options).catch(blameTensors),
          };
        });
        const { outputs, binary } = presentResults(results, body);
        const told: InferAnswer = {
          model_name: own.name,
          model_version: String(own.version),
          ...(body.id !== undefined && { id: body.id }),
          outputs,
        };
        if (binary.length === 0) return told;
        const json = Buffer.from(JSON.stringify(told));
        return reply
          .header('inference-header-content-length', String(json.length))
          .type('application/octet-stream')
          .send(Buffer.concat([json, ...binary]));
      },
    });
  }
}

/** POST /v1/models/:ref/predictions. */
import { UnrollError } from '../../../../domain/errors/unroll-error.ts';
import { parseModelReference } from '../../../../domain/models/parse-model-reference.ts';
import type { HttpServer } from '../../../http/server.ts';
import type { InferenceParts } from '../../parts.ts';
import { predictionsSchema, predictionsUrl } from './description.ts';
import { predict } from './predict.ts';

export async function predictionRoutes(server: HttpServer, parts: InferenceParts): Promise<void> {
  server.route({
    method: 'POST',
    url: predictionsUrl,
    schema: predictionsSchema,
    handler: async (request) => {
      const { params, body, query, raw } = request;
      const version = await parts.models.findVersion(parseModelReference(params.ref));
      if (version === null) throw new UnrollError('not_found', `There is no model ${params.ref}`);
      const options = {
        isWanted: () => !raw.socket.destroyed,
        ...(query.timeout_ms !== undefined && { timeoutMs: query.timeout_ms }),
      };
      return {
        model: { id: version.modelId, name: version.name, version: version.version },
        predictions: await predict(body.inputs, version.card, (feeds) =>
          parts.execution.run(version, feeds, options),
        ),
      };
    },
  });
}

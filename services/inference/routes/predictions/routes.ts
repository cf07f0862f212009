/** POST /v1/models/:ref/predictions. */
import type { HttpServer } from '../../../http/server.ts';
import { onTarget, refuseBeforeReading } from '../../answer-prediction.ts';
import type { InferenceParts } from '../../parts.ts';
import { predictionsSchema, predictionsUrl } from './description.ts';
import { predict } from './predict.ts';

export async function predictionRoutes(server: HttpServer, parts: InferenceParts): Promise<void> {
  server.route({
    method: 'POST',
    url: predictionsUrl,
    // Two lines a request cost more than many a run; what is counted of requests is in the metrics.
    logLevel: 'warn',
    schema: predictionsSchema,
    onRequest: async ({ params }) => refuseBeforeReading(parts, (params as { ref: string }).ref),
    handler: async (request) => {
      const { params, body, query, raw } = request;
      const route = parts.directory.recall(params.ref) ?? (await parts.directory.find(params.ref));
      const options = {
        isWanted: () => !raw.socket.destroyed,
        ...(query.timeout_ms !== undefined && { timeoutMs: query.timeout_ms }),
      };
      return onTarget(parts, route, async (version) => ({
        model: { id: version.modelId, name: version.name, version: version.version },
        predictions: await predict(body.inputs, version.card, (feeds) =>
          parts.execution.run(version, feeds, options),
        ),
      }));
    },
  });
}

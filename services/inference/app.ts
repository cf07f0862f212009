/** The data plane: answers with predictions. */
import type { HttpServer } from '../http/server.ts';
import type { InferenceParts } from './parts.ts';
import { openInferenceRoutes } from './routes/open-inference/routes.ts';
import { predictionRoutes } from './routes/predictions/routes.ts';
import { streamSocketRoute } from './routes/streams/socket.ts';
import { traceRoutes } from './routes/traces/routes.ts';
import { streamRoutes } from './routes/streams/routes.ts';

export function registerInference(server: HttpServer, parts: InferenceParts): void {
  server.register((scope: HttpServer) => predictionRoutes(scope, parts));
  server.register((scope: HttpServer) => openInferenceRoutes(scope, parts));
  server.register((scope: HttpServer) => streamRoutes(scope, parts));
  server.register((scope: HttpServer) => streamSocketRoute(scope, parts));
  server.register((scope: HttpServer) => traceRoutes(scope, parts));
}

/** The control plane: datasets, training jobs, models and webhooks. Resources are registered by hand, so that each one's parts are typed. */
import type { HttpServer } from '../http/server.ts';
import type { ApiParts } from './parts.ts';
import { batchPredictionRoutes } from './routes/batch-predictions/routes.ts';
import { datasetRoutes } from './routes/datasets/routes.ts';
import { aliasRoutes } from './routes/models/alias-routes.ts';
import { modelRoutes } from './routes/models/routes.ts';
import { checkpointRoutes } from './routes/training-jobs/checkpoints.ts';
import { trainingJobRoutes } from './routes/training-jobs/routes.ts';
import { uploadRoutes } from './routes/uploads/routes.ts';
import { webhookEndpointRoutes } from './routes/webhook-endpoints/routes.ts';

export function registerApi(server: HttpServer, parts: ApiParts): void {
  server.register((scope: HttpServer) => datasetRoutes(scope, parts));
  server.register((scope: HttpServer) => uploadRoutes(scope, parts));
  server.register((scope: HttpServer) => trainingJobRoutes(scope, parts));
  server.register((scope: HttpServer) => checkpointRoutes(scope, parts));
  server.register((scope: HttpServer) => modelRoutes(scope, parts));
  server.register((scope: HttpServer) => aliasRoutes(scope, parts));
  server.register((scope: HttpServer) => batchPredictionRoutes(scope, parts));
  server.register((scope: HttpServer) => webhookEndpointRoutes(scope, parts));
}

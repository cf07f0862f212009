/** POST /v1/models/:ref/trace: a look inside a prediction. */
import { chooseTarget } from '../../../../domain/models/model-alias.ts';
import { answer } from '../../../http/answers.ts';
import { problemResponses } from '../../../http/problem.ts';
import type { HttpServer } from '../../../http/server.ts';
import { refuseBeforeReading } from '../../answer-prediction.ts';
import type { InferenceParts } from '../../parts.ts';
import { trace } from '../../traces/trace.ts';
import { PredictionParams } from '../predictions/schemas.ts';
import { runProblems } from '../run-problems.ts';
import { TraceAnswer, TraceQuery, TraceRequest } from './schemas.ts';

export async function traceRoutes(server: HttpServer, parts: InferenceParts): Promise<void> {
  server.route({
    method: 'POST',
    url: '/v1/models/:ref/trace',
    config: { columnNames: true },
    schema: {
      operationId: 'tracePrediction',
      tags: ['predictions'],
      summary: 'Look inside a prediction: states, gates and attention',
      description:
        'What a network remembers while it reads: for each layer, direction and step the hidden state, of an `lstm` the cell state with its input, forget and output gates and the candidate, of a `gru` its reset and update gates and the candidate; of networks with attention what each step that was written looked at. It is told by the equations of the cells, in the run that makes the prediction. At most 200,000 numbers: ask for fewer `layers`, or send a shorter input. Behind an alias for several versions one of them is chosen, as for predictions.',
      params: PredictionParams,
      querystring: TraceQuery,
      body: TraceRequest,
      response: {
        200: answer(TraceAnswer, 'The prediction, and what led to it.', {
          model: { id: 'mdl_0197a4f4e3f27e5cbd3f708192a3b4c5', name: 'spam', version: 1 },
          prediction: {
            label: 'spam',
            probability: 0.98,
            probabilities: [
              { label: 'spam', probability: 0.98 },
              { label: 'ham', probability: 0.02 },
            ],
          },
          layers: [
            {
              part: 'network',
              layer: 0,
              direction: 'forward',
              steps: 2,
              units: 1,
              hidden_state: [[0.12], [0.64]],
              cell_state: [[0.2], [0.91]],
              input_gate: [[0.41], [0.88]],
              forget_gate: [[0.97], [0.99]],
              output_gate: [[0.6], [0.89]],
              candidate: [[0.49], [0.81]],
            },
          ],
          attention: null,
        }),
        ...problemResponses(...runProblems),
      },
    },
    onRequest: async ({ params }) => refuseBeforeReading(parts, params.ref),
    handler: async ({ params, body, query, raw }) => {
      const route = parts.directory.recall(params.ref) ?? (await parts.directory.find(params.ref));
      const version = chooseTarget(route, Math.random());
      const options = {
        layers: query.layers === undefined ? null : query.layers.split(',').map(Number),
        isWanted: () => !raw.socket.destroyed,
        ...(query.timeout_ms !== undefined && { timeoutMs: query.timeout_ms }),
      };
      return parts.execution.holding(version, () => trace(body, version, options, parts.execution));
    },
  });
}

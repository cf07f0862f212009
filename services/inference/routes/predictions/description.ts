/** How the predictions route is described: the same whether this process answers or forwards to one that does. */
import type { Readable } from 'node:stream';
import { Type, type Static } from 'typebox';
import { answer } from '../../../http/answers.ts';
import { problemResponses } from '../../../http/problem.ts';
import { runProblems } from '../run-problems.ts';
import { PredictionForm } from './form-schema.ts';
import { PredictionAnswer, PredictionParams, PredictionQuery, PredictionRequest } from './schemas.ts';

export const predictionsUrl = '/v1/models/:ref/predictions';

const answerOrStream = (example: Static<typeof PredictionAnswer>) => {
  const { description, content } = answer(PredictionAnswer, 'The predictions.', example);
  return {
    description,
    content: {
      ...content,
      'text/event-stream': {
        schema: Type.Unsafe<Readable>({ type: 'string' }),
        example: 'event: token\ndata: {"index":0,"text":"a","log_probability":-0.31}\n\n',
      },
    },
  };
};

export const predictionsSchema = {
  operationId: 'predict',
  tags: ['predictions'],
  summary: 'Forecast rows of a series, tell the label of a text, or write on from one',
  description:
    'Raw values as in the dataset go in, raw values come out: one row for each step of the horizon. Send one input or a batch; of a batch, an input that is at fault is answered with an `error` in its place (what, where, what was expected) and spoils no other, and only where all are is the answer a 422. Files may come as they are, in a form (`multipart/form-data`): each part is the value of the column that it is named after (`curl -F recording=@a.wav -F size=3`), of the only input, or of the place in the request that it names as a JSON Pointer (`/inputs/1/row/recording`); a part `request` holds the JSON that they are put into; fields are JSON where they parse as such, and text otherwise. A language model writes on from a text; with `Accept: text/event-stream` and one input each token is an event `token` when it is drawn, and the last event, `prediction`, is the whole answer (or `error`, a problem). `temperature`, `beam` and the other options may stand in the query instead of the body. Whoever closes the connection stops the work.',
  params: PredictionParams,
  querystring: PredictionQuery,
  body: {
    content: {
      'application/json': { schema: PredictionRequest },
      'multipart/form-data': { schema: PredictionForm },
    },
  },
  response: {
    200: answerOrStream({
      model: { id: 'mdl_0197a4f4e3f27e5cbd3f708192a3b4c5', name: 'seattle-temperature', version: 1 },
      predictions: [
        {
          series: null,
          forecast: [
            { date: '2016-01-01', temp_max: 6.13 },
            { date: '2016-01-02', temp_max: 6.48 },
          ],
          distribution: [
            {
              temp_max: {
                quantiles: { '0.1': 3.21, '0.5': 6.13, '0.9': 9.4 },
                intervals: [{ level: 0.8, lower: 3.21, upper: 9.4 }],
              },
            },
            {
              temp_max: {
                quantiles: { '0.1': 2.95, '0.5': 6.48, '0.9': 10.2 },
                intervals: [{ level: 0.8, lower: 2.95, upper: 10.2 }],
              },
            },
          ],
        },
      ],
    }),
    ...problemResponses(...runProblems),
  },
};

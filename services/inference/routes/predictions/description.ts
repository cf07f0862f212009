/** How the predictions route is described: the same whether this process answers or forwards to one that does. */
import { answer } from '../../../http/answers.ts';
import { problemResponses } from '../../../http/problem.ts';
import { PredictionAnswer, PredictionParams, PredictionQuery, PredictionRequest } from './schemas.ts';

export const predictionsUrl = '/v1/models/:ref/predictions';

export const predictionsSchema = {
  operationId: 'predict',
  tags: ['predictions'],
  summary: 'Forecast what follows on rows of a series',
  description:
    'Raw values as in the dataset go in, raw values come out: one row for each step of the horizon. Send one input or a batch.',
  params: PredictionParams,
  querystring: PredictionQuery,
  body: PredictionRequest,
  response: {
    200: answer(PredictionAnswer, 'The forecasts.', {
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
    ...problemResponses(
      'invalid_request',
      'not_found',
      'payload_too_large',
      'unsupported_media_type',
      'validation_failed',
      'unavailable',
      'overloaded',
      'deadline_exceeded',
    ),
  },
};

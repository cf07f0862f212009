/** What the OpenAPI document shows of streams. */
import type { StepsAnswer, StreamResource } from './schemas.ts';

const id = 'str_0197a5037d2e7b61a3c8e4f5061728a9';

export const streamExample: StreamResource = {
  id,
  model: { id: 'mdl_0197a4f4e3f27e5cbd3f708192a3b4c5', name: 'seattle-temperature', version: 1 },
  position: 0,
  created_at: '2026-01-31T12:00:00.000Z',
  expires_at: '2026-01-31T13:00:00.000Z',
};

export const stepsExample: StepsAnswer = {
  stream: id,
  position: 15,
  expires_at: '2026-01-31T13:00:05.000Z',
  outputs: [
    {
      series: null,
      forecast: [
        { date: '2016-01-02', temp_max: 6.13 },
        { date: '2016-01-03', temp_max: 6.48 },
      ],
    },
  ],
};

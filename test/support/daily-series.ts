/** A daily series from 2020-01-01 on, a small job on it, and rows to ask its model. */
import type { ForecastCard } from '../../domain/models/forecast-card.ts';

export const daily: ForecastCard['frequency'] = { values: 'date', unit: 'day', step: 1, month_end: false };

export const dateOf = (day: number): string =>
  new Date(Date.UTC(2020, 0, 1 + day)).toISOString().slice(0, 10);

/** Rows to ask a model; their numbers are none of `dailyCsv`. */
export const dailyRows = (count: number) =>
  Array.from({ length: count }, (_, day) => ({
    date: dateOf(day),
    temp_max: 10 + (day % 7),
    wind: 3 + (day % 5) / 10,
    weather: 'dry',
  }));

/** A daily series with a weekly season. */
export function dailyCsv(days: number): string {
  const rows = Array.from({ length: days }, (_, day) => {
    const value = 10 + 3 * Math.sin((2 * Math.PI * day) / 7);
    return `${dateOf(day)},${value.toFixed(3)},${(value / 2).toFixed(3)},dry`;
  });
  return `date,temp_max,wind,weather\n${rows.join('\n')}\n`;
}

/** A small job on `dailyCsv`. */
export const smallJob = (datasetId: string) => ({
  dataset_id: datasetId,
  name: 'small',
  architecture: 'sequence_to_vector',
  data: {
    inputs: [{ column: 'temp_max' }, { column: 'wind' }],
    targets: [{ column: 'temp_max' }],
    order_by: 'date',
    window: { length: 14, horizon: 3 },
  },
  model: { cell: 'lstm', hidden_size: 4 },
  training: { epochs: 3, seed: 7 },
});

/** What of it a worker is given. */
export function smallSpecification() {
  const { architecture, data, model, training } = smallJob('');
  return { architecture, data, model, training };
}

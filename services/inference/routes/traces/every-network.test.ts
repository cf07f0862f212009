/** Traces of every kind of network over real HTTP: their quantities make each other by the cells' equations, step by step, and lead to what the route for predictions says. */
import request from 'supertest';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { daily, dailyCsv, dailyRows, smallSpecification } from '../../../../test/support/daily-series.ts';
import { startHttpService, type HttpService } from '../../../../test/support/http-service.ts';
import { trainedCurveModel } from '../../../../test/support/trained-curve-model.ts';
import { trainedModel } from '../../../../test/support/trained-model.ts';
import { trainedRowModel } from '../../../../test/support/trained-row-model.ts';
import type { TraceAnswer, TracedLayer } from './schemas.ts';

let service: HttpService;
let datasetId: string;
const vector = smallSpecification();
const T = vector.data.window.length;
const H = 4;
const cells: Record<string, object> = {
  rnn: { cell: 'rnn' },
  lstm: { cell: 'lstm' },
  peepholes: { cell: 'lstm', peepholes: true },
  gru: { cell: 'gru' },
};
const variants: Record<string, object> = {
  plain: {},
  normalised: { layer_norm: true },
  stacked: { layers: 2, residual: true, learn_initial_state: true },
  'both ways': { layers: 2, bidirectional: true },
};
const architectures: Record<string, (model: object) => object> = {
  vector: (model) => ({ ...vector, model }),
  pooled: (model) => ({ ...vector, model: { ...model, pooling: 'max' } }),
  steps: (model) => ({ ...vector, architecture: 'sequence_to_sequence', model }),
  writer: (model) => ({
    ...vector,
    architecture: 'encoder_decoder',
    model: { ...model, attention: { score: 'additive' } },
  }),
};

beforeAll(async () => {
  service = await startHttpService();
  ({ id: datasetId } = await service.dataset(dailyCsv(100)));
});
afterAll(() => service.close());

const ask = async <Answer>(path: string, rows: object[]): Promise<Answer> =>
  (
    await request(service.url)
      .post(`/v1/models/${path}`)
      .send({ inputs: [{ rows }] })
      .expect(200)
  ).body as Answer;

/** Numbers of a prediction, by where they stand. */
const numbersOf = (value: unknown): number[] => {
  if (typeof value === 'number') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersOf) : [];
};

function expectEquations(layer: TracedLayer, isNormalised: boolean): void {
  const order = Array.from({ length: layer.steps }, (_, t) => t);
  if (layer.direction === 'backward') order.reverse();
  order.slice(1).forEach((t, index) => {
    const before = order[index]!;
    for (let unit = 0; unit < layer.units; unit++) {
      const of = (matrix: number[][] | undefined, step = t) => matrix![step]![unit]!;
      if (layer.forget_gate) {
        const c =
          of(layer.forget_gate) * of(layer.cell_state, before) + of(layer.input_gate) * of(layer.candidate);
        expect(of(layer.cell_state)).toBeCloseTo(c, 4);
        // a normalised cell shows its state normalised
        if (!isNormalised)
          expect(of(layer.hidden_state)).toBeCloseTo(
            of(layer.output_gate) * Math.tanh(of(layer.cell_state)),
            4,
          );
      }
      if (layer.update_gate) {
        const z = of(layer.update_gate);
        const h = (1 - z) * of(layer.candidate) + z * of(layer.hidden_state, before);
        expect(of(layer.hidden_state)).toBeCloseTo(h, 4);
      }
      for (const gate of [
        layer.input_gate,
        layer.forget_gate,
        layer.output_gate,
        layer.reset_gate,
        layer.update_gate,
      ])
        if (gate) expect(of(gate) > 0 && of(gate) < 1).toBe(true);
    }
  });
}

const kinds = Object.keys(cells).flatMap((cell) =>
  Object.keys(variants).map((variant) => [cell, variant] as const),
);

it.each(kinds)('%s, %s', { timeout: 60_000 }, async (cell, variant) => {
  const model = { ...cells[cell], ...variants[variant], hidden_size: H } as Record<string, unknown>;
  const isNormalised = model.layer_norm === true;
  const directions = model.bidirectional === true ? 2 : 1;
  const layers = (model.layers as number | undefined) ?? 1;
  for (const [architecture, of] of Object.entries(architectures)) {
    const name = `${cell}-${variant}-${architecture}`.replaceAll(' ', '-');
    await trainedModel(service, { datasetId, name, specification: of(model), frequency: daily });
    const told = await ask<TraceAnswer>(`${name}/trace`, dailyRows(T));
    const { predictions } = await ask<{ predictions: unknown[] }>(`${name}/predictions`, dailyRows(T));
    const [found, expected] = [numbersOf(told.prediction), numbersOf(predictions[0])];
    expect(found).toHaveLength(expected.length);
    found.forEach((value, index) => expect(value).toBeCloseTo(expected[index]!, 4));
    const read = told.layers.filter(({ part }) => part !== 'decoder');
    expect(read).toHaveLength(layers * directions);
    expect(read.map(({ steps, units }) => [steps, units])).toEqual(new Array(read.length).fill([T, H]));
    for (const layer of told.layers) expectEquations(layer, isNormalised);
    expect(told.attention?.map((row) => row.length)).toEqual(
      architecture === 'writer' ? new Array(3).fill(T) : undefined,
    );
    for (const row of told.attention ?? [])
      expect(row.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 4);
  }
});

it.each(kinds.filter(([, variant]) => variant !== 'both ways'))(
  'what is told of a step depends on no later one: %s, %s',
  { timeout: 60_000 },
  async (cell, variant) => {
    const name = `tags-${cell}-${variant}`;
    await trainedRowModel(service, {
      datasetId,
      name,
      task: 'tagging',
      specification: {
        architecture: 'sequence_to_sequence',
        data: {
          inputs: [{ column: 'temp_max' }],
          targets: [{ column: 'state' }],
          group_by: 'station',
          order_by: 'date',
        },
        model: { ...cells[cell], ...variants[variant], hidden_size: H },
        output: { type: 'classification' },
      },
      features: {
        inputs: [{ column: 'temp_max', mean: 10, std: 2 }],
        labels: ['up', 'down'],
        order: { column: 'date', values: 'date' },
      },
    });
    const [whole, part] = [9, 5].map((count) => ask<TraceAnswer>(`${name}/trace`, dailyRows(count)));
    const [all, first] = [await whole!, await part!];
    const { predictions } = await ask<{ predictions: { steps: unknown[] }[] }>(
      `${name}/predictions`,
      dailyRows(9),
    );
    numbersOf(all.prediction).forEach((value, index) =>
      expect(value).toBeCloseTo(numbersOf(predictions[0])[index]!, 4),
    );
    all.layers.forEach((layer, index) =>
      first.layers[index]!.hidden_state.forEach((row, t) =>
        row.forEach((value, unit) => expect(value).toBeCloseTo(layer.hidden_state[t]![unit]!, 4)),
      ),
    );
  },
);

it.each(kinds.filter(([, variant]) => variant !== 'both ways'))(
  'a sequence from a vector: %s, %s',
  { timeout: 60_000 },
  async (cell, variant) => {
    const steps = 6;
    const layers = variant === 'stacked' ? 2 : 1;
    // their first state comes from the vector
    const stacked = { layers, residual: true };
    for (const feedsVector of [false, true]) {
      const name = `curves-${cell}-${variant}-${feedsVector}`;
      await trainedCurveModel(service, {
        ...{ datasetId, name, length: steps },
        model: {
          ...cells[cell],
          ...(variant === 'stacked' ? stacked : variants[variant]),
          hidden_size: H,
          feed_vector: feedsVector,
        },
      });
      const asked = async <Answer>(path: string, row: object): Promise<Answer> =>
        (
          await request(service.url)
            .post(`/v1/models/${name}/${path}`)
            .send({ inputs: [{ row }] })
            .expect(200)
        ).body as Answer;
      const [row, other] = [
        { a: 1.5, b: -0.5 },
        { a: -2, b: 3 },
      ];
      const told = await asked<TraceAnswer>('trace', row);
      const { predictions } = await asked<{ predictions: unknown[] }>('predictions', row);
      const [found, expected] = [numbersOf(told.prediction), numbersOf(predictions[0])];
      expect(expected).toHaveLength(2 * steps);
      expect(found).toHaveLength(expected.length);
      found.forEach((value, index) => expect(value).toBeCloseTo(expected[index]!, 4));
      expect(told.attention).toBeNull();
      expect(
        told.layers.map(({ part, layer, direction, steps: written, units }) => [
          ...[part, layer, direction],
          ...[written, units],
        ]),
      ).toEqual(Array.from({ length: layers }, (_, layer) => ['decoder', layer, 'forward', steps, H]));
      for (const layer of told.layers) expectEquations(layer, variant === 'normalised');
      // another vector leads to other states from the first step on
      const elsewhere = await asked<TraceAnswer>('trace', other);
      told.layers.forEach(({ hidden_state: states }, index) =>
        expect(elsewhere.layers[index]!.hidden_state[0]).not.toEqual(states[0]),
      );
    }
  },
);

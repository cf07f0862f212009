/** Curves from a row's numbers and categories, from outside: what is predicted of held-out rows over HTTP is what the card's scores were made of. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CurveCard } from '../../domain/models/curve-card.ts';
import type { CurvePrediction } from '../../services/inference/routes/predictions/schemas.ts';
import { launchClient, type LaunchedClient } from '../support/launched-client.ts';

/** What these tests look at of any answer. */
interface Answer {
  readonly id: string;
  readonly status: string;
  readonly error: unknown;
  readonly task: string;
  readonly shapes: object;
  readonly predictions: readonly CurvePrediction[];
  readonly errors: readonly { readonly pointer: string; readonly message: string }[];
}

let client: LaunchedClient<Answer>;
beforeAll(async () => {
  client = await launchClient<Answer>({ jobs: { timeout: 240_000, interval: 200 } });
}, 120_000);
afterAll(() => client.close(), 60_000);

const steps = Array.from({ length: 12 }, (_, step) => step);
/** Charging and discharging of something that has a size and a rate, and a kind that turns it over. */
const rows = Array.from({ length: 240 }, (_, index) => {
  const size = 20 + ((index * 37) % 60);
  const rate = 0.15 + ((index * 13) % 20) / 40;
  const kind = ['up', 'down'][index % 2]!;
  const level = (step: number) => (kind === 'up' ? 1 - Math.exp(-rate * step) : Math.exp(-rate * step));
  return {
    size,
    rate,
    kind,
    level: steps.map((step) => size * level(step)),
    slope: steps.map((step) => (kind === 'up' ? 1 : -1) * rate * Math.exp(-rate * step)),
    uneven: steps.slice(index % 2),
    part: ['training', 'training', 'training', 'validation', 'test'][index % 5]!,
  };
});

it('learns curves of several columns, and scores what it predicts', { timeout: 300_000 }, async () => {
  const lines = rows.map((row) => JSON.stringify(row)).join('\n');
  const dataset = await client.uploaded('levels', lines, 'application/x-ndjson');
  const data = {
    inputs: [{ column: 'size' }, { column: 'rate' }, { column: 'kind', encoding: 'one_hot' }],
    targets: [{ column: 'level' }, { column: 'slope' }],
    split: { column: 'part' },
  };
  const body = {
    dataset_id: dataset,
    name: 'levels',
    architecture: 'vector_to_sequence',
    data,
    model: { cell: 'gru', hidden_size: 24, feed_vector: true },
    training: { epochs: 60, seed: 3, batch_size: 16, optimizer: { type: 'adam', learning_rate: 0.01 } },
  };
  const dry = await client.send('POST', '/v1/training-jobs?dry_run=true', body);
  expect(dry.json).toMatchObject({ task: 'curve', shapes: { input: [16, 5], output: [16, 12, 2] } });

  const refusal = async (changed: object) => {
    const { status, json } = await client.send('POST', '/v1/training-jobs', { ...body, ...changed });
    expect(status).toBe(422);
    return json.errors.map(({ pointer, message }) => `${pointer} ${message}`).join('; ');
  };
  expect(await refusal({ data: { ...data, targets: [{ column: 'rate' }] } })).toMatch(
    /targets\/0\/column expected another column than the inputs.*targets\/0\/column expected a column of vectors.*got "rate", which is of type number/,
  );
  expect(await refusal({ data: { ...data, targets: [{ column: 'level' }, { column: 'uneven' }] } })).toMatch(
    /\/data\/targets\/1\/column expected vectors of one length, got 11 to 12 numbers in "uneven"/,
  );
  expect(await refusal({ output: { loss: 'quantile' } })).toMatch(
    /\/output\/loss .*for curves, got quantile/,
  );
  expect(await refusal({ data: { ...data, window: { length: 3 } } })).toMatch(/\/data\/window .*for curves/);
  expect(await refusal({ training: { loss_steps: 'last' } })).toMatch(/\/training\/loss_steps .*got "last"/);

  const card = (await client.trained(body)) as CurveCard;
  const { model, baselines, by_target: byTarget } = card.held_out;
  expect(model.mae).toBeLessThan(baselines.mean_curve.mae / 3);
  expect(model.r2).toBeGreaterThan(0.9);
  const heldOut = rows.filter(({ part }) => part === 'test');
  const predicted = await client.send('POST', '/v1/models/levels/predictions', {
    inputs: heldOut.map(({ size, rate, kind }) => ({ row: { size, rate, kind } })),
  });
  expect(predicted.status, JSON.stringify(predicted.json)).toBe(200);
  for (const column of ['level', 'slope'] as const) {
    let [absolute, count] = [0, 0];
    heldOut.forEach((row, index) => {
      const curve = predicted.json.predictions[index]!.curves[column]!;
      expect(curve).toHaveLength(12);
      curve.forEach((value, step) => {
        absolute += Math.abs(value - row[column][step]!);
        count++;
      });
    });
    expect(absolute / count).toBeCloseTo(byTarget[column]!.model.mae, 4);
  }
  // the mean curve, too, is reckoned from what was uploaded
  const mean = steps.map((step) => {
    const own = rows.filter(({ part }) => part === 'training').map(({ level }) => level[step]!);
    return own.reduce((sum, value) => sum + value, 0) / own.length;
  });
  const away = heldOut.flatMap(({ level }) => level.map((value, step) => Math.abs(value - mean[step]!)));
  expect(byTarget.level!.mean_curve.mae).toBeCloseTo(
    away.reduce((sum, value) => sum + value, 0) / away.length,
    6,
  );
  const refused = await client.send('POST', '/v1/models/levels/predictions', {
    inputs: [{ row: { size: 1, rate: 'fast', kind: 'up' } }],
  });
  expect(refused.json.errors.map(({ pointer }) => pointer)).toEqual(['/inputs/0/row/rate']);
  const searched = await client.send('POST', '/v1/models/levels/predictions', {
    inputs: [{ row: { size: 1, rate: 1, kind: 'up' } }],
    beam: 2,
  });
  expect([searched.status, searched.json.errors]).toEqual([
    422,
    [{ pointer: '/beam', message: 'expected no beam for a model of task curve, got 2' }],
  ]);
});

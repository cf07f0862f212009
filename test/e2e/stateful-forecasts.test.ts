/** Forecasts of series in which what counts stands further back than any window: states that go on from window to window learn it, over HTTP. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ForecastCard } from '../../domain/models/forecast-card.ts';
import { randomStream } from '../../engine/random/random-stream.ts';
import type { ForecastPrediction } from '../../services/inference/routes/predictions/schemas.ts';
import { launchClient, type LaunchedClient } from '../support/launched-client.ts';

interface Answer {
  readonly id: string;
  readonly status: string;
  readonly task: string;
  readonly windows: { readonly training: number };
  readonly specification: { readonly data: { readonly window: object } };
  readonly memory_bytes: number;
  readonly warnings: readonly string[];
  readonly outputs: readonly (ForecastPrediction | null)[];
  readonly predictions: readonly ForecastPrediction[];
  readonly errors: readonly { readonly pointer: string; readonly message: string }[];
}

interface Row {
  readonly machine: string;
  readonly minute: number;
  readonly switched: number;
  readonly load: number;
}

const minutes = 600;
const length = 8;

/** A machine runs at one of two loads. Only a switch tells at which, in one row of some thirty: no window of 8 rows knows without what came before. */
function machineRows(machine: string): Row[] {
  const random = randomStream(4, machine);
  let [load, next] = [1, 0];
  return Array.from({ length: minutes }, (_, minute): Row => {
    const isSwitched = minute === next;
    if (isSwitched) {
      load = random.next() < 0.5 ? -1 : 1;
      next += 20 + random.integer(20);
    }
    return { machine, minute, switched: isSwitched ? load : 0, load };
  });
}
/** Without what is forecast. */
const asSent = ({ machine, minute, switched }: Row) => ({ machine, minute, switched });
const machines = ['m1', 'm2', 'm3', 'm4'];

let client: LaunchedClient<Answer>;
let datasetId: string;

beforeAll(async () => {
  client = await launchClient<Answer>({ jobs: { timeout: 200_000, interval: 100 } });
  const lines = machines
    .flatMap(machineRows)
    .map(({ machine, minute, switched, load }) => `${machine},${minute},${switched},${load}`);
  datasetId = await client.uploaded('machines', ['machine,minute,switched,load', ...lines].join('\n'));
}, 180_000);
afterAll(() => client.close(), 60_000);

const specification = (name: string) => ({
  dataset_id: datasetId,
  name,
  architecture: 'sequence_to_sequence',
  data: {
    inputs: [{ column: 'switched' }],
    targets: [{ column: 'load' }],
    group_by: 'machine',
    order_by: 'minute',
    window: { length },
  },
  model: { cell: 'lstm', hidden_size: 8 },
  training: { epochs: 25, batch_size: 4, seed: 7, optimizer: { type: 'adam', learning_rate: 0.02 } },
});
const stateful = (name: string) => {
  const asked = specification(name);
  return { ...asked, training: { ...asked.training, stateful: true } };
};

it('refuses what makes no sense, with where, what was expected and what came', async () => {
  const dry = async (changes: object) =>
    client.send('POST', '/v1/training-jobs?dry_run=true', { ...stateful('none'), ...changes });
  const { data, model, training } = stateful('none');
  const cases: [changes: object, pointer: string, message: string][] = [
    [{ architecture: 'sequence_to_vector' }, '/training/stateful', 'expected false with sequence_to_vector'],
    [{ architecture: 'encoder_decoder' }, '/training/stateful', 'expected false with encoder_decoder'],
    [{ model: { ...model, bidirectional: true } }, '/model/bidirectional', 'expected one direction'],
    [{ model: { ...model, attention: { score: 'dot' } } }, '/model/attention', 'encoder_decoder'],
    [{ training: { ...training, accumulate: 2 } }, '/training/accumulate', 'expected 1 with stateful'],
    [{ training: { ...training, loss_steps: 'last' } }, '/training/loss_steps', 'expected all with stateful'],
    [{ training: { ...training, tbptt_steps: 9 } }, '/training/tbptt_steps', 'at most the 8 steps'],
    [{ data: { ...data, window: { length, stride: 4 } } }, '/data/window/stride', 'the length of 8'],
    [{ data: { ...data, missing: 'drop' } }, '/data/missing', 'error, forward_fill or mask with stateful'],
    [
      { data: { ...data, scaling: { type: 'standard', per: 'window' } } },
      '/data/scaling/per',
      'training or series with stateful',
    ],
  ];
  for (const [changes, pointer, message] of cases) {
    const { status, json } = await dry(changes);
    expect(status, pointer).toBe(422);
    expect(json.errors.find((error) => error.pointer === pointer)?.message, pointer).toContain(message);
  }
  const { json: plan } = await dry({});
  expect(plan).toMatchObject({
    task: 'forecast',
    specification: { data: { window: { length, horizon: 1, stride: length } } },
    // 420 rows for training of each machine: 52 windows, and a row behind the last
    windows: { training: 4 * 52, validation: 360, test: 360 },
    warnings: [],
  });
  const shorter = await dry({ training: { ...training, tbptt_steps: 2 } });
  expect(shorter.json.memory_bytes).toBeLessThan(plan.memory_bytes);
  const wide = await dry({ training: { ...training, batch_size: 128 } });
  expect(wide.json.warnings).toEqual([expect.stringContaining('a batch of 128 streams')]);
});

describe('trained', () => {
  let card: ForecastCard;
  beforeAll(async () => {
    card = (await client.trained(stateful('follows'))) as ForecastCard;
  }, 220_000);

  it('forecasts what windows of their own can not know', { timeout: 220_000 }, async () => {
    const asked = specification('alone');
    const alone = (await client.trained({
      ...asked,
      // as many steps of more windows each
      training: { ...asked.training, batch_size: 32 },
    })) as ForecastCard;
    expect(alone.held_out.from_window).toBeUndefined();
    expect(alone.held_out.model.mae).toBeGreaterThan(0.6);
    expect(card.held_out.model.mae).toBeLessThan(0.3 * alone.held_out.model.mae);
    expect(card.parts).toMatchObject({ training_windows: 208, test_windows: 360, series: 4 });
    // the same windows are scored
    expect(card.held_out.baseline).toEqual(alone.held_out.baseline);
  });

  it('is scored as a stream forecasts that has read each series from its first row', async () => {
    let [sum, count] = [0, 0];
    for (const machine of machines) {
      const rows = machineRows(machine);
      const { json: stream } = await client.send('POST', '/v1/models/follows/streams', {});
      const { status, json } = await client.send('POST', `/v1/streams/${stream.id}/steps`, {
        rows: rows.map(asSent),
      });
      expect(status, JSON.stringify(json)).toBe(200);
      for (let minute = minutes - 90; minute < minutes; minute++) {
        const forecast = json.outputs[minute - 1]!.forecast[0]!.load as number;
        sum += Math.abs(forecast - rows[minute]!.load);
        count += 1;
      }
    }
    expect(sum / count).toBeCloseTo(card.held_out.model.mae, 5);
  });

  it('tells what predictions are worth, whose states begin anew', async () => {
    let [sum, count] = [0, 0];
    const rows = machines.map(machineRows);
    const inputs = rows.flatMap((own) =>
      Array.from({ length: 90 }, (_, index) => minutes - 90 + index).map((minute) => {
        count += 1;
        return { minute, own, rows: own.slice(minute - length, minute).map(asSent) };
      }),
    );
    for (let first = 0; first < inputs.length; first += 90) {
      const asked = inputs.slice(first, first + 90);
      const { json } = await client.send('POST', '/v1/models/follows/predictions', {
        inputs: asked.map(({ rows: read }) => ({ rows: read })),
      });
      json.predictions.forEach(({ forecast }, index) => {
        const { own, minute } = asked[index]!;
        sum += Math.abs((forecast[0]!.load as number) - own[minute]!.load);
      });
    }
    expect(count).toBe(360);
    expect(sum / count).toBeCloseTo(card.held_out.from_window!.mae, 5);
    expect(card.held_out.from_window!.mae).toBeGreaterThan(2 * card.held_out.model.mae);
  });

  it('comes to the same bits again', { timeout: 220_000 }, async () => {
    await client.trained(stateful('again'));
    // what differs is the name of neither: the files tell of data and specification alone
    expect(Buffer.from(await client.onnx('again'))).toEqual(Buffer.from(await client.onnx('follows')));
  });
});

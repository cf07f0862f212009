/** Texts for images and vectors, from outside: what stands where in an image, and the English name of the 784 numbers of a digit. */
import { buffer } from 'node:stream/consumers';
import sharp from 'sharp';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TransductionCard } from '../../domain/models/transduction-card.ts';
import { digitImages } from '../../scripts/reference/digit-images.ts';
import type { SequencePrediction } from '../../services/inference/routes/predictions/schemas.ts';
import { launchClient, type Asked, type LaunchedClient } from '../support/launched-client.ts';

/** What these tests look at of any answer. */
interface Answer {
  readonly id: string;
  readonly status: string;
  readonly error: unknown;
  readonly task: string;
  readonly shapes: object;
  readonly predictions: readonly SequencePrediction[];
  readonly errors: readonly { readonly pointer: string; readonly message: string }[];
  readonly inputs: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly outputs: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly data: readonly number[];
  }[];
}

let client: LaunchedClient<Answer>;
beforeAll(async () => {
  client = await launchClient<Answer>({ jobs: { timeout: 240_000, interval: 200 } });
}, 120_000);
afterAll(() => client.close(), 60_000);

const trained = async (body: Asked): Promise<TransductionCard> =>
  (await client.trained(body)) as TransductionCard;

const predict = (model: string, body: object) => client.send('POST', `/v1/models/${model}/predictions`, body);
const training = { seed: 3, batch_size: 16, optimizer: { type: 'adam', learning_rate: 0.01 } };

const heights = ['top', 'middle', 'bottom'];
const sides = ['left', 'right'];
/** A bright spot on black, and where it is. */
const spots = Array.from({ length: 150 }, (_, index) => {
  const [row, column] = [(index * 7) % 9, (index * 5) % 8];
  const pixels = new Uint8Array(9 * 8).map((_value, place) => (place * 31 + index * 17) % 40);
  pixels[row * 8 + column] = 255;
  return {
    pixels,
    text: `${heights[Math.floor(row / 3)]} ${sides[Math.floor(column / 4)]}`,
    shade: index % 3,
  };
});

it(
  'tells where something is in an image, row by row or all pixels at once',
  { timeout: 300_000 },
  async () => {
    const files = await Promise.all(
      spots.map(({ pixels }) =>
        sharp(pixels, { raw: { width: 8, height: 9, channels: 1 } })
          .png()
          .toBuffer(),
      ),
    );
    const archive = pack();
    archive.entry(
      { name: 'metadata.csv' },
      ['file_name,text,shade', ...spots.map(({ text, shade }, n) => `${n}.png,${text},s${shade}`)].join('\n'),
    );
    files.forEach((file, n) => archive.entry({ name: `${n}.png` }, file));
    archive.finalize();
    const dataset_id = await client.uploaded('spots', await buffer(archive), 'application/x-tar');
    const image = { image: 'grayscale', column: 'image', size: [9, 8] };
    const target = { column: 'text', encoding: 'words', max_length: 4, embedding_size: 8 };
    const byRow = {
      dataset_id,
      name: 'spots-by-row',
      architecture: 'encoder_decoder',
      data: {
        inputs: [image, { column: 'shade', encoding: 'embedding', embedding_size: 2 }],
        targets: [target],
      },
      model: { cell: 'gru', hidden_size: 24, attention: { score: 'dot' } },
      output: { type: 'tokens', beam: 2 },
      training: { ...training, epochs: 40 },
    };
    const dry = await client.send('POST', '/v1/training-jobs?dry_run=true', byRow);
    expect(dry.json).toMatchObject({
      task: 'transduction',
      shapes: { input: [16, 9, 9], output: [16, 5, 10_004] },
    });
    const card = await trained(byRow);
    const { model, baselines, examples } = card.held_out;
    expect(model.exact_match).toBeGreaterThan(baselines.most_frequent_sequence.exact_match + 0.2);

    // an image of a prediction is the file of the upload, and what is written the same as in the evaluation
    const inputs = examples.map(({ row, input }) => ({
      row: { image: files[row]!.toString('base64'), ...(input as object) },
    }));
    const { json } = await predict('spots-by-row', { inputs });
    json.predictions.forEach(({ text, score }, index) => {
      expect(text).toBe(examples[index]!.written);
      expect(score).toBeCloseTo(examples[index]!.score, 4);
    });
    const odd = await predict('spots-by-row', { inputs: [{ row: { image: 'no image', shade: 's1' } }] });
    expect(odd.json.errors[0]!.pointer).toBe('/inputs/0/row/image');
    const unknown = await predict('spots-by-row', {
      inputs: [{ row: { ...inputs[0]!.row, shade: 'pink' } }],
    });
    expect(unknown.json.predictions[0]!.warnings).toHaveLength(1);

    const vectors = {
      ...byRow,
      name: 'spots',
      architecture: 'vector_to_sequence',
      data: {
        inputs: [
          { ...image, as: 'vector' },
          { column: 'shade', encoding: 'one_hot' },
        ],
        targets: [target],
        split: { by: 'shade' },
      },
      model: { cell: 'gru', hidden_size: 24, feed_vector: true },
      training: { ...training, epochs: 6 },
    };
    const sequence = await client.send('POST', '/v1/training-jobs', {
      ...vectors,
      data: { ...vectors.data, inputs: [image] },
    });
    expect([sequence.status, sequence.json.errors[0]]).toEqual([
      422,
      {
        pointer: '/data/inputs/0',
        message: expect.stringContaining(
          'got a grayscale image as sequence, which is read step by step',
        ) as unknown,
      },
    ]);
    const noSequence = await client.send('POST', '/v1/training-jobs', {
      ...byRow,
      data: { ...byRow.data, inputs: [{ ...image, as: 'vector' }] },
    });
    expect([noSequence.status, noSequence.json.errors[0]?.pointer]).toEqual([422, '/data/inputs']);
    await trained(vectors);
    await trained(vectors);

    // behind an alias: a shadow that searches, too
    const alias = await client.send('PUT', '/v1/models/spots/aliases/live', { version: 2, shadow: 1 });
    expect(alias.status).toBe(201);
    const answered = await predict('spots@live', { inputs: inputs.slice(0, 2), beam: 3, n_best: 2 });
    expect(answered.json.predictions.map(({ alternatives }) => alternatives.length)).toEqual([2, 2]);
    const counted = async () => (await fetch(`${client.url}/metrics`)).text();
    await expect
      .poll(counted, { timeout: 20_000 })
      .toMatch(/unroll_predictions_total\{[^}]*outcome="shadow"[^}]*\} 1/);

    // the file that writes by itself, through the protocol of others: ids up to the end
    const whole = await client.send('GET', '/v2/models/spots');
    expect(whole.json.inputs.map(({ name, shape }) => [name, ...shape])).toEqual([
      ['numbers', -1, 72],
      ['categories', -1, 1],
    ]);
    const infer = await client.send('POST', '/v2/models/spots/infer', {
      inputs: [
        { name: 'numbers', datatype: 'FP32', shape: [1, 72], data: Array.from(spots[0]!.pixels) },
        { name: 'categories', datatype: 'INT64', shape: [1, 1], data: [1] },
      ],
    });
    expect(infer.status, JSON.stringify(infer.json)).toBe(200);
    expect(infer.json.outputs.map(({ name }) => name)).toEqual(['y', 'log_probability']);
    const streamed = await fetch(`${client.url}/v1/models/spots/predictions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ inputs: inputs.slice(0, 1) }),
    });
    expect([streamed.status, ((await streamed.json()) as { code: string }).code]).toEqual([
      422,
      'validation_failed',
    ]);
  },
);

it('writes the English name of the 784 numbers of a digit', { timeout: 300_000 }, async () => {
  const names = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
  const images = digitImages(1).held.slice(0, 500);
  const lines = images.map(({ pixels, digit }) =>
    JSON.stringify({ pixels: Array.from(pixels, (value) => Number(value.toFixed(3))), name: names[digit] }),
  );
  const card = await trained({
    dataset_id: await client.uploaded('digits', lines.join('\n'), 'application/x-ndjson'),
    name: 'digit-names',
    architecture: 'vector_to_sequence',
    data: {
      inputs: [{ column: 'pixels', encoding: 'vector' }],
      targets: [{ column: 'name', encoding: 'characters', max_length: 5, embedding_size: 8 }],
    },
    model: { cell: 'gru', hidden_size: 32 },
    output: { type: 'tokens', beam: 1 },
    training: { ...training, epochs: 15 },
  });
  const { model, baselines, examples } = card.held_out;
  expect(model.exact_match).toBeGreaterThan(0.5);
  expect(baselines.most_frequent_sequence.exact_match).toBeLessThan(0.25);
  const inputs = examples.map(({ row }) => ({ row: JSON.parse(lines[row]!) as object }));
  const { json } = await predict('digit-names', { inputs });
  expect(json.predictions.map(({ text }) => text)).toEqual(examples.map(({ written }) => written));
  const short = await predict('digit-names', { inputs: [{ row: { pixels: [1, 2, 3] } }] });
  expect(short.json.errors).toEqual([
    { pointer: '/inputs/0/row/pixels', message: 'expected a list of 784 numbers, got a list of 3' },
  ]);
});

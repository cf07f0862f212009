/** Recordings and images asked of a model as files in a form, and in base64: the same answers, and those of the evaluation. */
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import sharp from 'sharp';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ClassificationCard } from '../../domain/models/classification-card.ts';
import type { LabelPrediction } from '../../services/inference/routes/predictions/schemas.ts';
import { launchClient, type LaunchedClient } from '../support/launched-client.ts';

interface Answer {
  readonly id: string;
  readonly status: string;
  readonly error: unknown;
  readonly code: string;
  readonly detail: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly predictions: readonly {
    readonly label?: string;
    readonly probabilities: LabelPrediction['probabilities'];
    readonly error?: { readonly detail: string };
  }[];
  readonly errors: readonly { readonly pointer: string; readonly message: string }[];
}

let client: LaunchedClient<Answer>;
beforeAll(async () => {
  client = await launchClient<Answer>();
}, 120_000);
afterAll(() => client.close(), 60_000);

/** Sixteen bits, one channel, 8 kHz. */
function wav(frequency: number): Buffer {
  const samples = Int16Array.from(
    { length: 1600 },
    (_, i) => 8000 * Math.sin((2 * Math.PI * frequency * i) / 8000),
  );
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + samples.byteLength, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8000, 24);
  head.writeUInt32LE(16_000, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([head, Buffer.from(samples.buffer)]);
}
const png = (red: number): Promise<Buffer> =>
  sharp({ create: { width: 8, height: 6, channels: 3, background: { r: red, g: 30, b: 60 } } })
    .png()
    .toBuffer();

interface Example {
  readonly file: string;
  readonly bytes: Buffer;
  readonly label: string;
  readonly part: 'training' | 'validation' | 'test';
}

async function learned(name: string, examples: readonly Example[], input: object) {
  const archive = pack();
  const rows = examples.map(({ file, label, part }) => `${file},${label},${part}`);
  archive.entry({ name: 'metadata.csv' }, ['file_name,label,part', ...rows].join('\n'));
  for (const { file, bytes } of examples) archive.entry({ name: file }, bytes);
  archive.finalize();
  const bytes = new Uint8Array(await buffer(archive));
  const dataset = await client.uploaded(name, bytes, 'application/x-tar');
  const { columns } = (await client.send('GET', `/v1/datasets/${dataset}`)).json;
  const column = columns.find(({ type }) => type === 'audio' || type === 'image')!.name;
  const card = await client.trained({
    dataset_id: dataset,
    name,
    architecture: 'sequence_to_vector',
    data: {
      inputs: [{ column, ...input }],
      targets: [{ column: 'label' }],
      split: { column: 'part' },
    },
    model: { cell: 'gru', hidden_size: 4 },
    output: { type: 'classification' },
    training: { epochs: 2, seed: 1 },
  });
  return { column, heldOut: (card as ClassificationCard).held_out.model };
}

const predict = (name: string, body: object | string, headers?: Record<string, string>) =>
  client.send('POST', `/v1/models/${name}/predictions`, body, headers);

it.each([
  {
    name: 'tones',
    input: { audio: 'log_mel', sample_rate: 8000, mels: 8 },
    made: async (k: number) => wav(k % 2 === 0 ? 300 + k : 1500 + k),
    real: 'pcm16-mono.wav',
    expected: 'a WAV, FLAC, MP3 or OGG file',
  },
  {
    name: 'colours',
    input: { image: 'rgb', size: [6, 8] },
    made: (k: number) => png(k % 2 === 0 ? 10 + k : 200 + k),
    real: 'rgb.png',
    expected: 'a PNG or JPEG file',
  },
])('$name', { timeout: 240_000 }, async ({ name, input, made, real, expected }) => {
  const examples = await Promise.all(
    Array.from({ length: 24 }, async (_, k): Promise<Example> => ({
      file: `${k}.${real.split('.')[1]}`,
      bytes: await made(k),
      label: k % 2 === 0 ? 'low' : 'high',
      part: k < 16 ? 'training' : k < 20 ? 'validation' : 'test',
    })),
  );
  const { column, heldOut } = await learned(name, examples, input);
  const tested = examples.filter(({ part }) => part === 'test');
  const again = await predict(name, {
    inputs: tested.map(({ bytes }) => ({ row: { [column]: bytes.toString('base64') } })),
  });
  const losses = tested.map(({ label: right }, n) => {
    const { probabilities } = again.json.predictions[n]!;
    return -Math.log(probabilities.find(({ label }) => label === right)!.probability);
  });
  expect(losses.reduce((sum, loss) => sum + loss) / losses.length).toBeCloseTo(heldOut.log_loss, 5);

  const given = [examples[0]!.bytes, await readFile(new URL(`../golden/media/${real}`, import.meta.url))];
  const inBase64 = await predict(name, {
    inputs: given.map((bytes) => ({ row: { [column]: bytes.toString('base64') } })),
  });
  expect(inBase64.status, JSON.stringify(inBase64.json)).toBe(200);

  const file = (bytes: Buffer) => new Blob([new Uint8Array(bytes)]);
  for (const [index, bytes] of given.entries()) {
    const form = new FormData();
    form.append(column, file(bytes), real);
    const alone = await predict(name, form);
    expect(alone.status, JSON.stringify(alone.json)).toBe(200);
    expect(alone.json.predictions[0]!.label).toBe(inBase64.json.predictions[index]!.label);
  }
  const form = new FormData();
  given.forEach((bytes, index) => form.append(`/inputs/${index}/row/${column}`, file(bytes), real));
  form.append(`/inputs/2/row/${column}`, file(Buffer.from('neither')), 'a.bin');
  const several = await predict(name, form);
  expect(several.json.predictions.slice(0, 2)).toEqual(inBase64.json.predictions);
  const { detail } = several.json.predictions[2]!.error!;
  expect(detail).toContain(`/inputs/2/row/${column} expected ${expected} (`);
  expect(detail).toContain(', got a file of 7 bytes');
  const without = new FormData();
  without.append('another', 'x');
  expect((await predict(name, without)).json.detail).toContain(`expected ${expected}, got nothing`);
  const inJson = await predict(name, { inputs: [{ row: { [column]: 7 } }] });
  expect(inJson.json.detail).toContain(`expected ${expected} in base64, got 7`);

  expect(
    (await predict(name, 'no form', { 'content-type': 'multipart/form-data; boundary=x' })).json.code,
  ).toBe('invalid_request');
  expect((await predict(name, 'a', { 'content-type': 'text/plain' })).json.code).toBe(
    'unsupported_media_type',
  );
  const large = new FormData();
  large.append(column, new Blob([new Uint8Array(17 * 1024 * 1024)]), real);
  expect((await predict(name, large)).status).toBe(413);
});

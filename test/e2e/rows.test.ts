/** Rows with mixed inputs, from outside: what is predicted of held-out rows over HTTP is what the card's scores were made of. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FittedFeatures } from '../../domain/models/fitted-features.ts';
import type { ModelCard } from '../../domain/models/model.ts';
import { launchClient, type LaunchedClient } from '../support/launched-client.ts';

interface Row {
  readonly note: string;
  readonly size: number;
  readonly signal: readonly number[];
  readonly colour: string;
  readonly shop: number;
  readonly big: boolean;
  readonly tags: string;
  readonly price: number;
  readonly stock: number | null;
  readonly part: string;
}
/** What these tests look at of any answer. */
interface Answer {
  readonly id: string;
  readonly status: string;
  readonly task: string;
  readonly shapes: object;
  readonly error: unknown;
  readonly predictions: readonly {
    readonly label: string;
    readonly labels: readonly string[];
    readonly probabilities: readonly { readonly label: string; readonly probability: number }[];
    readonly values: Readonly<Record<string, number>>;
    readonly warnings?: readonly unknown[];
    readonly error?: { readonly errors: readonly { pointer: string; message: string }[] };
  }[];
  readonly errors: readonly { readonly pointer: string; readonly message: string }[];
}

const rows: readonly Row[] = Array.from({ length: 120 }, (_, row) => {
  const size = (row * 37) % 50;
  const colour = ['red', 'blue', 'green'][row % 3]!;
  return {
    note: `${size > 25 ? 'large' : 'small'} ${colour} thing`.repeat(1 + (row % 2)),
    size,
    signal: Array.from({ length: 4 + (row % 3) }, (_, i) => size + i),
    colour,
    shop: row % 4,
    big: size > 25,
    tags: [...(size > 25 ? ['heavy'] : []), ...(row % 3 === 0 ? ['hot'] : [])].join(','),
    price: size * 2 + (row % 3),
    stock: row % 7 === 3 ? null : (row * 11) % 13,
    part: ['training', 'training', 'training', 'validation', 'test'][row % 5]!,
  };
});
const heldOut = rows.filter(({ part }) => part === 'test');
const inputs = [
  { column: 'size' },
  { column: 'note', encoding: 'words', embedding_size: 4 },
  { column: 'colour', encoding: 'one_hot' },
  { column: 'shop', encoding: 'embedding', embedding_size: 2 },
];

let client: LaunchedClient<Answer>;
let dataset: string;
beforeAll(async () => {
  client = await launchClient<Answer>();
  const csv = [
    Object.keys(rows[0]!).join(),
    ...rows.map((row) =>
      Object.values(row)
        .map((cell) =>
          cell === null ? '' : Array.isArray(cell) ? `"${JSON.stringify(cell)}"` : JSON.stringify(cell),
        )
        .join(),
    ),
  ];
  dataset = await client.uploaded('things', csv.join('\n'));
}, 120_000);
afterAll(() => client.close(), 60_000);

/** Trains, and predicts the held-out rows. */
async function trained<Task extends ModelCard['task']>(
  name: string,
  asked: { data: object; output: object; task: Task; training?: object },
) {
  const body = {
    dataset_id: dataset,
    name,
    architecture: 'sequence_to_vector',
    data: { ...asked.data, split: { column: 'part' } },
    model: { cell: 'gru', hidden_size: 8 },
    output: asked.output,
    training: { epochs: 15, seed: 1, optimizer: { type: 'adam', learning_rate: 0.02 }, ...asked.training },
  };
  const dry = await client.send('POST', '/v1/training-jobs?dry_run=true', body);
  expect(dry.json, JSON.stringify(dry.json)).toMatchObject({
    task: asked.task,
    windows: { training: 72, validation: 24, test: 24 },
  });
  const card = (await client.trained(body)) as Extract<ModelCard, { task: Task }>;
  const answer = await client.send('POST', `/v1/models/${name}/predictions`, {
    inputs: heldOut.map((row) => ({ row })),
  });
  expect(answer.status, JSON.stringify(answer.json)).toBe(200);
  return { card, predictions: answer.json.predictions };
}

const mean = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;

it('a label of a row', { timeout: 180_000 }, async () => {
  const { card, predictions } = await trained('colours', {
    task: 'classification',
    data: { inputs: inputs.filter(({ column }) => column !== 'colour'), targets: [{ column: 'colour' }] },
    output: { type: 'classification' },
  });
  const { model, baselines, reliability } = card.held_out;
  expect(mean(predictions.map(({ label }, i) => (label === heldOut[i]!.colour ? 1 : 0)))).toBe(
    model.accuracy,
  );
  const losses = predictions.map(
    ({ probabilities }, i) =>
      -Math.log(probabilities.find(({ label }) => label === heldOut[i]!.colour)!.probability),
  );
  expect(mean(losses)).toBeCloseTo(model.log_loss, 4);
  expect(model.accuracy).toBeGreaterThan(baselines.majority_class.accuracy);
  expect(baselines.bag_of_words!.accuracy).toBeGreaterThan(0.9);
  expect(reliability!.reduce((sum, bin) => sum + bin.rows, 0)).toBe(24);

  const withoutSize = Object.fromEntries(Object.entries(heldOut[0]!).filter(([name]) => name !== 'size'));
  const refused = await client.send('POST', '/v1/models/colours/predictions', {
    inputs: [{ row: { ...heldOut[0]!, shop: 'x', size: null } }, { row: withoutSize }, { text: 'a' }],
  });
  expect(refused.status).toBe(422);
  expect(refused.json.errors.map(({ pointer }) => pointer)).toEqual([
    '/inputs/0/row/size',
    '/inputs/0/row/shop',
    '/inputs/1/row/size',
    '/inputs/2/text',
    '/inputs/2',
  ]);
  const unknown = await client.send('POST', '/v1/models/colours/predictions', {
    inputs: [
      { row: { ...heldOut[0]!, shop: 99 } },
      { row: withoutSize },
      { row: { ...heldOut[1]!, note: 3 } },
      { row: heldOut[1]! },
    ],
  });
  expect(unknown.status).toBe(200);
  expect(unknown.json.predictions.map(({ error }) => error?.errors[0])).toEqual([
    undefined,
    { pointer: '/inputs/1/row/size', message: 'expected a number, got nothing' },
    { pointer: '/inputs/2/row/note', message: 'expected a text or null, got 3' },
    undefined,
  ]);
  expect(unknown.json.predictions[3]!.label).toBe(predictions[1]!.label);
  expect(unknown.json.predictions[3]!.probabilities[0]!.probability).toBeCloseTo(
    predictions[1]!.probabilities[0]!.probability,
    5,
  );
  expect(unknown.json.predictions[0]!.warnings).toEqual([
    { pointer: '/inputs/0/row/shop', message: expect.stringContaining('got 99') as unknown },
  ]);
});

it('a rare label by subwords of a text, of which as many are drawn', { timeout: 180_000 }, async () => {
  const { card, predictions } = await trained('subwords', {
    task: 'classification',
    data: {
      inputs: [{ column: 'note', encoding: 'subwords', vocabulary_size: 60, embedding_size: 4 }],
      targets: [{ column: 'big' }],
    },
    output: { type: 'classification' },
    training: { sampling: 'balanced' },
  });
  expect(card.specification.training.sampling).toBe('balanced');
  const { vocabulary, merges } = card.features.inputs[0] as FittedFeatures['text'];
  expect(vocabulary).toEqual(expect.arrayContaining(['large', ' thing']));
  expect(merges!.every((pair) => vocabulary.includes(pair.join('')))).toBe(true);
  expect(mean(predictions.map(({ label }, i) => Number((label as unknown) === heldOut[i]!.big)))).toBe(
    card.held_out.model.accuracy,
  );
  const losses = predictions.map(
    ({ probabilities }, i) =>
      -Math.log(probabilities.find(({ label }) => (label as unknown) === heldOut[i]!.big)!.probability),
  );
  expect(mean(losses)).toBeCloseTo(card.held_out.model.log_loss, 4);
  expect(card.held_out.model.accuracy).toBeGreaterThan(0.9);
});

it('several labels of a row with a vector', { timeout: 180_000 }, async () => {
  const { card, predictions } = await trained('tags', {
    task: 'multilabel',
    data: {
      inputs: [
        ...inputs.filter(({ column }) => column !== 'note' && column !== 'size'),
        { column: 'signal', encoding: 'sequence', step_size: 2 },
      ],
      targets: [{ column: 'tags' }],
    },
    output: { type: 'multilabel', positive_weights: 'balanced' },
  });
  expect(card.features.labels).toEqual(['heavy', 'hot']);
  const right = predictions.map(({ labels }, i) => labels.toSorted().join() === heldOut[i]!.tags);
  expect(mean(right.map(Number))).toBeCloseTo(card.held_out.model.subset_accuracy, 10);
  expect(card.held_out.model.auc).toBeGreaterThan(0.8);
});

it('numbers of a row, each scaled in its own way, some of them missing', { timeout: 180_000 }, async () => {
  const { card, predictions } = await trained('stocks', {
    task: 'regression',
    data: {
      inputs: [{ column: 'size', scaling: 'log' }, { column: 'stock' }],
      targets: [{ column: 'price', scaling: 'log' }],
      scaling: 'robust',
      missing: 'mask',
    },
    output: { type: 'regression' },
  });
  const [size, stock] = card.features.inputs as FittedFeatures['numbers'][];
  expect(size).toMatchObject({ log: true, tells_known: true });
  // the median and the interquartile range of the training rows; their mean where it is missing
  const known = rows.flatMap((row) => (row.part === 'training' && row.stock !== null ? [row.stock] : []));
  expect(stock!.missing).toBeCloseTo(mean(known), 9);
  expect(stock!.mean).toBe(known.toSorted((a, b) => a - b)[Math.floor(known.length / 2)]);
  const errors = predictions.map(({ values }, i) => Math.abs(values.price! - heldOut[i]!.price));
  expect(mean(errors)).toBeCloseTo(card.held_out.model.mae, 3);
  expect(card.held_out.model.mae).toBeLessThan(card.held_out.baselines.mean.mae / 2);
  const refused = await client.send('POST', '/v1/models/stocks/predictions', {
    inputs: [{ row: { size: -3, stock: 1 } }, { row: { size: 3 } }],
  });
  expect(refused.json.errors.map(({ pointer, message }) => `${pointer} ${message}`)).toEqual([
    '/inputs/0/row/size expected a number of at least 0, since scaling is log, got -3',
    expect.stringContaining('/inputs/1/row/stock expected a number or null') as unknown,
  ]);
});

it('rows that lack a number are left out, and can not be asked about', { timeout: 180_000 }, async () => {
  const { parts } = await client.trained({
    dataset_id: dataset,
    name: 'whole-rows',
    architecture: 'sequence_to_vector',
    data: {
      inputs: [{ column: 'size' }, { column: 'stock' }],
      targets: [{ column: 'price' }],
      missing: 'drop',
      split: { column: 'part' },
    },
    model: { cell: 'gru', hidden_size: 4 },
    training: { epochs: 1 },
  });
  const whole = (part: string) => rows.filter((row) => row.part === part && row.stock !== null).length;
  expect(parts).toEqual({
    training_rows: whole('training'),
    validation_rows: whole('validation'),
    test_rows: whole('test'),
    left_out_rows: rows.filter(({ stock }) => stock === null).length,
  });
  const asked = await client.send('POST', '/v1/models/whole-rows/predictions', {
    inputs: [{ row: { size: 3, stock: 1 } }, { row: { size: 3, stock: null } }],
  });
  expect(asked.status).toBe(200);
  expect(asked.json.predictions[0]!.values.price).toEqual(expect.any(Number));
  expect(asked.json.predictions[1]!.error!.errors).toEqual([
    { pointer: '/inputs/1/row/stock', message: 'expected a number, got null' },
  ]);
});

it('numbers of a row, which has no sequence', { timeout: 180_000 }, async () => {
  const { card, predictions } = await trained('prices', {
    task: 'regression',
    data: {
      inputs: inputs.filter(({ column }) => column !== 'note'),
      targets: [{ column: 'price' }],
    },
    output: { type: 'regression', loss: 'huber' },
  });
  const errors = predictions.map(({ values }, i) => Math.abs(values.price! - heldOut[i]!.price));
  const { model, baselines } = card.held_out;
  expect(mean(errors)).toBeCloseTo(model.mae, 3);
  expect(model.r2).toBeGreaterThan(0.5);
  expect(baselines.mean.r2!).toBeLessThan(0.1);
});

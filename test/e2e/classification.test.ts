/** Spam or not, from outside: a table of mails goes in over HTTP, labels with probabilities come out. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ClassificationCard } from '../../domain/models/classification-card.ts';
import type { FittedFeatures } from '../../domain/models/fitted-features.ts';
import { openSession } from '../../engine/runtime/session.ts';
import type { LabelPrediction } from '../../services/inference/routes/predictions/schemas.ts';
import { launchClient, type LaunchedClient } from '../support/launched-client.ts';
import { labelledMails, mailsCsv } from './mails.ts';

/** What these tests look at of any answer. */
interface Answer {
  readonly id: string;
  readonly status: string;
  readonly row_count: number;
  readonly problems: readonly unknown[];
  readonly predictions: readonly LabelPrediction[];
  readonly errors: readonly { readonly pointer: string }[];
}

let client: LaunchedClient<Answer>;
beforeAll(async () => {
  client = await launchClient<Answer>({ jobs: { timeout: 240_000, interval: 200 } });
}, 120_000);
afterAll(() => client.close(), 60_000);

it(
  'learns to tell spam from mails as they are, and is better than the majority',
  { timeout: 300_000 },
  async () => {
    const parts = ['training', 'training', 'training', 'validation', 'test'] as const;
    const mails = labelledMails(500).map((mail, index) => ({ ...mail, part: parts[index % parts.length]! }));
    const dataset = await client.uploaded('mails', mailsCsv(mails));
    expect((await client.send('GET', `/v1/datasets/${dataset}`)).json).toMatchObject({
      row_count: mails.length,
      problems: [],
    });

    const body = {
      dataset_id: dataset,
      name: 'spam',
      architecture: 'sequence_to_vector',
      data: {
        inputs: [
          { column: 'message', encoding: 'words', max_length: 60, embedding_size: 16, lowercase: true },
        ],
        targets: [{ column: 'label' }],
        split: { column: 'part' },
      },
      model: { cell: 'gru', hidden_size: 16, bidirectional: true, pooling: 'max' },
      output: { type: 'classification', class_weights: 'balanced' },
      training: { epochs: 12, seed: 1, optimizer: { type: 'adam', learning_rate: 0.01 } },
    };
    const dry = await client.send('POST', '/v1/training-jobs?dry_run=true', body);
    expect(dry.json).toMatchObject({
      task: 'classification',
      labels: ['ham', 'spam'],
      shapes: { input: [32, 60], output: [32, 2] },
    });

    const card = (await client.trained(body)) as ClassificationCard;
    expect(card).toMatchObject({
      task: 'classification',
      features: { labels: ['ham', 'spam'], inputs: [{ column: 'message', encoding: 'words' }] },
    });
    const { model, baselines } = card.held_out;
    expect(model.balanced_accuracy).toBeGreaterThan(0.7);
    expect(baselines.majority_class.balanced_accuracy).toBe(0.5);
    expect(model.accuracy).toBeGreaterThan(baselines.majority_class.accuracy);
    expect(baselines.bag_of_words!.accuracy).toBeGreaterThan(0.8);

    const tested = mails.filter(({ part }) => part === 'test');
    const again = await client.send('POST', '/v1/models/spam/predictions', {
      inputs: tested.map(({ message }) => ({ text: message.replaceAll('\0', ' ') })),
    });
    const losses = tested.map(({ label: right }, n) => {
      const { probabilities } = again.json.predictions[n]!;
      return -Math.log(probabilities.find(({ label }) => label === right)!.probability);
    });
    expect(losses.reduce((sum, loss) => sum + loss) / losses.length).toBeCloseTo(model.log_loss, 4);

    const texts = [mails[0]!, mails[480]!];
    const predicted = await client.send('POST', '/v1/models/spam/predictions', {
      inputs: [{ row: { ...texts[0] } }, { text: texts[1]!.message }, { text: '' }],
    });
    expect(predicted.status).toBe(200);
    const { predictions } = predicted.json;
    expect(predictions.slice(0, 2).map(({ label }) => label)).toEqual(texts.map(({ label }) => label));
    for (const { label, probability, probabilities } of predictions) {
      expect(probabilities[0]).toEqual({ label, probability });
      expect(probabilities.reduce((sum, one) => sum + one.probability, 0)).toBeCloseTo(1, 5);
    }

    // the file alone, with nothing but what its card says
    const session = await openSession(await client.onnx('spam'), { threads: 1 });
    const { vocabulary } = card.features.inputs[0] as FittedFeatures['text'];
    const word = vocabulary.indexOf('free');
    expect(word).toBeGreaterThanOrEqual(0);
    const { probabilities } = await session.run({
      tokens: { data: BigInt64Array.of(BigInt(word + 2)), dims: [1, 1] },
      lengths: { data: BigInt64Array.of(1n), dims: [1] },
    });
    await session.release();
    const free = await client.send('POST', '/v1/models/spam/predictions', {
      inputs: [{ text: 'FREE' }],
    });
    const spam = free.json.predictions[0]!.probabilities.find(({ label }) => label === 'spam')!;
    expect(spam.probability).toBeCloseTo(probabilities!.data[1]!, 5);

    const refused = await client.send('POST', '/v1/models/spam/predictions', {
      inputs: [{ rows: [{ message: 'a' }] }, { row: { message: 7 } }, {}],
    });
    expect(refused.status).toBe(422);
    expect(refused.json.errors.map(({ pointer }) => pointer)).toEqual([
      '/inputs/0/rows',
      '/inputs/0',
      '/inputs/1/row/message',
      '/inputs/2',
    ]);
  },
);

/** A language model from outside: a text goes in over HTTP, the model is judged beside n-grams, and writes on, in one piece or token by token. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LanguageModelCard } from '../../domain/models/language-model-card.ts';
import { randomStream } from '../../engine/random/random-stream.ts';
import { openSession } from '../../engine/runtime/session.ts';
import type { InferAnswer } from '../../services/inference/routes/open-inference/schemas.ts';
import type { GeneratedText } from '../../services/inference/routes/predictions/schemas.ts';
import type { StepsAnswer } from '../../services/inference/routes/streams/schemas.ts';
import { launchClient, type LaunchedClient } from '../support/launched-client.ts';

interface Answer {
  readonly id: string;
  readonly status: string;
  readonly task: string;
  readonly windows: { readonly training: number };
  readonly memory_bytes: number;
  readonly shapes: object;
  readonly predictions: readonly GeneratedText[];
  readonly errors: readonly { readonly pointer: string; readonly message: string }[];
}

let client: LaunchedClient<Answer>;
let datasetId: string;

/** What a bigram can't foretell: who does it decides what is done. */
function story(sentences: number): string {
  const random = randomStream(2, 'story');
  const plots = [
    'the cat sees a mouse and runs.',
    'the dog sees a stick and barks.',
    'the owl sees a star and sings.',
  ];
  return Array.from({ length: sentences }, () => plots[random.integer(3)]).join(' ');
}

const specification = () => ({
  dataset_id: datasetId,
  name: 'story',
  architecture: 'sequence_to_sequence',
  data: {
    inputs: [{ column: 'text', encoding: 'characters', max_length: 40, embedding_size: 8 }],
    targets: [{ column: 'text' }],
  },
  model: { cell: 'lstm', hidden_size: 48 },
  output: { type: 'tokens' },
  training: {
    epochs: 16,
    batch_size: 8,
    seed: 3,
    stateful: true,
    tbptt_steps: 20,
    optimizer: { type: 'adam', learning_rate: 0.01 },
  },
});

beforeAll(async () => {
  client = await launchClient<Answer>({ jobs: { timeout: 300_000, interval: 100 } });
  datasetId = await client.uploaded('story', `text\n"${story(500)}"\n`);
}, 180_000);
afterAll(() => client.close(), 60_000);

it('refuses what makes no sense, with where, what was expected and what came', async () => {
  const dry = async (changes: object) =>
    (await client.send('POST', '/v1/training-jobs?dry_run=true', { ...specification(), ...changes })).json;
  const { data, training } = specification();
  const cases: [changes: object, pointer: string, message: string][] = [
    [{ training: { ...training, tbptt_steps: 41 } }, '/training/tbptt_steps', 'at most the 40 steps'],
    [{ training: { ...training, accumulate: 2 } }, '/training/accumulate', 'expected 1 with stateful'],
    [{ training: { ...training, loss_steps: 'last' } }, '/training/loss_steps', 'expected all'],
    [
      { data: { ...data, targets: [{ column: 'other' }] } },
      '/data/targets/0/column',
      'the column of the input',
    ],
    [{ data: { ...data, window: { length: 4 } } }, '/data/window', 'expected no window'],
    [{ data: { ...data, split: { validation: 0.7, test: 0.3 } } }, '/data/split', 'at most 0.99'],
    [{ model: { cell: 'gru', bidirectional: true } }, '/model/bidirectional', 'expected one direction'],
  ];
  for (const [changes, pointer, message] of cases) {
    const { errors } = await dry(changes);
    expect(errors.find((error) => error.pointer === pointer)?.message, pointer).toContain(message);
  }
  const plan = await dry({});
  expect(plan).toMatchObject({ task: 'language_model', shapes: { input: [8, 40] } });
  const whole = await dry({ training: { ...training, tbptt_steps: undefined } });
  expect(plan.memory_bytes).toBeLessThan(whole.memory_bytes);
});

describe('a trained model', () => {
  let card: LanguageModelCard;
  beforeAll(async () => {
    card = (await client.trained(specification())) as LanguageModelCard;
  }, 320_000);

  const predict = (body: object, headers?: Record<string, string>) =>
    client.send('POST', '/v1/models/story/predictions', body, headers);

  it('foretells the end of the text better than n-grams', () => {
    const { model, baselines, tokens, unknown_share: unknown } = card.held_out;
    expect(card.task).toBe('language_model');
    expect(unknown).toBe(0);
    expect(tokens).toBe(card.parts.test_tokens);
    expect(model.perplexity).toBeCloseTo(Math.exp(model.cross_entropy), 6);
    expect(model.bits_per_character).toBeLessThan(baselines.bigram.bits_per_character! / 2);
    expect(baselines.bigram.bits_per_character).toBeLessThan(baselines.unigram.bits_per_character!);
    expect(model.accuracy).toBeGreaterThan(baselines.bigram.accuracy);
  });

  it('writes on from a prompt; the same seed writes the same text', async () => {
    const likeliest = await predict({
      inputs: [{ text: 'the owl sees a ' }],
      temperature: 0,
      max_length: 15,
    });
    expect(likeliest.status).toBe(200);
    expect(likeliest.json.predictions[0]).toMatchObject({
      text: 'star and sings.',
      tokens: 15,
      finish_reason: 'max_length',
    });
    const body = {
      inputs: [{ text: 'the ' }, { row: { text: 'the ' } }, { text: '' }],
      seed: 5,
      max_length: 60,
    };
    const [first, again] = [await predict(body), await predict(body)];
    expect(again.json.predictions).toEqual(first.json.predictions);
    // each input draws by a seed of its own, which draws its text alone as well
    const second = first.json.predictions[1]!;
    expect(second.seed).toBe(6);
    const alone = await predict({ inputs: [{ text: 'the ' }], seed: 6, max_length: 60 });
    expect(alone.json.predictions[0]!.text).toBe(second.text);
    const random = await predict({ inputs: [{ text: 'the ' }], max_length: 5 });
    const redrawn = await predict({
      inputs: [{ text: 'the ' }],
      max_length: 5,
      seed: random.json.predictions[0]!.seed,
    });
    expect(redrawn.json.predictions).toEqual(random.json.predictions);
    expect(
      (await predict({ inputs: [{ text: 'the ' }], top_k: 1, max_length: 15 })).json.predictions[0]!.text,
    ).toBe(
      (await predict({ inputs: [{ text: 'the ' }], temperature: 0, max_length: 15 })).json.predictions[0]!
        .text,
    );
  });

  it('streams token by token, and in the end the whole answer', async () => {
    const body = { inputs: [{ text: 'the dog' }], seed: 9, max_length: 40 };
    const response = await fetch(`${client.url}/v1/models/story/predictions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify(body),
    });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const events = (await response.text())
      .trim()
      .split('\n\n')
      .map((text) => /^event: (\w+)\ndata: (.*)$/.exec(text)!)
      .map(([, name, data]) => ({ name, data: JSON.parse(data!) as Record<string, unknown> }));
    const whole = (await predict(body)).json;
    expect(events.at(-1)).toEqual({ name: 'prediction', data: whole });
    const tokens = events.slice(0, -1);
    expect(tokens.every(({ name }, index) => name === 'token' && tokens[index]!.data.index === index)).toBe(
      true,
    );
    expect(tokens.map(({ data }) => data.text).join('')).toBe(whole.predictions[0]!.text);
  });

  it('stops when the client has gone, and serves others meanwhile', async () => {
    const gone = new AbortController();
    const response = await fetch(`${client.url}/v1/models/story/predictions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ inputs: [{ text: 'the ' }], max_length: 10_000 }),
      signal: gone.signal,
    });
    await response.body!.getReader().read();
    const other = await predict({ inputs: [{ text: 'the ' }], max_length: 5, temperature: 0 });
    expect(other.status).toBe(200);
    gone.abort();
    // what is still running when the service ends would keep it from ending in time (afterAll)
    expect((await predict({ inputs: [{ text: 'the ' }], max_length: 1 })).status).toBe(200);
  });

  it('refuses what it can not do', async () => {
    const pointers = async (body: object, headers?: Record<string, string>) => {
      const { status, json } = await predict(body, headers);
      return [status, ...json.errors.map(({ pointer }) => pointer)];
    };
    expect(await pointers({ inputs: [{ rows: [{ text: 'a' }] }, { row: { text: 7 } }, {}] })).toEqual([
      422,
      '/inputs/0/rows',
      '/inputs/0',
      '/inputs/1/row/text',
      '/inputs/2',
    ]);
    expect((await pointers({ inputs: [{ text: 'a' }], top_p: 0 }))[0]).toBe(422);
    const some = await predict({ inputs: [{ row: { text: 7 } }, { text: 'the ' }], seed: 3, max_length: 5 });
    expect(some.status).toBe(200);
    const [refused, written] = some.json.predictions as unknown as readonly object[];
    expect(refused).toMatchObject({ error: { errors: [{ pointer: '/inputs/0/row/text' }] } });
    // the second of two draws as the first one of its seed does
    const alone = await predict({ inputs: [{ text: 'the ' }], seed: 4, max_length: 5 });
    expect(written).toEqual(alone.json.predictions[0]);
    const stream = { accept: 'text/event-stream' };
    const searched = { inputs: [{ text: 'a' }], beam: 2, n_best: 2 };
    expect(await pointers(searched)).toEqual([422, '/beam', '/n_best']);
    expect(await pointers(searched, stream)).toEqual([422, '/beam', '/n_best']);
    expect(await pointers({ inputs: [{ text: 'a' }, { text: 'b' }] }, stream)).toEqual([422, '/inputs']);
  });

  it('is a file that any host can drive, step by step', async () => {
    const session = await openSession(await client.onnx('story'), { threads: 1 });
    const { vocabulary } = card.features.inputs[0]!;
    const state = () => ({ data: new Float32Array(48), dims: [1, 48] });
    let [h, c] = [state(), state()];
    let ids = [0, ...Array.from('the cat sees a ', (character) => vocabulary.indexOf(character) + 2)];
    let text = '';
    while (text.length < 15) {
      const results = await session.run({
        tokens: { data: BigInt64Array.from(ids, BigInt), dims: [1, ids.length] },
        'layers.0.h': h,
        'layers.0.c': c,
      });
      const probabilities = results.probabilities!.data.slice(-vocabulary.length - 2);
      const best = probabilities.indexOf(Math.max(...probabilities));
      text += vocabulary[best - 2]!;
      [h, c] = [results['next_layers.0.h'] as typeof h, results['next_layers.0.c'] as typeof c];
      ids = [best];
    }
    await session.release();
    expect(text).toBe('mouse and runs.');
  });
});

it(
  'what the card says of the held-out part comes out again through HTTP: by a stream, and by tensors',
  { timeout: 320_000 },
  async () => {
    // The last text is the held-out part: the boundary before it, its characters, and its end. Training never sees a digit.
    const sentences = story(40)
      .match(/the [^.]+\./g)!
      .slice(0, 30);
    const last = `${story(12).slice(0, 150)} 7 ${story(5).slice(0, 46)}`;
    const dataset = await client.uploaded('texts', ['text', ...sentences, `"${last}"`].join('\n'));
    const steps = last.length + 1;
    const tokens = 1 + sentences.reduce((sum, text) => sum + text.length + 1, 0) + steps;
    const asked = specification();
    const card = (await client.trained({
      ...{ ...asked, dataset_id: dataset, name: 'texts' },
      data: {
        inputs: [{ ...asked.data.inputs[0]!, max_length: steps }],
        targets: asked.data.targets,
        split: { validation: 0.2, test: (steps + 1) / tokens },
      },
      model: { cell: 'lstm', hidden_size: 16, layers: 2 },
      training: { epochs: 3, batch_size: 2, seed: 1 },
    })) as LanguageModelCard;
    const { held_out: heldOut } = card;
    expect(heldOut.tokens).toBe(steps);
    expect(heldOut.unknown_share).toBeCloseTo(1 / steps, 8);

    const { vocabulary } = card.features.inputs[0]!;
    const V = vocabulary.length + 2;
    const opened = await client.send('POST', '/v1/models/texts/streams', {});
    const stepped = await client.send('POST', `/v1/streams/${opened.json.id}/steps`, {
      text: last,
      candidates: V,
    });
    const { outputs, next } = stepped.json as unknown as StepsAnswer;
    const read = outputs as readonly { readonly log_probability: number }[];
    const end = next!.find(({ kind }) => kind === 'end')!.probability;
    const losses = [...read.map(({ log_probability: own }) => -own), -Math.log(end)];
    expect(losses).toHaveLength(steps);
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(losses)).toBeCloseTo(heldOut.model.cross_entropy, 5);

    const ids = [0, ...Array.from(last, (character) => vocabulary.indexOf(character) + 2 || 1), 0];
    const zeros = { datatype: 'FP32', shape: [1, 16], data: new Array<number>(16).fill(0) };
    const inferred = await client.send('POST', '/v2/models/texts/infer', {
      inputs: [
        { name: 'tokens', datatype: 'INT64', shape: [1, steps], data: ids.slice(0, steps) },
        ...['0.h', '0.c', '1.h', '1.c'].map((name) => ({ name: `layers.${name}`, ...zeros })),
      ],
      outputs: [{ name: 'probabilities' }],
    });
    const { data, shape } = (inferred.json as unknown as InferAnswer).outputs[0]!;
    expect(shape).toEqual([1, steps, V]);
    const rows = Array.from({ length: steps }, (_, t) => data!.slice(t * V, (t + 1) * V));
    const crossEntropy = mean(rows.map((row, t) => -Math.log(row[ids[t + 1]!]!)));
    expect(crossEntropy).toBeCloseTo(heldOut.model.cross_entropy, 5);
    const hits = rows.filter((row, t) => row.indexOf(Math.max(...row)) === ids[t + 1]);
    expect(hits.length / steps).toBeCloseTo(heldOut.model.accuracy, 8);
    expect(heldOut.model.cross_entropy).toBeLessThan(Math.log(V));
  },
);

it('reads and writes subwords, side by side what the text is', { timeout: 320_000 }, async () => {
  const asked = specification();
  const card = (await client.trained({
    ...asked,
    name: 'parts',
    data: {
      ...asked.data,
      inputs: [
        { column: 'text', encoding: 'subwords', vocabulary_size: 40, max_length: 16, embedding_size: 8 },
      ],
    },
    training: { ...asked.training, epochs: 10, tbptt_steps: 8 },
  })) as LanguageModelCard;
  const { vocabulary, merges } = card.features.inputs[0]!;
  expect(vocabulary).toHaveLength(40);
  expect(merges!.length).toBeGreaterThan(10);
  expect(card.held_out.model.perplexity).toBeLessThan(card.held_out.baselines.bigram.perplexity);
  const { json } = await client.send('POST', '/v1/models/parts/predictions', {
    inputs: [{ text: 'the owl sees a' }],
    temperature: 0,
    max_length: 12,
  });
  expect(json.predictions[0]!.text).toMatch(/^ star and sings\. the/);
});

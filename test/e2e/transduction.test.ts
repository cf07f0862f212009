/** Words to sounds, from outside: a table of words and phonemes goes in over HTTP, phonemes of other words come out, best first. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TransductionCard } from '../../domain/models/transduction-card.ts';
import { beamSearch } from '../../engine/decoding/beam-search.ts';
import { fileDecoder } from '../../engine/decoding/file-decoder.ts';
import { openSession } from '../../engine/runtime/session.ts';
import { pronunciations } from '../../scripts/reference/pronunciations.ts';
import type { SequencePrediction } from '../../services/inference/routes/predictions/schemas.ts';
import { launchClient, type LaunchedClient } from '../support/launched-client.ts';

/** What these tests look at of any answer. */
interface Answer {
  readonly id: string;
  readonly status: string;
  readonly predictions: readonly SequencePrediction[];
  readonly errors: readonly { readonly pointer: string }[];
}

let client: LaunchedClient<Answer>;
beforeAll(async () => {
  client = await launchClient<Answer>({ jobs: { timeout: 240_000, interval: 200 } });
}, 120_000);
afterAll(() => client.close(), 60_000);

it(
  'learns how short words sound, and writes by greedy and by beam what the evaluation did',
  { timeout: 300_000 },
  async () => {
    const rows = pronunciations({ stress: false })
      .filter(({ word }) => /^[a-z]{2,4}$/.test(word))
      .map(({ word, sounds }) => `${word},${sounds}`);
    const every = 4;
    const csv = ['word,sounds', ...rows.filter((_, index) => index % every === 0)].join('\n');
    const body = {
      dataset_id: await client.uploaded('words', csv),
      name: 'sounds',
      architecture: 'encoder_decoder',
      data: {
        inputs: [{ column: 'word', encoding: 'characters', max_length: 8, embedding_size: 16 }],
        targets: [{ column: 'sounds', encoding: 'words', max_length: 24, embedding_size: 16 }],
      },
      model: { cell: 'gru', hidden_size: 32, bidirectional: true, attention: { score: 'dot' } },
      output: { type: 'tokens', beam: 3 },
      training: { epochs: 15, seed: 1, optimizer: { type: 'adam', learning_rate: 0.01 } },
    };
    const dry = await client.send('POST', '/v1/training-jobs?dry_run=true', body);
    expect(dry.json).toMatchObject({
      task: 'transduction',
      shapes: { input: [32, 8], output: [32, 25, 10_004] },
    });
    const tooShort = {
      ...body,
      data: { ...body.data, targets: [{ ...body.data.targets[0], max_length: 3 }] },
    };
    const refusedJob = await client.send('POST', '/v1/training-jobs', tooShort);
    expect(refusedJob.status).toBe(422);
    expect(refusedJob.json.errors).toEqual([
      {
        pointer: '/data/targets/0/max_length',
        message: expect.stringMatching(/at most 3 words, got more in \d+ rows of "sounds"/) as unknown,
      },
    ]);
    const card = (await client.trained(body)) as TransductionCard;
    const { model, beam, baselines, examples } = card.held_out;
    expect(model.token_error_rate).toBeLessThan(0.6);
    expect(model.token_error_rate).toBeLessThan(baselines.most_frequent_sequence.token_error_rate);
    expect(model.perplexity).toBeLessThan(baselines.symbol_frequencies.perplexity / 2);
    expect(beam!.token_error_rate).toBeLessThan(model.token_error_rate + 0.05);

    // what the card says was written for held-out words is what a prediction writes
    const inputs = examples.map(({ input }) => ({ text: input as string }));
    const greedy = await client.send('POST', '/v1/models/sounds/predictions', { inputs });
    expect(greedy.status, JSON.stringify(greedy.json)).toBe(200);
    greedy.json.predictions.forEach((prediction, index) => {
      expect(prediction.text).toBe(examples[index]!.written);
      expect(prediction.tokens.join(' ')).toBe(prediction.text);
      expect(prediction.score).toBeCloseTo(examples[index]!.score, 4);
    });
    const best = await client.send('POST', '/v1/models/sounds/predictions', { inputs, beam: 3, n_best: 3 });
    best.json.predictions.forEach(({ text, alternatives }, index) => {
      expect(alternatives).toHaveLength(3);
      expect(alternatives[0]!.text).toBe(text);
      expect(alternatives.map((one) => one.text)).toEqual(examples[index]!.beam!.map((one) => one.text));
      for (const [place, { score }] of alternatives.entries())
        expect(score).toBeCloseTo(examples[index]!.beam![place]!.score, 4);
    });
    const byQuery = await client.send('POST', '/v1/models/sounds/predictions?beam=3&n_best=3', { inputs });
    expect(byQuery.json).toEqual(best.json);
    const form = new FormData();
    form.append('word', 'cat');
    const byForm = await fetch(`${client.url}/v1/models/sounds/predictions?beam=3&n_best=2`, {
      method: 'POST',
      body: form,
    });
    const { predictions } = (await byForm.json()) as { predictions: { alternatives: unknown[] }[] };
    expect(predictions[0]!.alternatives).toHaveLength(2);
    const short = await client.send('POST', '/v1/models/sounds/predictions', { inputs, max_length: 1 });
    for (const { tokens } of short.json.predictions) expect(tokens.length).toBeLessThanOrEqual(1);

    // the files alone, with nothing but what the card says
    const opened = async (part: string) =>
      openSession(await client.onnx('sounds', `?part=${part}`), { threads: 1 });
    const [whole, reading, step] = await Promise.all(['whole', 'reading', 'step'].map(opened));
    const [first] = examples;
    const { vocabulary } = card.features.inputs[0] as { vocabulary: string[] };
    const ids = Array.from(first!.input as string, (letter) => Math.max(1, vocabulary.indexOf(letter) + 2));
    const tokensOf = (written: ArrayLike<number>) =>
      Array.from(written)
        .filter((id) => id > 3)
        .map((id) => card.features.target.vocabulary[id - 4])
        .join(' ');
    const read = {
      tokens: { data: BigInt64Array.from(ids, BigInt), dims: [1, ids.length] },
      lengths: { data: BigInt64Array.of(BigInt(ids.length)), dims: [1] },
    };
    const { y } = await whole!.run(read);
    expect(tokensOf(y!.data)).toBe(first!.written);
    const decoder = fileDecoder({ reading: reading!, step: step!, stepInputs: card.decoding.step_inputs });
    const options = { width: 3, lengthPenalty: 0, maxLength: 24 };
    const [found] = await beamSearch(decoder, { start: 2, end: 3 }, read, options);
    expect(tokensOf(found![0]!.tokens)).toBe(first!.beam![0]!.text);
    await Promise.all([whole, reading, step].map((session) => session!.release()));

    const refused = async (request: object, query = '') => {
      const { status, json } = await client.send('POST', `/v1/models/sounds/predictions${query}`, request);
      expect(status).toBe(422);
      return json.errors.map(({ pointer }) => pointer);
    };
    expect(await refused({ inputs: [{ text: 'cat' }], n_best: 2, max_length: 25 })).toEqual([
      '/n_best',
      '/max_length',
    ]);
    expect(await refused({ inputs: [{ text: 'cat' }], length_penalty: 1 })).toEqual(['/length_penalty']);
    expect(await refused({ inputs: [{ text: 'cat' }], beam: 2 }, '?beam=3')).toEqual(['/beam']);
    expect(await refused({ inputs: [{ text: 'cat' }] }, '?top_p=0.5')).toEqual(['/top_p']);
    const malformed = await client.send('POST', '/v1/models/sounds/predictions?beam=wide', { inputs });
    expect([malformed.status, malformed.json.errors[0]!.pointer]).toEqual([400, '/beam']);
    expect(await refused({ inputs: [{ text: 'cat' }], temperature: 1, seed: 3 })).toEqual([
      '/temperature',
      '/seed',
    ]);
    const wrong = [{ rows: [{ word: 'a' }] }, { row: { word: 7 } }, {}];
    const pointers = ['/inputs/0/rows', '/inputs/0', '/inputs/1/row/word', '/inputs/2'];
    expect(await refused({ inputs: wrong })).toEqual(pointers);
    const some = await client.send('POST', '/v1/models/sounds/predictions', {
      inputs: [...wrong, { text: 'cat' }],
    });
    expect(some.status).toBe(200);
    const answers = some.json.predictions as unknown as readonly {
      readonly text?: string;
      readonly error?: { readonly errors: readonly { readonly pointer: string }[] };
    }[];
    expect(answers.flatMap(({ error }) => error?.errors.map(({ pointer }) => pointer) ?? [])).toEqual(
      pointers,
    );
    const alone = await client.send('POST', '/v1/models/sounds/predictions', { inputs: [{ text: 'cat' }] });
    expect(answers[3]!.text).toBe(alone.json.predictions[0]!.text);
  },
);

it('writes from the last state alone', { timeout: 300_000 }, async () => {
  const letters = Array.from('abcdefgh');
  const rows = letters.flatMap((a) =>
    letters.flatMap((b) => letters.slice(0, 4).map((c) => `${a}${b}${c},${c} ${b} ${a}`)),
  );
  const { held_out: scores } = (await client.trained({
    dataset_id: await client.uploaded('spelled', ['word,spelled', ...rows].join('\n')),
    name: 'spelled',
    architecture: 'encoder_decoder',
    data: {
      inputs: [{ column: 'word', encoding: 'characters', max_length: 4, embedding_size: 8 }],
      targets: [{ column: 'spelled', encoding: 'words', max_length: 4, embedding_size: 8 }],
    },
    model: { cell: 'gru', hidden_size: 32, decoder: { feed_context: true, feed_output: false } },
    output: { type: 'tokens', beam: 3 },
    training: { epochs: 40, seed: 2, batch_size: 16, optimizer: { type: 'adam', learning_rate: 0.02 } },
  })) as TransductionCard;
  expect(scores.model.exact_match).toBeGreaterThan(0.8);
  const predicted = await client.send('POST', '/v1/models/spelled/predictions', {
    inputs: scores.examples.map(({ input }) => ({ text: input as string })),
    beam: 1,
  });
  expect(predicted.json.predictions.map(({ text }) => text)).toEqual(
    scores.examples.map(({ written }) => written),
  );
});

it('writes what the numbers of a row are called', { timeout: 300_000 }, async () => {
  const sides = ['left', 'right'];
  const heights = ['top', 'middle', 'bottom'];
  const rows = Array.from({ length: 240 }, (_, index) => {
    const [x, y] = [((index * 37) % 100) / 100 + 0.001 * index, ((index * 61) % 99) / 99];
    return `${100 * x},${y},${heights[Math.min(2, Math.floor(3 * y))]} ${sides[x < 0.6 ? 0 : 1]}`;
  });
  const { held_out: scores } = (await client.trained({
    dataset_id: await client.uploaded('places', ['x,y,place', ...rows].join('\n')),
    name: 'places',
    architecture: 'vector_to_sequence',
    data: {
      inputs: [{ column: 'x' }, { column: 'y' }],
      targets: [{ column: 'place', encoding: 'words', max_length: 4, embedding_size: 8 }],
    },
    model: { cell: 'gru', hidden_size: 16, feed_vector: true },
    output: { type: 'tokens', beam: 1 },
    training: { epochs: 40, seed: 2, batch_size: 16, optimizer: { type: 'adam', learning_rate: 0.02 } },
  })) as TransductionCard;
  expect(scores.beam).toBeNull();
  expect(scores.model.exact_match).toBeGreaterThan(0.75);
  expect(scores.model.exact_match).toBeGreaterThan(scores.baselines.most_frequent_sequence.exact_match);
  const predicted = await client.send('POST', '/v1/models/places/predictions', {
    inputs: [{ row: { x: 10, y: 0.9 } }, ...scores.examples.map(({ input }) => ({ row: input }))],
    beam: 2,
  });
  expect(predicted.json.predictions[0]!.text).toBe('bottom left');

  // A network that has learnt what is frequent, and nothing else yet, comes to no end: a trace says what a prediction does, and no symbol more.
  const same = rows.map((row) => `${row.split(',').slice(0, 2).join(',')},again again again`);
  await client.trained({
    dataset_id: await client.uploaded('places-again', ['x,y,place', ...same].join('\n')),
    name: 'raw-places',
    architecture: 'vector_to_sequence',
    data: {
      inputs: [{ column: 'x' }, { column: 'y' }],
      targets: [{ column: 'place', encoding: 'words', max_length: 3, embedding_size: 4 }],
    },
    model: { cell: 'gru', hidden_size: 4 },
    output: { type: 'tokens', beam: 1 },
    training: { epochs: 4, seed: 2, batch_size: 16, optimizer: { type: 'adam', learning_rate: 0.02 } },
  });
  const inputs = [10, 40, 70].map((x) => ({ row: { x, y: 0.3 } }));
  const raw = (await client.send('POST', '/v1/models/raw-places/predictions', { inputs })).json.predictions;
  expect(raw.map(({ ended }) => ended)).toContain(false);
  for (const [n, input] of inputs.entries()) {
    const traced = await client.send('POST', '/v1/models/raw-places/trace', { inputs: [input] });
    const { prediction } = traced.json as unknown as { readonly prediction: SequencePrediction };
    const { score, ...written } = raw[n]!;
    expect(prediction).toMatchObject({ ...written, alternatives: [{ text: written.text }] });
    expect(prediction.score).toBeCloseTo(score, 4);
  }
  const refused = await client.send('POST', '/v1/models/places/predictions', {
    inputs: [{ row: { x: 'far' } }, { text: 'x' }],
  });
  expect(refused.json.errors.map(({ pointer }) => pointer)).toEqual([
    '/inputs/0/row/x',
    '/inputs/0/row/y',
    '/inputs/1/text',
    '/inputs/1',
  ]);
});

it(
  'writes subwords, greedily and by beam, whose pieces side by side are the text',
  { timeout: 300_000 },
  async () => {
    const says = { cat: 'the cat there', dog: 'a doggy bone', hen: 'three hens together' };
    const rows = Object.entries(says).flatMap(([word, text]) =>
      Array.from({ length: 30 }, (_, row) => `${word}${row},${text}`),
    );
    const body = {
      dataset_id: await client.uploaded('says', ['word,text', ...rows].join('\n')),
      name: 'says',
      architecture: 'encoder_decoder',
      data: {
        inputs: [{ column: 'word', encoding: 'characters', max_length: 6, embedding_size: 8 }],
        targets: [
          { column: 'text', encoding: 'subwords', max_length: 16, vocabulary_size: 40, embedding_size: 8 },
        ],
      },
      model: { cell: 'gru', hidden_size: 24 },
      output: { type: 'tokens', beam: 2 },
      training: { epochs: 25, seed: 3, batch_size: 16, optimizer: { type: 'adam', learning_rate: 0.02 } },
    };
    const dry = await client.send('POST', '/v1/training-jobs?dry_run=true', body);
    expect(dry.json).toMatchObject({ task: 'transduction', shapes: { output: [16, 17, 44] } });
    const refused = await client.send('POST', '/v1/training-jobs?dry_run=true', {
      ...body,
      data: { ...body.data, targets: [{ ...body.data.targets[0], too_long: 'error' }] },
    });
    expect([refused.status, refused.json.errors[0]!.pointer]).toEqual([422, '/data/targets/0/too_long']);
    const card = (await client.trained(body)) as TransductionCard;
    const { target } = card.features;
    expect([target.encoding, target.merges![0]!.length]).toEqual(['subwords', 2]);
    expect(card.held_out.model.exact_match).toBe(1);
    const { json } = await client.send('POST', '/v1/models/says/predictions', {
      inputs: [{ text: 'dog7' }, { text: 'hen3' }],
      beam: 2,
      n_best: 2,
    });
    expect(json.predictions.map(({ text }) => text)).toEqual([says.dog, says.hen]);
    for (const { text, tokens, alternatives } of json.predictions) {
      expect(tokens.join('')).toBe(text);
      expect(tokens.length).toBeLessThan(text.length);
      expect(alternatives).toHaveLength(2);
    }
  },
);

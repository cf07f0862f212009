/** Tables as pairs of what is read and what is written: real CSV through real DuckDB. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import { ingestCsv } from '../formats/csv.ts';
import { planTable } from './plan-table.ts';
import { prepareTransduction } from './prepare.ts';
import { mostFrequentSequence } from './scores.ts';
import { transductionSpecification } from './testing/specification.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unroll-transduction-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let tables = 0;
async function tableOf(csv: string): Promise<{ tablePath: string; columns: readonly ColumnProfile[] }> {
  const [sourcePath, tablePath] = [join(folder, `${++tables}.csv`), join(folder, `${tables}.parquet`)];
  await writeFile(sourcePath, csv);
  const result = await ingestCsv({ sourcePath, tablePath, workDirectory: folder, onBadRows: 'reject' });
  if (result.status !== 'ready') expect.fail(JSON.stringify(result));
  return { tablePath, columns: result.columns };
}

/** Words with one or two spellings of their letters; some letters stand in a few words alone. */
const words = Array.from({ length: 60 }, (_, index) => {
  const word = `${'abc'[index % 3]!}${'de'[index % 2]!}${index}`;
  const spelt = Array.from(word, (letter) => letter.toUpperCase()).join(' ');
  return index % 5 === 0 ? [`${word},${spelt}`, `${word},${spelt} again`] : [`${word},${spelt}`];
}).flat();
const csv = ['word,sounds', ...words].join('\n');

it('gives each part whole inputs, as many rows as the plan says, and vocabularies of the training part alone', async () => {
  const table = await tableOf(csv);
  const specification = transductionSpecification({ seed: 3 });
  const { plan, errors } = await planTable({ ...table, specification });
  expect(errors).toEqual([]);
  const prepared = await prepareTransduction({ ...table, specification });
  const { parts, target, testInputs, testTargets } = prepared;
  expect({
    training: parts.training.count,
    validation: parts.validation.count,
    test: parts.test.count,
  }).toEqual(plan!.windows);
  expect(testTargets).toHaveLength(parts.test.count);
  expect(new Set(testTargets.map(({ input }) => input)).size).toBe(testInputs.length);

  const decode = (ids: ArrayLike<number>) =>
    Array.from(ids, (id) =>
      id === 3 ? '.' : id === 0 ? '' : id === 1 ? '?' : target.vocabulary[id - 4],
    ).join(' ');
  const N = parts.training.count;
  const T = parts.training.steps;
  const S = parts.training.writtenSteps;
  const x = new Float32Array(T * N);
  const y = new Float32Array(S * N);
  parts.training.read(
    Uint32Array.from({ length: N }, (_, index) => index),
    {
      x,
      y,
      first: new Float32Array(N),
      weights: new Float32Array(S * N),
    },
  );
  const known = prepared.features[0] as { vocabulary: readonly string[] };
  const seen = new Set<string>();
  for (let n = 0; n < N; n++) {
    const column = (from: Float32Array, steps: number) =>
      Array.from({ length: steps }, (_, t) => from[t * N + n]!);
    const word = column(x, T)
      .map((id) => (id === 0 ? '' : known.vocabulary[id - 2]))
      .join('');
    const written = decode(column(y, S)).trim();
    expect([Array.from(word, (letter) => letter.toUpperCase()).join(' ')]).toContain(
      written.replace(' again', '').replace(/ \.$/, ''),
    );
    expect(parts.training.writtenLengths![n]).toBe(written.split(' ').length);
    for (const token of written.replace(/ \.$/, '').split(' ')) seen.add(token);
  }
  expect(new Set(target.vocabulary)).toEqual(seen);
});

it('scores every right answer as right, and takes vocabularies of another training', async () => {
  const table = await tableOf(csv);
  const specification = transductionSpecification({ seed: 4 });
  const { scoreTest, testTargets, testInputs, targets, features, target } = await prepareTransduction({
    ...table,
    specification,
  });
  // of inputs with two targets the second, where all of it can be written
  const right = testInputs.map((_, input) => {
    const own = testTargets.filter((one) => one.input === input).at(-1)!;
    return { tokens: [...targets.read(own.target).ids], logProbability: -1 };
  });
  const canBeWritten = right.filter(({ tokens }) => !tokens.includes(1)).length / right.length;
  const scores = await scoreTest({ greedy: right, beam: null, logLoss: Math.log(3) });
  expect(scores.model.exact_match).toBeCloseTo(canBeWritten, 10);
  expect(scores.model.perplexity).toBeCloseTo(3, 10);
  expect(scores.baselines.most_frequent_sequence.exact_match).toBeLessThan(0.2);
  expect(scores.examples[0]).toMatchObject({ written: expect.any(String) as unknown, score: -1 });

  const other = await tableOf(['word,sounds', ...words.map((row) => row.replace(/^./, 'z'))].join('\n'));
  const tuned = await prepareTransduction({ ...other, specification, fitted: { features, target } });
  expect(tuned.target).toBe(target);
  expect(tuned.testInputs.every((row) => tuned.encoded.read(row).sequence![0] === 1)).toBe(true);
});

it('scales numbers by the training part, and ends what is too long', async () => {
  const rows = Array.from({ length: 50 }, (_, index) => `${index},${index % 7},one two three four`);
  const table = await tableOf(['x,y,name', ...rows].join('\n'));
  const specification = transductionSpecification({
    architecture: 'vector_to_sequence',
    inputs: [{ column: 'x' }, { column: 'y' }],
    target: { column: 'name', max_length: 3, too_long: 'truncate' },
  });
  const planned = await planTable({ ...table, specification });
  expect(planned.warnings).toEqual(['50 rows of "name" have more than 3 words: they are taken to end there']);
  const { parts, features, encoded, testInputs, target, truncatedTargets } = await prepareTransduction({
    ...table,
    specification,
  });
  expect(truncatedTargets).toBe(50);
  expect([...target.vocabulary].sort()).toEqual(['one', 'three', 'two']);
  expect(parts.training).toMatchObject({ steps: 1, writtenSteps: 4 });
  const N = parts.training.count;
  const x = new Float32Array(N * 2);
  parts.training.read(
    Uint32Array.from({ length: N }, (_, index) => index),
    {
      x,
      y: new Float32Array(4 * N),
      first: new Float32Array(N),
      weights: new Float32Array(4 * N),
    },
  );
  for (const offset of [0, 1]) {
    const own = Array.from({ length: N }, (_, n) => x[2 * n + offset]!);
    expect(own.reduce((sum, value) => sum + value, 0) / N).toBeCloseTo(0, 5);
    expect(own.reduce((sum, value) => sum + value ** 2, 0) / N).toBeCloseTo(1, 5);
  }
  expect(features).toHaveLength(2);
  for (const row of testInputs) {
    const { sequence, numbers } = encoded.read(row);
    expect([sequence, Number.isInteger(numbers[0])]).toEqual([null, true]);
  }
});

it('writes subwords that the training part has, ends texts that have too many, and judges by what the text is taken apart into', async () => {
  const phrases = ['the tree there', 'three trees', 'then the other', 'a tree there'];
  const rows = Array.from({ length: 60 }, (_, index) => `w${index},${phrases[index % 4]!}`);
  const table = await tableOf(['word,sounds', ...rows].join('\n'));
  const target = { encoding: 'subwords', max_length: 9, vocabulary_size: 12, minimum_count: 2 };
  const specification = transductionSpecification({ target, seed: 2 });
  const { plan, errors } = await planTable({ ...table, specification });
  expect([errors, plan!.writes.vocabulary]).toEqual([[], 16]);
  const prepared = await prepareTransduction({ ...table, specification });
  const { vocabulary, merges } = prepared.target;
  const idsOf = (row: number) => [...prepared.targets.read(row).ids];
  expect(vocabulary).toContain('the');
  expect(vocabulary.length).toBeLessThanOrEqual(12);
  expect(merges![0]).toEqual(['t', 'h']);
  // 14 characters, of which some are one subword
  const ids = prepared.testTargets.map((one) => idsOf(one.target));
  const textOf = (own: readonly number[]) => own.map((id) => vocabulary[id - 4]).join('');
  for (const own of ids)
    expect(phrases.some((phrase) => phrase.startsWith(textOf(own)))).toBe(own.length <= 9);
  expect(prepared.truncatedTargets).toBe(
    [0, 1, 2, 3].reduce((sum, kind) => sum + (isCut(phrases[kind]!) ? 15 : 0), 0),
  );
  function isCut(phrase: string): boolean {
    const own = ids.find((one) => phrase.startsWith(textOf(one)) && textOf(one).length > 3)!;
    return textOf(own) !== phrase;
  }

  // the same texts, written letter by letter
  const letters = prepared.testInputs.map((_, input) => {
    const { target: right } = prepared.testTargets.find((one) => one.input === input)!;
    const tokens = Array.from(textOf(idsOf(right)), (letter) => vocabulary.indexOf(letter) + 4);
    return { tokens, logProbability: -1 };
  });
  const scores = await prepared.scoreTest({ greedy: letters, beam: null, logLoss: 1 });
  expect(scores.model).toMatchObject({ exact_match: 1, token_error_rate: 0 });

  const refused = await planTable({
    ...table,
    specification: transductionSpecification({ target: { ...target, max_length: 2 } }),
  });
  expect(refused.warnings).toContain(
    'at least 45 rows of "sounds" have more than 2 subwords: they are taken to end there',
  );
});

it('cuts the same batches, and scores the same, whether inputs and targets lie in memory or in files, which go with them', async () => {
  const table = await tableOf(csv);
  const specification = transductionSpecification({ seed: 5 });
  const path = join(folder, 'kept');
  const outcomes = [];
  for (const keeping of [undefined, { path, maxBytes: 0 }]) {
    const prepared = await prepareTransduction({ ...table, specification, keeping });
    expect([existsSync(path), existsSync(`${path}-targets`)]).toEqual([
      keeping !== undefined,
      keeping !== undefined,
    ]);
    const { training } = prepared.parts;
    const N = training.count;
    const batch = {
      x: new Float32Array(training.steps * N),
      y: new Float32Array(training.writtenSteps * N),
      first: new Float32Array(N),
      weights: new Float32Array(training.writtenSteps * N),
    };
    training.read(
      Uint32Array.from({ length: N }, (_, index) => (index * 7) % N),
      batch,
    );
    const written = prepared.testInputs.map(() => ({ tokens: [4, 5], logProbability: -2 }));
    const scores = await prepared.scoreTest({ greedy: written, beam: null, logLoss: 1 });
    outcomes.push({ ...batch, scores });
    prepared.release();
    expect([existsSync(path), existsSync(`${path}-targets`)]).toEqual([false, false]);
  }
  expect(outcomes[1]).toEqual(outcomes[0]);
});

it('tells the most frequent sequence, of equally frequent ones the lesser', async () => {
  const sequences = ['b c', 'a', 'b c', 'd', 'a', 'd', 'e'].map((text) => text.split(' '));
  async function* read() {
    yield* await Promise.resolve(sequences);
  }
  expect(await mostFrequentSequence(read, 7)).toEqual(['a']);
  sequences.push(['d']);
  expect(await mostFrequentSequence(read, 8)).toEqual(['d']);
  sequences.length = 0;
  expect(await mostFrequentSequence(read, 0)).toEqual([]);
});

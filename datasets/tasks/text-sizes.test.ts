/** Real tables of texts: how long they are, and of how many different tokens, as they are read and written. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { resolveSpecification } from '../../domain/training-jobs/resolve-specification.ts';
import { tokenize } from '../features/tokenize.ts';
import { ingestCsv } from '../formats/csv.ts';
import { textSizes } from './text-sizes.ts';

let folder: string;
let tablePath: string;
const texts = Array.from({ length: 60 }, (_, row) => ({
  read: Array.from({ length: 1 + (row % 7) }, (_word, i) => `wörd${(row * i) % 23}`).join(' ') + '!',
  written: 'abcdefgh'.slice(row % 3, 3 + (row % 5)),
}));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unroll-texts-'));
  tablePath = join(folder, 'a.parquet');
  const sourcePath = join(folder, 'a.csv');
  const rows = texts.map(({ read, written }, row) => `${read},${written},${row}`);
  await writeFile(sourcePath, ['read,written,number', ...rows].join('\n'));
  await ingestCsv({ sourcePath, tablePath, workDirectory: folder, onBadRows: 'reject' });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const sizes = (input: object, target: object) =>
  textSizes(
    tablePath,
    resolveSpecification({
      architecture: 'encoder_decoder',
      data: { inputs: [{ column: 'read', ...input }], targets: [{ column: 'written', ...target }] },
      model: { cell: 'gru' },
      output: { type: 'tokens' },
    }),
  );

it.each(['words', 'characters'] as const)('%s are counted as they are taken apart', async (encoding) => {
  const { read, written } = await sizes({ encoding }, { encoding: 'characters' });
  const reading = { encoding, lowercase: false, unicode_normalization: 'NFC', truncate: 'end' } as const;
  const tokens = texts.map((text) => tokenize(text.read, { ...reading, max_length: 1000 }));
  const different = new Set(tokens.flat()).size;
  expect(read!.steps).toBe(Math.max(...tokens.map(({ length }) => length)));
  expect(read!.tokens).toBeGreaterThanOrEqual(different);
  expect(read!.tokens).toBeLessThan(1.2 * different + 5);
  expect(written!.steps).toBe(7);
  expect(written!.tokens).toBeGreaterThanOrEqual(7);
  expect(written!.tokens).toBeLessThan(13);
});

it('never says more than the specification allows, and of subwords all that it allows', async () => {
  const limits = { max_length: 3, vocabulary_size: 5 };
  const { read, written } = await sizes(
    { encoding: 'words', ...limits },
    { encoding: 'subwords', ...limits, too_long: 'truncate' },
  );
  expect(read).toEqual({ steps: 3, tokens: 5 });
  expect(written).toEqual({ steps: 3, tokens: 5 });
});

it('says nothing of numbers', async () => {
  const specification = resolveSpecification({
    architecture: 'sequence_to_vector',
    data: { inputs: [{ column: 'number' }], targets: [{ column: 'written' }] },
    model: { cell: 'gru' },
    output: { type: 'classification' },
  });
  expect(await textSizes(tablePath, specification)).toEqual({});
});

/** Files that write sequences and read rows: they give what the engine's programs give, whatever the rows are made of. */
import { expect, test } from 'vitest';
import { decoderOf, decodingPrograms } from '../../decoding/decoder-sessions.ts';
import { beamSearch } from '../../decoding/beam-search.ts';
import type { Decoder, Read } from '../../decoding/decoder.ts';
import { fileDecoder } from '../../decoding/file-decoder.ts';
import { greedy } from '../../decoding/greedy.ts';
import { difference, randomArray } from '../../graph/testing/numbers.ts';
import { randomStream } from '../../random/random-stream.ts';
import { openSession, type Session, type Value } from '../../runtime/session.ts';
import type { TokenWriting, WriterShape } from '../../spec/decoder-shape.ts';
import { rowSizes, type RowInputs } from '../../spec/row-inputs.ts';
import { exampleRows } from '../testing.ts';
import { keptOf } from './decoding-programs.ts';
import { exportWriter } from './export-writer.ts';
import { rowsFirst, smallDecoder, smallEncoder, smallNumbers } from './testing.ts';
import { writerLayout } from './writer-parameters.ts';

const maxSteps = 6;
const tokens = { kind: 'tokens', embedding: { vocabulary: 6, size: 4 }, padded: true } as const;
const values: RowInputs = {
  sequence: null,
  numbers: { mean: [2, -1], std: [3, 0.5] },
  categories: [
    { kind: 'embedding', embedding: { vocabulary: 4, size: 2 } },
    { kind: 'one_hot', categories: 3 },
  ],
};
const mixed: RowInputs = { ...values, sequence: tokens };
const image: RowInputs = {
  sequence: { kind: 'numbers', scaling: { mean: [0, 1, 0], std: [2, 2, 4] }, padded: false },
  numbers: { mean: [], std: [] },
  categories: [],
};
const reader = (inputs: RowInputs, more: object = {}) =>
  smallEncoder('gru', { ...rowSizes(inputs), ...more });
const vector = (
  inputs: RowInputs,
): Pick<Extract<WriterShape, { vectorSize: number }>, 'vectorSize' | 'embeddings'> => {
  const { inputSize, embeddings } = rowSizes(inputs);
  return { vectorSize: inputSize, ...(embeddings && { embeddings }) };
};

const cases: Readonly<Record<string, readonly [RowInputs, WriterShape]>> = {
  'a text beside values of the row, with attention': [
    mixed,
    {
      architecture: 'encoder_decoder',
      encoder: reader(mixed, { bidirectional: true }),
      decoder: smallDecoder('lstm', { attention: { score: 'additive' } }),
    },
  ],
  'an image row by row, with attention': [
    image,
    {
      architecture: 'encoder_decoder',
      encoder: reader(image),
      decoder: smallDecoder('gru', { attention: { score: 'dot' } }),
    },
  ],
  'a text alone, without attention': [
    { ...mixed, numbers: { mean: [], std: [] }, categories: [] },
    {
      architecture: 'encoder_decoder',
      encoder: smallEncoder('gru', { inputSize: 1, embeddings: [tokens.embedding], padded: true }),
      decoder: smallDecoder('gru'),
    },
  ],
  'values of the row, fed at every step': [
    values,
    {
      architecture: 'vector_to_sequence',
      ...vector(values),
      feedVector: true,
      decoder: smallDecoder('gru', { layers: 2 }),
    },
  ],
  'values of the row, numbers written': [
    values,
    {
      architecture: 'vector_to_sequence',
      ...vector(values),
      decoder: smallDecoder('lstm', { writes: smallNumbers }),
    },
  ],
};

test.each(Object.entries(cases))('%s', async (_name, [inputs, writer]) => {
  const P = writerLayout(writer).reduce((total, { size }) => total + size, 0);
  const parameters = Float32Array.from(randomArray([P], 'parameters').data, (value) => 2 * value);
  const scaling = { mean: [3, -2], std: [2, 0.5] };
  const { writes } = writer.decoder;
  const isTokens = writes.type === 'tokens';
  const files = exportWriter({
    writer,
    parameters,
    maxSteps,
    rows: inputs,
    ...(!isTokens && { outputScaling: scaling }),
    metadata: {},
  });
  const programs = decodingPrograms(writer);
  const open = (bytes: Uint8Array) => openSession(bytes, { threads: 1 });
  const sessions = await Promise.all(
    [programs.start, programs.step, files.model, files.read, files.step].map(open),
  );
  const [start, step, model, reading, stepping] = sessions as [Session, Session, Session, Session, Session];
  try {
    for (const asked of [[3, 1], [5], [2, 7, 7, 1]]) {
      const N = asked.length;
      const T = inputs.sequence === null ? 1 : Math.max(...asked);
      const lengths = inputs.sequence?.padded === true ? asked : asked.map(() => T);
      const { feeds, x, mask } = exampleRows(inputs, lengths, T, randomStream(N, 'rows'));
      const I = rowSizes(inputs).inputSize;
      const byRow = rowsFirst({ shape: [T, N, I], data: x });
      const read: Read = {
        x: {
          data: Float32Array.from(byRow.data),
          dims: writer.architecture === 'vector_to_sequence' ? [N, I] : [N, T, I],
        },
        ...(inputs.sequence?.padded === true && {
          mask: { data: Float32Array.from(rowsFirst({ shape: [T, N], data: mask }).data), dims: [N, T] },
        }),
      };
      const engine = decoderOf(writer, parameters, { start, step });
      const host = fileDecoder({ reading, step: stepping, stepInputs: keptOf(writer) });
      const { y } = await model.run(feeds);
      if (isTokens) await expectTexts(writes, engine, host, read, feeds, y!);
      else {
        let begun = await engine.begin(read);
        let written: Value = { data: new Float32Array(N * 2), dims: [N, 2] };
        for (let at = 0; at < maxSteps; at++) {
          const { state, output } = await engine.step(written, begun);
          begun = { ...begun, state };
          written = output;
          const expected = output.data.map(
            (value, index) => value * scaling.std[index % 2]! + scaling.mean[index % 2]!,
          );
          const own = expected.map(
            (_, index) => y!.data[(Math.floor(index / 2) * maxSteps + at) * 2 + (index % 2)]!,
          );
          expect(difference(own, expected)).toBeLessThan(1e-4);
        }
      }
    }
  } finally {
    for (const session of sessions) await session.release();
  }
});

async function expectTexts(
  writes: TokenWriting,
  engine: Decoder,
  host: Decoder,
  read: Read,
  feeds: Read,
  y: { readonly data: Float32Array; readonly dims: readonly number[] },
): Promise<void> {
  const options = { width: 3, lengthPenalty: 0, maxLength: maxSteps - 1 };
  const expected = await greedy(engine, writes, read, options.maxLength);
  const steps = y.dims[1]!;
  expected.forEach(({ tokens: written }, row) =>
    expect([...y.data.subarray(row * steps, row * steps + written.length)]).toEqual(written),
  );
  expect((await greedy(host, writes, feeds, options.maxLength)).map((one) => one.tokens)).toEqual(
    expected.map((one) => one.tokens),
  );
  const [inside, outside] = [
    await beamSearch(engine, writes, read, options),
    await beamSearch(host, writes, feeds, options),
  ];
  outside.flat().forEach(({ tokens: found, logProbability }, index) => {
    expect(found).toEqual(inside.flat()[index]!.tokens);
    expect(logProbability).toBeCloseTo(inside.flat()[index]!.logProbability, 3);
  });
}

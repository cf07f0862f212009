/** Exported files of networks that write sequences: whole against greedy search of the engine, reading and step against its programs. */
import { describe, expect, test } from 'vitest';
import { decoderOf, decodingPrograms } from '../../decoding/decoder-sessions.ts';
import { greedy } from '../../decoding/greedy.ts';
import { randomArray } from '../../graph/testing/numbers.ts';
import { difference } from '../../graph/testing/numbers.ts';
import { openSession, type Value } from '../../runtime/session.ts';
import { exportWriter } from './export-writer.ts';
import { randomReading, rowsFirst, smallWriters } from './testing.ts';
import { writerLayout } from './writer-parameters.ts';

const maxSteps = 6;

describe.each(Object.entries(smallWriters))('%s', (_name, writer) => {
  const { writes } = writer.decoder;
  const P = writerLayout(writer).reduce((total, { size }) => total + size, 0);
  const parameters = Float32Array.from(randomArray([P], 'parameters').data, (value) => 2 * value);
  const files = exportWriter({ writer, parameters, maxSteps, metadata: { kind: writer.architecture } });

  // other batch sizes and lengths each time
  test.each([
    { T: 4, N: 3 },
    { T: 7, N: 5 },
    { T: 1, N: 1 },
  ])('whole sequences of $N rows of $T steps', async ({ T, N }) => {
    const read = Object.fromEntries(
      Object.entries(randomReading(writer, { T, N, S: 1 })).map(([name, value]): [string, Value] => {
        const { shape, data } = writer.architecture === 'vector_to_sequence' ? value : rowsFirst(value);
        return [name, { dims: shape, data: Float32Array.from(data) }];
      }),
    );
    const programs = decodingPrograms(writer);
    const open = (bytes: Uint8Array) => openSession(bytes, { threads: 1 });
    const [start, step, model, readFile, stepFile] = await Promise.all(
      [programs.start, programs.step, files.model, files.read, files.step].map(open),
    );
    const decoder = decoderOf(writer, parameters, { start: start!, step: step! });
    try {
      if (writes.type === 'tokens') {
        const expected = await greedy(decoder, writes, read, maxSteps - 1);
        const { y, log_probability: score } = await model!.run(read);
        const steps = y!.dims[1]!;
        expected.forEach(({ tokens, ended, logProbability }, row) => {
          const own = [...y!.data.subarray(row * steps, (row + 1) * steps)];
          if (!ended) {
            expect(own.slice(0, tokens.length)).toEqual(tokens);
            return;
          }
          const padding = new Array<number>(steps - tokens.length - 1).fill(writes.pad);
          expect(own).toEqual([...tokens, writes.end, ...padding]);
          expect(score!.data[row]).toBeCloseTo(logProbability, 4);
        });
      } else {
        const first: Value = { dims: [N, writes.size], data: new Float32Array(N * writes.size).fill(0.5) };
        const { y } = await model!.run({ ...read, first });
        expect(y!.dims).toEqual([N, maxSteps, writes.size]);
        let begun = await decoder.begin(read);
        let written = first;
        for (let at = 0; at < maxSteps; at++) {
          const { state, output } = await decoder.step(written, begun);
          begun = { ...begun, state };
          written = output;
          const own = Float32Array.from({ length: output.data.length }, (_, index) => {
            const [row, column] = [Math.floor(index / writes.size), index % writes.size];
            return y!.data[(row * maxSteps + at) * writes.size + column]!;
          });
          expect(difference(own, output.data)).toBeLessThan(1e-4);
        }
      }
      const { state, ...kept } = await readFile!.run(read);
      const begun = await decoder.begin(read);
      expect(difference(state!.data, begun.state.data)).toBeLessThan(1e-5);
      const written: Value =
        writes.type === 'tokens'
          ? { dims: [N], data: new Float32Array(N).fill(writes.start) }
          : { dims: [N, writes.size], data: new Float32Array(N * writes.size).fill(0.5) };
      const expected = await decoder.step(written, begun);
      const found = await stepFile!.run({ written, state: state!, ...begun.kept, ...kept });
      expect(difference(found.next_state!.data, expected.state.data)).toBeLessThan(1e-5);
      const output = found.log_probabilities ?? found.numbers;
      expect(difference(output!.data, expected.output.data)).toBeLessThan(1e-5);
    } finally {
      for (const session of [start, step, model, readFile, stepFile]) await session!.release();
    }
  });
});

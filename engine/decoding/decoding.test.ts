/** Greedy and beam search on small networks with random parameters. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { interpret } from '../graph/interpret.ts';
import { randomArray } from '../graph/testing/numbers.ts';
import { lossAndGradientProgram } from '../programs/optimization-program.ts';
import { randomReading, rowsFirst, smallWriters } from '../programs/decoder/testing.ts';
import { writerProblem } from '../programs/decoder/writer-loss.ts';
import { writerLayout } from '../programs/decoder/writer-parameters.ts';
import { openSession, type Session, type Value } from '../runtime/session.ts';
import type { TokenWriting } from '../spec/decoder-shape.ts';
import { beamSearch } from './beam-search.ts';
import { decoderOf, decodingPrograms } from './decoder-sessions.ts';
import type { Decoder } from './decoder.ts';
import { greedy, type Written } from './greedy.ts';
import { takeRows } from './rows.ts';

const writers = Object.entries(smallWriters).filter(([, { decoder }]) => decoder.writes.type === 'tokens');
const sizes = { T: 4, S: 1, N: 3 };
const maxLength = 5;

describe.each(writers)('%s', (_name, writer) => {
  const { writes } = writer.decoder as { writes: TokenWriting };
  const P = writerLayout(writer).reduce((total, { size }) => total + size, 0);
  const parameters = randomArray([P], 'parameters').data.map((value) => 2 * value);
  const reading = randomReading(writer, sizes);
  const read: Record<string, Value> = Object.fromEntries(
    Object.entries(reading).map(([name, value]): [string, Value] => {
      const { shape, data } = writer.architecture === 'vector_to_sequence' ? value : rowsFirst(value);
      return [name, { dims: shape, data: Float32Array.from(data) }];
    }),
  );
  let sessions: { start: Session; step: Session };
  let decoder: Decoder;
  beforeAll(async () => {
    const programs = decodingPrograms(writer);
    sessions = {
      start: await openSession(programs.start, { threads: 1 }),
      step: await openSession(programs.step, { threads: 1 }),
    };
    decoder = decoderOf(writer, Float32Array.from(parameters), sessions);
  });
  afterAll(async () => {
    await sessions.start.release();
    await sessions.step.release();
  });

  /** log P of what was written for row `row`, by the program that training uses. */
  function trueLogProbability(row: number, { tokens, ended }: Written): number {
    const target = ended ? [...tokens, writes.end] : tokens;
    const S = target.length;
    if (S === 0) return 0;
    const own = Object.fromEntries(
      Object.entries(reading).map(([name, { shape, data }]) => {
        const axis = writer.architecture === 'vector_to_sequence' ? 0 : 1;
        const N = shape[axis]!;
        const size = shape.slice(axis + 1).reduce((total, length) => total * length, 1);
        const kept = data.filter((_, index) => Math.floor(index / size) % N === row);
        return [name, { shape: shape.map((length, at) => (at === axis ? 1 : length)), data: kept }];
      }),
    );
    const column = (values: readonly number[]) => ({ shape: [S, 1, 1], data: Float64Array.from(values) });
    const graph = lossAndGradientProgram(
      writerProblem({ writer, loss: { type: 'cross_entropy', label_smoothing: 0 } }),
    );
    const { loss } = interpret(graph, {
      parameters: { shape: [P], data: Float64Array.from(Float32Array.from(parameters)) },
      ...own,
      previous: column([writes.start, ...target.slice(0, -1)]),
      y: column(target),
      weights: column(target.map(() => 1)),
    });
    return -loss!.data[0]! * S;
  }

  test('a beam of one is greedy, and log-probabilities are true', async () => {
    const first = await greedy(decoder, writes, read, maxLength);
    const beams = await beamSearch(decoder, writes, read, { width: 1, lengthPenalty: 0.6, maxLength });
    expect(beams.map(([best]) => best!.tokens)).toEqual(first.map(({ tokens }) => tokens));
    const wide = await beamSearch(decoder, writes, read, { width: 3, lengthPenalty: 0.6, maxLength });
    wide.forEach((found, row) => {
      for (const written of [first[row]!, ...found])
        expect(written.logProbability).toBeCloseTo(trueLogProbability(row, written), 3);
    });
  });

  test('a beam that is wide enough finds the best of all sequences that end while there is room', async () => {
    const all: number[][] = [[]];
    for (const beginning of all) {
      if (beginning.length < 2)
        for (let token = 0; token < writes.vocabulary; token++)
          if (token !== writes.end) all.push([...beginning, token]);
    }
    const beams = await beamSearch(decoder, writes, read, { width: 400, lengthPenalty: 1, maxLength: 3 });
    beams.forEach((found, row) => {
      const best = Math.max(
        ...all.map((tokens) => {
          const ended = { tokens, ended: true, logProbability: 0 };
          return trueLogProbability(row, ended) / ((5 + tokens.length + 1) / 6);
        }),
      );
      const [top] = found.filter(({ ended, tokens }) => ended && tokens.length <= 2);
      expect(top!.score).toBeCloseTo(best, 3);
    });
  });

  test('a beam finds as many different sequences as it is wide; what fills all the room ends where greedy would end it', async () => {
    const likeliest = (row: number, tokens: readonly number[]): number => {
      const all = Array.from({ length: writes.vocabulary }, (_, token) =>
        token === writes.end
          ? trueLogProbability(row, { tokens, ended: true, logProbability: 0 })
          : trueLogProbability(row, { tokens: [...tokens, token], ended: false, logProbability: 0 }),
      );
      return all.indexOf(Math.max(...all));
    };
    for (const most of [1, maxLength]) {
      const options = { width: 4, lengthPenalty: 0.6, maxLength: most };
      const beams = await beamSearch(decoder, writes, read, options);
      beams.forEach((found, row) => {
        expect(new Set(found.map(({ tokens }) => tokens.join())).size).toBe(4);
        expect(found.map(({ score }) => score)).toEqual(
          found.map(({ score }) => score).toSorted((a, b) => b - a),
        );
        // one row by the program that training uses, which takes its time
        for (const { tokens, ended } of row === 0 ? found : []) {
          if (tokens.length < most) expect(ended).toBe(true);
          else expect(ended).toBe(likeliest(row, tokens) === writes.end);
        }
      });
    }
  });

  test('rows are decoded alone as together', async () => {
    const options = { width: 2, lengthPenalty: 0.6, maxLength };
    const together = await beamSearch(decoder, writes, read, options);
    for (let row = 0; row < sizes.N; row++) {
      const own = Object.fromEntries(
        Object.entries(read).map(([name, value]) => [name, takeRows(value, [row])]),
      );
      const [alone] = await beamSearch(decoder, writes, own, options);
      expect(alone!.map(({ tokens }) => tokens)).toEqual(together[row]!.map(({ tokens }) => tokens));
    }
  });
});
